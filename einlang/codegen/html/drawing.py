"""A graph as SVG: in go vertices and uses, out comes a drawing that needs nothing beside it but the page's colours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from einlang.codegen.html.graph import Use, Vertex
from einlang.codegen.html.layout import Point, Size, Wire, layout
from einlang.codegen.html.markup import lines, tag
from einlang.codegen.mathml import escaped

LETTER, LINE, MARGIN, PADDING = 7.9, 17.0, 12.0, 9.0
"""The width of a character and the height of a line in the drawing's type, the room around the drawing and in a box."""
LONGEST, MOST = 44, 3
"""Characters of a line, and lines, before a `…`."""


def drawing(vertices: Sequence[Vertex], uses: Sequence[Use], links: Sequence[str | None]) -> tuple[str, float]:
    """The drawing and its width; `links` says for each vertex where it leads."""
    boxes = [_box_size([vertex.text, *_works(vertex)]) for vertex in vertices]
    labels = [[_fitting(text) for text in _texts(use)] for use in uses]
    wires = [Wire(u.source, u.target, _label_size(texts)) for u, texts in zip(uses, labels, strict=True)]
    found = layout(boxes, wires)
    width, height = (extent + 2 * MARGIN for extent in found.size)
    parts = [
        *(tag("path", class_="wire", d=_path(points)) for points in found.wires),
        *(_label(use, point, wire.label) for use, point, wire in zip(uses, found.labels, wires, strict=True)),
        *(_vertex(*each) for each in zip(vertices, found.vertices, boxes, links, strict=True)),
    ]
    named = f"{len(vertices)} tensors and {len(uses)} wires; each wire goes from a tensor to the definition that reads it."
    shifted = tag("g", "\n", lines(parts), "\n", transform=f"translate({MARGIN:g} {MARGIN:g})")
    box = f"0 0 {width:.0f} {height:.0f}"
    return tag("svg", "\n", shifted, "\n", width=width, height=height, view_box=box, role="group", aria_label=named), width


def _works(vertex: Vertex) -> list[str]:
    return [_fitting(" · ".join(vertex.works))] if vertex.works else []


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _width(text: str) -> float:
    return sum(LETTER * (2 if east_asian_width(character) in "WF" else 1) for character in text)


def _box_size(texts: Sequence[str]) -> Size:
    return Size(max(_width(_fitting(text)) for text in texts) + 2 * PADDING, LINE * len(texts) + PADDING)


# --- wires --------------------------------------------------------------------------------------------------------------------


def _texts(use: Use) -> list[str]:
    """The subscripts of each reading, on lines of their own."""
    texts = [",".join(text for text, _ in subscripts) for subscripts in use.subscripts if subscripts]
    return [*texts[: MOST - 1], "…"] if len(texts) > MOST else texts


def _label_size(texts: Sequence[str]) -> Size:
    return Size(max(map(_width, texts), default=0.0) + 6, LINE * len(texts))


def _label(use: Use, place: Point, size: Size) -> str:
    """What a wire carries, on a patch of the page's colour."""
    texts = _texts(use)
    if not texts:
        return ""
    readings = [subscripts for subscripts in use.subscripts if subscripts]
    left, top = place.x - size.width / 2, place.y - size.height / 2
    patch = tag("rect", class_="patch", x=left, y=top, width=size.width, height=size.height)
    shown = [
        tag("text", _fitting(text) if text == "…" else _marked(subscripts), x=place.x, y=top + LINE * (number + 0.75))
        for number, (text, subscripts) in enumerate(zip(texts, readings, strict=False))
    ]
    return tag("g", patch, *shown, class_="indices")


def _marked(subscripts: Sequence[tuple[str, bool]]) -> str:
    """Subscripts, the summed ones marked; cut where they are too long."""
    whole = ",".join(text for text, _ in subscripts)
    if _fitting(whole) != whole:
        return escaped(_fitting(whole))
    return ",".join(tag("tspan", escaped(text), class_="summed") if summed else escaped(text) for text, summed in subscripts)


def _path(points: Sequence[Point]) -> str:
    """Straight down through layers, and curves between them that leave and arrive straight down."""
    start = points[0]
    pieces = [f"M{start.x:.1f} {start.y:.1f}"]
    for number, (here, there) in enumerate(pairwise(points)):
        middle = (here.y + there.y) / 2
        curve = f"C{here.x:.1f} {middle:.1f} {there.x:.1f} {middle:.1f} {there.x:.1f} {there.y:.1f}"
        pieces.append(curve if number % 2 else f"V{there.y:.1f}")
    return "".join(pieces)


# --- vertices -----------------------------------------------------------------------------------------------------------------


def _vertex(vertex: Vertex, place: Point, size: Size, link: str | None) -> str:
    """A box with the tensor, and what its definition does below."""
    left, top = place.x - size.width / 2, place.y - size.height / 2
    round_ = 4.0 if vertex.role == "definition" else size.height / 2
    shape = tag("rect", x=left, y=top, width=size.width, height=size.height, rx=round_)
    texts = [_fitting(vertex.text), *_works(vertex)]
    shown = [
        tag("text", escaped(text), x=place.x, y=top + LINE * (number + 1) + 0.5, class_="work" if number else "tensor")
        for number, text in enumerate(texts)
    ]
    kind = f"vertex {vertex.role}{' output' if vertex.is_output else ''}"
    whole = tag("g", tag("title", escaped(_title(vertex))), shape, *shown, class_=kind)
    return whole if link is None else tag("a", whole, href=link)


def _title(vertex: Vertex) -> str:
    return f"{vertex.role} {vertex.text}{', an output' if vertex.is_output else ''}"
