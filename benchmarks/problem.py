"""What is measured: a problem with what runs it, a class of problems, and the goals of a class."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS = "einlang"


@dataclass(frozen=True, slots=True)
class Problem:
    """One computation, by Einlang and by peers.

    Attributes:
        name: with its sizes and type.
        runs: what computes it, by whom; "einlang" among them. Each returns an array, or a sequence of arrays.
        dtype: the type of its floats.
        operations: additions and multiplications, for the share of the peak.
        bytes: what must at least be moved, for the share of the bandwidth.
        tolerance: the largest difference from Einlang's result that a peer may have, in parts of the result's largest element.
        yardsticks: of `runs`, those that compute something else, for comparison: timed, but neither compared nor in ratios.
        known: seconds by whom, where they were measured in processes of their own.
    """

    name: str
    runs: Mapping[str, Callable[[], Any]]
    dtype: str = "float32"
    operations: float = 0.0
    bytes: float = 0.0
    tolerance: float | None = None
    yardsticks: tuple[str, ...] = ()
    known: Mapping[str, float] = field(default_factory=dict)

    @property
    def peers(self) -> dict[str, Callable[[], Any]]:
        """What should give the same as Einlang."""
        return {name: run for name, run in self.runs.items() if name != OURS and name not in self.yardsticks}


@dataclass(frozen=True, slots=True)
class Row:
    """A problem measured: seconds a run, by whom; shares of the machine's peak and bandwidth."""

    problem: Problem
    seconds: Mapping[str, float]
    peak_share: float | None = None
    bandwidth_share: float | None = None
    wrong: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, *peers: str) -> float | None:
        """The time of the fastest of the peers (of all, where none are named) over Einlang's."""
        others = {name: time for name, time in self.seconds.items() if name not in (OURS, *self.problem.yardsticks)}
        theirs = [time for name, time in others.items() if not peers or name in peers]
        return min(theirs) / self.seconds[OURS] if theirs else None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a class should reach: a figure of its rows, None where it could not be measured, and a bound on it."""

    text: str
    figure: Callable[[Sequence[Row]], float | None]
    bound: float
    least: bool = True

    def met(self, rows: Sequence[Row]) -> bool | None:
        found = self.figure(rows)
        return None if found is None else (found >= self.bound if self.least else found <= self.bound)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of problems and its goals."""

    name: str
    title: str
    problems: Callable[[], Iterator[Problem]]
    goals: tuple[Goal, ...]


def mean_ratio(bound: float, *peers: str, among: str = "") -> Goal:
    """A geometric mean, over the problems whose name contains `among`, of the best peer's time over Einlang's."""
    whom = " and ".join(peers) if peers else "the best peer"
    where = f", {among}" if among else ""

    def figure(rows: Sequence[Row]) -> float | None:
        found = [ratio for row in rows if among in row.problem.name and (ratio := row.ratio(*peers)) is not None]
        return math.exp(sum(map(math.log, found)) / len(found)) if found else None

    return Goal(f"≥ {bound:g} times {whom}{where} (geometric mean)", figure, bound)


def mean_share(bound: float, of: str, among: str = "") -> Goal:
    """A geometric mean of shares, `of` being "peak" or "bandwidth"."""

    def figure(rows: Sequence[Row]) -> float | None:
        shares = [row.peak_share if of == "peak" else row.bandwidth_share for row in rows if among in row.problem.name]
        found = [share for share in shares if share]
        return math.exp(sum(map(math.log, found)) / len(found)) if found else None

    return Goal(f"≥ {bound:g} of {of}{f', {among}' if among else ''} (geometric mean)", figure, bound)


def at_most(seconds: float, among: str, text: str) -> Goal:
    """The longest time of Einlang over the problems whose name contains `among`."""

    def figure(rows: Sequence[Row]) -> float | None:
        return max((row.seconds[OURS] for row in rows if among in row.problem.name), default=None)

    return Goal(text, figure, seconds, least=False)
