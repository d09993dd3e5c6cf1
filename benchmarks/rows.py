"""A class measured: in go its problems and the machine's limits, out come rows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import differences, seconds
from benchmarks.peak import Peak
from benchmarks.problem import OURS, Class, Problem, Row


def rows(found: Class, limits: Peak, rounds: int, only: str = "") -> Iterator[Row]:
    """The problems of a class, each measured; peers whose results differ are said."""
    for problem in found.problems():
        if only in problem.name:
            yield _row(problem, limits, rounds)


def _row(problem: Problem, limits: Peak, rounds: int) -> Row:
    wrong = differences(problem)
    times = {**problem.known, **seconds(problem.runs, rounds)}
    share = problem.operations / times[OURS] / limits.operations[problem.dtype] or None
    moved = problem.bytes / times[OURS] / limits.reading or None
    return Row(problem, times, share, moved, wrong)
