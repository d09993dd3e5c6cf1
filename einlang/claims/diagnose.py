"""Judgements as diagnostics: in go a claim and what became of it, out comes a finding, with the place of the side that fails."""

from __future__ import annotations

from einlang.claims.judgement import Judgement, Mismatch
from einlang.diagnostics import Label, Report
from einlang.ir.program import Equation


def tell(equation: Equation, judgement: Judgement, report: Report) -> None:
    """Report a claim that fails or could not be tested; nothing of one that holds."""
    if judgement.mismatch is not None:
        _tell_where(equation, judgement.mismatch, report)
    elif judgement.verdict == "fails":
        report.add("claim-fails", equation.spans[-1], "this claim is false", label=judgement.how)
    elif judgement.verdict == "unchecked":
        report.add("claim-unchecked", equation.spans[0], "this claim could not be tested", label=judgement.how)


def _tell_where(equation: Equation, found: Mismatch, report: Report) -> None:
    before, after = equation.spans[found.side - 2], equation.spans[found.side - 1]
    left, right = found.values
    place = f" at {found.place}" if found.place else ""
    data = f", with the sizes {found.data}" if found.data else ""
    which = "" if found.sides == 2 else f": `=` number {found.side - 1} does not hold"
    report.add(
        "claim-fails",
        after,
        f"this claim is false{_how_often(found)}{which}",
        label=f"is {right}{place}",
        others=(Label(before, f"is {left}{place}{data}"),),
        help=found.hint,
    )


def _how_often(found: Mismatch) -> str:
    return f" at {found.differing} of {found.positions} positions" if found.positions > 1 else ""
