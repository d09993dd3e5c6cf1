"""Pages: in go a title and sections, out comes one HTML file that needs no other, no script and no network."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.codegen.html.drawing import drawing
from einlang.codegen.html.graph import graph
from einlang.codegen.html.markup import lines, tag
from einlang.codegen.html.style import FORMULAS, PAGE
from einlang.codegen.mathml import escaped
from einlang.codegen.notation import Equations

CAPTION = (
    "Each box is a definition; what is round is given (params have a broken outline), and what has a heavy outline is returned. "
    "A wire goes from a tensor to the definition that reads it, and carries the indices it is read at; "
)


def page(title: str, heading: str, sections: Sequence[str]) -> str:
    """A whole page. `title` is text; `heading` and the sections are markup."""
    head = [
        '<meta charset="utf-8"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        '<meta name="color-scheme" content="light dark"/>',
        tag("title", escaped(title)),
        tag("style", FORMULAS, PAGE),
    ]
    body = tag("main", "\n", lines([tag("h1", heading), *sections]), "\n")
    html = tag("html", "\n", tag("head", "\n", lines(head), "\n"), "\n", tag("body", "\n", body, "\n"), "\n", lang="en")
    return f"<!DOCTYPE html>\n{html}\n"


def section(heading: str, *content: str) -> str:
    """A section under a heading, which is text."""
    return tag("section", "\n", lines([tag("h2", escaped(heading)), *content]), "\n")


def scrolled(content: str, label: str) -> str:
    """What may be wider than the page: it scrolls by itself, by keys too."""
    return tag("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)


def source(text: str) -> str:
    """A program as text."""
    return tag("pre", tag("code", escaped(text.strip())), tabindex="0")


def picture(equations: Equations, links: Sequence[str | None]) -> str:
    """The drawing of a program; `links` leads from each definition to its equation."""
    vertices, uses = graph(equations)
    targets = [None if vertex.item is None else links[vertex.item] for vertex in vertices]
    caption = tag("figcaption", CAPTION, tag("span", "underlined capitals", class_="summed"), " are summed.")
    drawn, width = drawing(vertices, uses, targets)
    return tag("figure", scrolled(drawn, "Graph of the program"), caption, style=f"--width: {width + 2:.0f}px")
