"""Diagnostics for people and machines: in go records, out comes text as rustc and ruff print it, or JSON, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from einlang.diagnostics.diagnostic import Diagnostic
from einlang.diagnostics.measure import escape
from einlang.diagnostics.snippet import GAP, Row, mark, rows
from einlang.source import Source, Span

MOST_PLACES = 10
"""Other places that are shown."""
RESET = "\x1b[0m"
STYLES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "other": "\x1b[1;34m",
    "gutter": "\x1b[1;34m",
    "help": "\x1b[1;36m",
    "message": "\x1b[1m",
    "": "",
}
"""ANSI sequence of each style."""


def render(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """One diagnostic: what is wrong, where, the places marked in the source, and the mend. No line end at the end."""
    return "\n".join(_lines(diagnostic, colour))


def render_all(diagnostics: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """All diagnostics in the order of their places, an empty line between, and how many there are; '' for none."""
    found = in_order(diagnostics)
    return "\n\n".join([*(render(diagnostic, colour=colour) for diagnostic in found), summary(found)]) if found else ""


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; '' for none."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [(severities.count(severity), severity) for severity in ("error", "warning")]
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for count, severity in counts if count)


def to_json(diagnostic: Diagnostic) -> str:
    """One diagnostic as a JSON object on one line. Lines and columns count from 1, `end` is the place just after."""
    return json.dumps(
        {
            "id": diagnostic.id,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            **_place(diagnostic.span),
            "label": diagnostic.label,
            "others": [{**_place(other.span), "label": other.text} for other in diagnostic.others],
            "help": diagnostic.help,
        }
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, the files in the order in which they are first mentioned."""
    found = list(diagnostics)
    files: dict[Source, int] = {}
    for diagnostic in found:
        files.setdefault(diagnostic.span.source, len(files))
    return sorted(found, key=lambda diagnostic: (files[diagnostic.span.source], diagnostic.span.start))


def paint(text: str, style: str, colour: bool) -> str:
    """Text in a style of `STYLES`, if colour is asked for."""
    return f"{STYLES[style]}{text}{RESET}" if colour and STYLES[style] and text else text


def _place(span: Span) -> dict[str, object]:
    positions = (span.source.position(offset) for offset in (span.start, span.end))
    start, end = ({"line": line, "column": column} for line, column in positions)
    return {"file": span.source.name, "start": start, "end": end}


def _lines(diagnostic: Diagnostic, colour: bool) -> Iterator[str]:
    severity = diagnostic.severity
    message = escape(diagnostic.message).replace("\n", "\n  ")
    yield paint(f"{severity}[{diagnostic.id}]", severity, colour) + paint(f": {message}", "message", colour)
    marks = [mark(diagnostic.span, diagnostic.label, severity, "^")]
    marks += [mark(other.span, other.text, "other", "-") for other in diagnostic.others[:MOST_PLACES]]
    hidden = len(diagnostic.others[MOST_PLACES:])
    gutter = len(str(max(m.last for m in marks)))
    bar = paint(" " * gutter + " |", "gutter", colour)
    sources = list(dict.fromkeys(m.source for m in marks))
    for number, source in enumerate(sources):
        group = [m for m in marks if m.source is source]
        place = diagnostic.span.place if number == 0 else f"{source.name}:{group[0].first}:{group[0].start + 1}"
        arrow = " " * gutter + ("--> " if number == 0 else "::: ")
        yield paint(arrow, "gutter", colour) + escape(place)
        yield bar
        yield from (_row(row, gutter, colour) for row in rows(group))
        if number < len(sources) - 1 or hidden or diagnostic.help:
            yield bar
    if hidden:
        yield paint(GAP, "gutter", colour) + f" and {hidden} other places"
    if diagnostic.help:
        yield paint("help", "help", colour) + ": " + escape(diagnostic.help).replace("\n", "\n      ")


def _row(row: Row, gutter: int, colour: bool) -> str:
    start = GAP.ljust(gutter + 2) if row.gutter == GAP else f"{row.gutter:>{gutter}} |"
    text = "".join(paint(text, style, colour) for text, style in row.runs())
    return (paint(start, "gutter", colour) + " " + text).rstrip()
