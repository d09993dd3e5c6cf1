"""`einlang bench`: how long a program takes on random data of given sizes, and each of its definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from einlang.cli import console
from einlang.cli.opening import opened
from einlang.cli.options import DERIVATIVES, sizes, takes
from einlang.timing import Times, timed

UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
Row = tuple[str, ...]


@click.command()
@takes("file", "expression", "dtype", "set", "fn", "only", *DERIVATIVES, "backend", "error-format")
@click.argument("given", nargs=-1, metavar="SIZE=NUMBER...")
def bench(file: str | None, given: Sequence[str], expression: Sequence[str], **others: object) -> None:
    """Time a program and its definitions on random data of given sizes.

    The whole is timed beside NumPy; operations a second stand beside what one core can do at best, as measured now. Floats are
    float64 unless --dtype says otherwise.
    """
    if expression and file is not None:
        given, file = (file, *given), None
    program = opened(file=file, expression=expression, **others)  # type: ignore[arg-type]
    console.result("\n".join(_lines(timed(program, sizes(given)))))


def _lines(found: Times) -> Iterator[str]:
    """The table of the definitions, and what it is beside."""
    if found.native is None:
        yield f"NumPy: {_time(found.numpy)}"
        return
    rows: list[Row] = [("time", "share", "Gop/s", "of peak", "GB/s", "")]
    whole = sum(found.parts) or 1.0
    for part, seconds in zip(found.cost.definitions, found.parts, strict=True):
        rows.append(_row(seconds, f"{seconds / whole:.0%}", part.operations, part.bytes, found.peak, part.definition))
    rows.append(_row(found.native, "", found.cost.operations, found.cost.bytes, found.peak, "in all"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        yield "  ".join([*(f"{text:>{width}}" for text, width in zip(row, widths, strict=False)), row[5]]).rstrip()
    yield f"NumPy: {_time(found.numpy)}, {found.numpy / found.native:.1f} times as long"
    yield f"peak of one core: {found.peak / 1e9:.0f} Gop/s"


def _row(seconds: float, share: str, operations: int, bytes: int, peak: float, text: str) -> Row:
    if seconds <= 0:
        return _time(seconds), share, "", "", "", text
    speed = operations / seconds
    return _time(seconds), share, f"{speed / 1e9:.1f}", f"{speed / peak:.0%}", f"{bytes / seconds / 1e9:.1f}", text


def _time(seconds: float) -> str:
    """Three digits and a unit."""
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= size), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"
