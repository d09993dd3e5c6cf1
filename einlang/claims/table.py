"""What was found of derivatives, as a table: in go findings, out comes a line for each, aligned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from einlang.claims.finding import Finding
from einlang.claims.judgement import spelled

HEAD = ("derivative", "", "elements", "modulo primes", "by", "largest deviation")
EXACT = {True: "equal", False: "differs", None: "not rational"}
DIGITS = 6
ROUNDING = 1e-9
"""What is below that may be rounding, and its place chance."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of the derivatives of a program; true unless one is wrong. As text, a table.

    Attributes:
        written: whether the program takes derivatives itself; else its outputs were derived.
    """

    findings: tuple[Finding, ...]
    written: bool

    def __bool__(self) -> bool:
        return all(finding.verdict != "wrong" for finding in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __str__(self) -> str:
        if not self.findings:
            return "nothing here can be derived"
        rows = [HEAD, *(_cells(finding) for finding in self.findings)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        note = [] if self.written else ["no derivative is written here: these are of the outputs, by the params or inputs"]
        return "\n".join([*note, *lines])


def _cells(found: Finding) -> tuple[str, ...]:
    if not found.elements:
        return found.formula, found.verdict, "", EXACT[found.exact], "", found.steps
    elements = str(found.elements) if found.checked == found.elements else f"{found.checked} of {found.elements}"
    return found.formula, found.verdict, elements, EXACT[found.exact], found.steps, _deviation(found)


def _deviation(found: Finding) -> str:
    """How large it is, relative to the largest element; where it is more than rounding, its place and both values."""
    if not found.checked:
        return "unchecked: at kinks, or where differences do not tell"
    largest = spelled(found.largest, DIGITS)
    if found.deviation <= ROUNDING:
        return f"below {ROUNDING:.0e} of {largest}" if found.largest else "all are 0"
    where = f" at [{','.join(map(str, found.place))}]" if found.place else ""
    rule, step = spelled(found.rule, DIGITS), spelled(found.step, DIGITS)
    return f"{found.deviation:.0e} of {largest}{where}: {rule} by rule, {step} by steps"
