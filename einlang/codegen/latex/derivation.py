"""Derivations as LaTeX: in go equations, out come their lines, each with its rule, or only what they end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from einlang.codegen.ein.equations import WrittenEquation, by_layers, without_reasons
from einlang.codegen.latex.formulas import spelled
from einlang.codegen.latex.program import formula
from einlang.codegen.notation import derivation as notation
from einlang.syntax.nodes import Repetition


def results(equations: Sequence[WrittenEquation]) -> str:
    """What each equation ends in, one a line."""
    found = by_layers([without_reasons(equation) for equation in equations])
    ends = ((family.tree.left, family.tree.lines[-1].right, family.range) for family in found)
    return _aligned([f"{formula(left)} &= {formula(right)}{_range(range_)}" for left, right, range_ in ends])


def steps(equations: Sequence[WrittenEquation]) -> str:
    """All lines of all equations."""
    return _aligned([line for family in by_layers(equations) for line in _lines(family.tree, family.range)])


def _range(range_: Repetition | None) -> str:
    """`(1 ≤ m ≤ n)` behind an equation."""
    if range_ is None:
        return ""
    return rf" \qquad ({formula(range_.first)} \le {range_.variable} \le {formula(range_.last)})"


def _lines(equation: WrittenEquation, range_: Repetition | None) -> Iterator[str]:
    for number, step in enumerate(notation.steps(equation)):
        left = formula(equation.left) if number == 0 else ""
        yield f"{left} &= {spelled(step.right)} && {spelled(step.reason)}{_range(range_) if number == 0 else ''}"


def _aligned(lines: Sequence[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n"
