"""Programs as HTML: in goes a program of the tensor IR, out comes a page about it, or a piece of one for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from einlang.codegen.html.markup import lines, tag
from einlang.codegen.html.page import page, picture, scrolled, section, source
from einlang.codegen.html.style import FORMULAS
from einlang.codegen.mathml import escaped, math, row
from einlang.codegen.notation import Equations, Line, equations
from einlang.ir.program import Program
from einlang.syntax import nodes
from einlang.syntax.format import format_expression
from einlang.tree import Node


def emit(program: Program, text: str) -> str:
    """A page: what the program takes, its equations, its graph, and its text."""
    found = equations(program)
    links = [f"#equation-{number + 1}" for number in range(len(found.defined))]
    sections = [
        tag("p", _summary(program), class_="soft"),
        section("What it takes", _list(_declared(found))),
        section("Equations", _list(_defined(found), "equation")),
        section("Graph", picture(found, links)),
        section("The program as text", source(text)),
    ]
    return page(program.name, escaped(program.name), sections)


def fragment(program: Program) -> str:
    """The equations alone, without ids, for a notebook."""
    shown = (tag("div", math(row(line), text)) for text, line, _ in _defined(equations(program)))
    return tag("div", tag("style", FORMULAS), "\n", lines(shown), "\n", class_="einlang")


def _summary(program: Program) -> str:
    names = ", ".join(tag("code", escaped(tensor.name)) for tensor in program.outputs)
    return f"Gives {names}. A capital index that the factors of a product share is summed; a lowercase one is free."


Row = tuple[str, Line, str]
"""The text of an item, one of its lines, and a word about it."""


def _list(rows: Iterable[Row], name: str = "") -> str:
    """Rows of equations, each with an id where they have a name."""
    shown = []
    for number, (text, line, word) in enumerate(rows, 1):
        attributes = {"id": f"{name}-{number}"} if name else {}
        remark = tag("div", escaped(word), class_="rule") if word else ""
        shown.append(tag("li", scrolled(math(row(line), text), text), remark, **attributes))
    return tag("ol", "\n", lines(shown), "\n", class_="equations")


def _declared(found: Equations) -> Iterator[Row]:
    for item, its_lines in found.declared:
        names: Sequence[Node] = item.declarators if isinstance(item, nodes.Declaration) else [item] * len(its_lines)
        word = item.role if isinstance(item, nodes.Declaration) else ""
        yield from ((format_expression(name), line, word) for name, line in zip(names, its_lines, strict=True))


def _defined(found: Equations) -> Iterator[Row]:
    outputs = {format_expression(name) for name in found.outputs}
    for item, (line, *_) in found.defined:
        is_output = isinstance(item, nodes.Definition) and format_expression(item.name) in outputs
        yield format_expression(item), line, "output" if is_output else ""
