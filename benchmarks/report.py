"""What was measured, for people and for machines: in go rows and goals, out come a table in Markdown, and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peak import Peak
from benchmarks.problem import OURS, Class, Goal, Row


def machine(about: Mapping[str, str], limits: Peak) -> str:
    """What was measured with, and what it can do at best."""
    gigaflops = ", ".join(f"{value / 1e9:.0f} GF/s {name}" for name, value in limits.operations.items())
    speed = f"reading {limits.reading / 1e9:.1f} GB/s, triad {limits.triad / 1e9:.1f} GB/s"
    return f"{'; '.join(f'{name}: {value}' for name, value in about.items())}.\n\nPeak {gigaflops}; {speed}.\n"


def table(found: Class, rows: Sequence[Row]) -> str:
    """The figures of one class, its goals below."""
    peers = list(dict.fromkeys(name for row in rows for name in row.seconds if name != OURS))
    header = ["problem", OURS, *peers, "ratio to the best", "of peak", "of bandwidth"]
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *(_cells(row, peers) for row in rows)]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    goals = "\n".join(f"- {goal.text}: {_verdict(goal, rows)}" for goal in found.goals)
    return f"{text}\n\n{goals}\n"


def _cells(row: Row, peers: Sequence[str]) -> list[str]:
    times = [_time(row.seconds.get(name)) + _remark(row, name) for name in (OURS, *peers)]
    ratio = row.ratio()
    shares = [f"{share:.0%}" if share else "" for share in (row.peak_share, row.bandwidth_share)]
    return [row.problem.name, *times, f"{ratio:.2f}" if ratio else "", *shares]


def _remark(row: Row, name: str) -> str:
    return " (differs)" if name in row.wrong else " (yardstick)" if name in row.problem.yardsticks else ""


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    unit, scale = next((pair for pair in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)) if seconds * pair[1] >= 1), ("ns", 1e9))
    return f"{seconds * scale:.3g} {unit}"


def _verdict(goal: Goal, rows: Sequence[Row]) -> str:
    found, met = goal.figure(rows), goal.met(rows)
    return "not measured" if found is None else f"{_figure(goal, found)}, {'met' if met else 'not met'}"


def _figure(goal: Goal, found: float) -> str:
    return f"{found:.2f}" if goal.least else _time(found)


def record(found: Class, rows: Sequence[Row]) -> dict[str, Any]:
    """The same for machines."""
    return {
        "class": found.name,
        "problems": [_row(row) for row in rows],
        "goals": [{"goal": goal.text, "figure": goal.figure(rows), "met": goal.met(rows)} for goal in found.goals],
    }


def _row(row: Row) -> Mapping[str, Any]:
    return {
        "name": row.problem.name,
        "seconds": dict(row.seconds),
        "ratio": row.ratio(),
        "of_peak": row.peak_share,
        "of_bandwidth": row.bandwidth_share,
        "differs": dict(row.wrong),
    }
