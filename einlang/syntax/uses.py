"""Circles of files: in go the files of a program, out comes a report of those that use each other, once for each circle.

Nothing could be read first in such a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os.path import normpath

from einlang.diagnostics import Label, Report
from einlang.source import Span
from einlang.syntax.files import beside
from einlang.syntax.nodes import File, Use
from einlang.tree import walk

Uses = dict[str, list[tuple[str, Span]]]
"""What each file uses, by their names, and where it says so."""


def report_circles(files: Sequence[File], report: Report) -> None:
    """Report the first `use` of each circle that leads back to the file it stands in."""
    uses = {normpath(file.span.source.name): _uses(file) for file in files}
    told: set[frozenset[str]] = set()
    for own, found in uses.items():
        for used, span in found:
            circle = _way(uses, used, own)
            if circle and frozenset(circle) not in told:
                told.add(frozenset(circle))
                names = " uses ".join([own, *circle])
                others = tuple(Label(where, "the way back") for place, where in uses.get(used, []) if place == own)
                report.add("circular-use", span, f"files use each other in a circle: {names}", others=others)


def _uses(file: File) -> list[tuple[str, Span]]:
    own = normpath(file.span.source.name)
    return [(beside(own, node.path), node.span) for node in walk(file) if isinstance(node, Use)]


def _way(uses: Uses, start: str, end: str) -> list[str]:
    """The files from one to another, by what they use; none where there is no way."""
    ways: dict[str, list[str]] = {start: [start]}
    for place in _growing(ways):
        if place == end:
            return ways[place]
        for used, _ in uses.get(place, []):
            ways.setdefault(used, [*ways[place], used])
    return []


def _growing(found: dict[str, list[str]]) -> Iterator[str]:
    """The keys of a mapping that grows meanwhile."""
    seen = 0
    while seen < len(found):
        yield list(found)[seen]
        seen += 1
