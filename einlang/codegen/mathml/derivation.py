"""Derivations as MathML: in go equations, out comes one table of their lines, each with its rule, or of what they end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from einlang.codegen.ein import derivation as as_text
from einlang.codegen.ein.equations import WrittenEquation
from einlang.codegen.mathml.formulas import element, table
from einlang.codegen.notation import derivation as notation
from einlang.codegen.notation import formula
from einlang.codegen.notation.boxes import Box, Row, infix


def results(equations: Sequence[WrittenEquation]) -> str:
    """What each equation ends in, one a line."""
    rows = [(formula(equation.left), Row((infix("="), formula(equation.lines[-1].right)))) for equation in equations]
    return table([[element(box) for box in row] for row in rows], as_text.results(equations))


def steps(equations: Sequence[WrittenEquation]) -> str:
    """All lines of all equations."""
    rows = [row for equation in equations for row in _lines(equation)]
    return table([[element(box) for box in row] for row in rows], as_text.steps(equations))


def _lines(equation: WrittenEquation) -> Iterator[tuple[Box, Box, Box]]:
    for number, step in enumerate(notation.steps(equation)):
        left = formula(equation.left) if number == 0 else Row(())
        yield left, Row((infix("="), step.right)), step.reason
