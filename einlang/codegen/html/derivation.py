"""Derivations as HTML: in go equations with their lines, out comes a page with the rule beside each line, or a piece of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from einlang.codegen.ein.equations import WrittenEquation, WrittenLine, WrittenReason
from einlang.codegen.html.markup import lines, tag
from einlang.codegen.html.page import page, picture, scrolled, section, source
from einlang.codegen.html.style import FORMULAS
from einlang.codegen.mathml import continued, escaped, inline, math
from einlang.codegen.notation import Box, equations, formula
from einlang.codegen.notation.boxes import Row, infix
from einlang.ir.program import Program
from einlang.syntax.format import format_expression


def emit(steps: Sequence[WrittenEquation], results: Sequence[WrittenEquation], program: Program, text: str) -> str:
    """A page: what is found, how it comes about, and the program that computes it, as a graph and as text."""
    found = equations(program)
    heading = ", ".join(inline(formula(equation.left), format_expression(equation.left)) for equation in results[-1:])
    blocks = [_equation(equation, number) for number, equation in enumerate(steps, 1)]
    sections = [
        section("Result", tag("ol", "\n", lines(_ends(results)), "\n", class_="equations")),
        section("Step by step", *blocks),
        section("Graph of the program that computes it", picture(found, [None] * len(found.defined))),
        section("That program as text", source(text)),
    ]
    return page(format_expression(results[-1].left), heading, sections)


def fragment(steps: Sequence[WrittenEquation]) -> str:
    """The equations line by line, without ids, for a notebook."""
    rows = (
        tag("tr", tag("td", shown, style="text-align:left"), tag("td", rule, style="text-align:left"))
        for equation in steps
        for shown, rule in _lines(equation)
    )
    return tag("div", tag("style", FORMULAS), "\n", tag("table", "\n", lines(rows), "\n"), "\n", class_="einlang")


def _ends(results: Sequence[WrittenEquation]) -> Iterator[str]:
    for equation in results:
        left, right, text = _sides(equation, equation.lines[-1])
        shown = math(Row((left, right)), text)
        yield tag("li", scrolled(shown, format_expression(equation.left)))


def _equation(equation: WrittenEquation, number: int) -> str:
    """The lines of an equation, each with its rule."""
    name = format_expression(equation.left)
    rows = (tag("li", scrolled(shown, name), tag("div", rule, class_="rule")) for shown, rule in _lines(equation))
    return tag("ol", "\n", lines(rows), "\n", class_="equations steps", id=f"step-{number}", aria_label=name)


def _lines(equation: WrittenEquation) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(equation.lines):
        left, right, text = _sides(equation, line)
        yield continued(left, right, text) if number else math(Row((left, right)), text), _reason(line.reason)


def _sides(equation: WrittenEquation, line: WrittenLine) -> tuple[Box, Box, str]:
    left = formula(equation.left)
    return left, Row((infix("="), formula(line.right))), f"{format_expression(equation.left)} = {format_expression(line.right)}"


def _reason(reason: WrittenReason) -> str:
    """Words with formulas between them."""
    first, *others = (escaped(words) for words in reason.words)
    shown = (inline(formula(f), format_expression(f)) + words for f, words in zip(reason.formulas, others, strict=True))
    return first + "".join(shown)
