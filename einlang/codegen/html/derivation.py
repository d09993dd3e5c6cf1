"""Derivations as HTML: in go equations with their lines, out comes a page with the rule beside each line, or a piece of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

from einlang.codegen.ein.equations import WrittenEquation, WrittenLine, WrittenReason
from einlang.codegen.ein.partials import left_side, with_partials
from einlang.codegen.html.markup import lines, tag
from einlang.codegen.html.page import page, picture, scrolled, section, source
from einlang.codegen.html.style import FORMULAS
from einlang.codegen.mathml import continued, escaped, inline, math
from einlang.codegen.mathml import derivation as as_mathml
from einlang.codegen.notation import Box, Equations, equations, formula
from einlang.codegen.notation import derivation as notation
from einlang.codegen.notation.boxes import Row, infix
from einlang.ir.program import Program
from einlang.syntax import nodes
from einlang.syntax.format import format_expression


def emit(steps: Sequence[WrittenEquation], results: Sequence[WrittenEquation], program: Program, text: str) -> str:
    """A page: what is found, how it comes about, and the program that computes it, as a graph and as text."""
    found = equations(program)
    outputs = [with_partials(left_side(item), found.known) for item, _ in found.defined if _is_output(item, found)]
    blocks = [_equation(equation, number) for number, equation in enumerate(steps, 1)]
    sections = [
        section("Result", tag("ol", "\n", lines(_ends(results)), "\n", class_="equations")),
        section("Step by step", *blocks),
        section("Graph of the program that computes it", picture(found, [None] * len(found.defined))),
        section("That program as text", source(text)),
    ]
    return page(", ".join(map(format_expression, outputs)), ", ".join(map(inline, outputs)), sections)


def fragment(steps: Sequence[WrittenEquation]) -> str:
    """The equations line by line for a notebook."""
    return tag("div", tag("style", FORMULAS), "\n", as_mathml.steps(steps), "\n", class_="einlang")


def _is_output(item: nodes.Item, found: Equations) -> TypeGuard[nodes.Definition]:
    return isinstance(item, nodes.Definition) and item.name in found.outputs


def _ends(results: Sequence[WrittenEquation]) -> Iterator[str]:
    for equation in results:
        last = equation.lines[-1]
        left, right, text = _sides(equation, last, formula(last.right))
        shown = math(Row((left, right)), text)
        yield tag("li", scrolled(shown, format_expression(equation.left)))


def _equation(equation: WrittenEquation, number: int) -> str:
    """The lines of an equation, each with its rule."""
    name = format_expression(equation.left)
    rows = (tag("li", scrolled(shown, name), tag("div", rule, class_="rule")) for shown, rule in _lines(equation))
    return tag("ol", "\n", lines(rows), "\n", class_="equations steps", id=f"step-{number}", aria_label=name)


def _lines(equation: WrittenEquation) -> Iterator[tuple[str, str]]:
    for number, step in enumerate(notation.steps(equation)):
        left, right, text = _sides(equation, step.written, step.right)
        yield continued(left, right, text) if number else math(Row((left, right)), text), _reason(step.written.reason)


def _sides(equation: WrittenEquation, line: WrittenLine, right: Box) -> tuple[Box, Box, str]:
    text = f"{format_expression(equation.left)} = {format_expression(line.right)}"
    return formula(equation.left), Row((infix("="), right)), text


def _reason(reason: WrittenReason) -> str:
    """Words with formulas between them."""
    first, *others = (escaped(words) for words in reason.words)
    return first + "".join(inline(f) + words for f, words in zip(reason.formulas, others, strict=True))
