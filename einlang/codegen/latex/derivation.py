"""Derivations as LaTeX: in go equations, out come their lines, each with its rule, or only what they end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from einlang.codegen.ein.equations import WrittenEquation
from einlang.codegen.latex.formulas import spelled
from einlang.codegen.latex.program import formula
from einlang.codegen.notation import derivation as notation


def results(equations: Sequence[WrittenEquation]) -> str:
    """What each equation ends in, one a line."""
    return _aligned([f"{formula(equation.left)} &= {formula(equation.lines[-1].right)}" for equation in equations])


def steps(equations: Sequence[WrittenEquation]) -> str:
    """All lines of all equations."""
    return _aligned([line for equation in equations for line in _lines(equation)])


def _lines(equation: WrittenEquation) -> Iterator[str]:
    for number, step in enumerate(notation.steps(equation)):
        left = formula(equation.left) if number == 0 else ""
        yield f"{left} &= {spelled(step.right)} && {spelled(step.reason)}"


def _aligned(lines: Sequence[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n"
