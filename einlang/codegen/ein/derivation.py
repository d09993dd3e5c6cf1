"""Derivations as text: in go equations, out come their lines, each with its rule, or only what they end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from einlang.codegen.ein.equations import WrittenEquation, WrittenReason, by_layers, without_reasons
from einlang.syntax.format import format_expression
from einlang.syntax.nodes import Expression, Repetition

WIDEST = 64
"""Where the reasons stand at most, counted in characters; a longer line pushes its own further."""


def results(equations: Sequence[WrittenEquation], *, ascii: bool = False) -> str:
    """What each equation ends in, one a line."""
    found = [without_reasons(equation) for equation in equations]
    return "".join(_result(family.tree, family.range, ascii) for family in by_layers(found))


def _result(equation: WrittenEquation, range_: Repetition | None, ascii: bool) -> str:
    left, right = _sides(equation.left, equation.lines[-1].right, ascii)
    return f"{left} = {right}{' for ' + format_expression(range_) if range_ else ''}\n"


def steps(equations: Sequence[WrittenEquation], *, ascii: bool = False) -> str:
    """All lines of all equations, a blank line between equations."""
    return "\n".join("".join(_lines(family.tree, ascii, family.range)) for family in by_layers(equations))


def _lines(equation: WrittenEquation, ascii: bool, range_: Repetition | None) -> Iterator[str]:
    if range_ is not None:
        yield f"for {format_expression(range_)}:\n"
    texts = [_sides(equation.left, line.right, ascii) for line in equation.lines]
    width = min(max(len(right) for _, right in texts), WIDEST)
    for number, ((left, right), line) in enumerate(zip(texts, equation.lines, strict=True)):
        margin = left if number == 0 else " " * len(left)
        yield f"{margin} = {right:{width}}   {reason(line.reason, ascii=ascii)}\n"


def _sides(left: Expression, right: Expression, ascii: bool) -> tuple[str, str]:
    return format_expression(left, ascii=ascii), format_expression(right, ascii=ascii)


def reason(written: WrittenReason, *, ascii: bool = False) -> str:
    """A rule in words."""
    first, *others = (words.replace("δ", "delta") if ascii else words for words in written.words)
    return first + "".join(format_expression(f, ascii=ascii) + w for f, w in zip(written.formulas, others, strict=True))
