"""Source lines with places marked: in go labelled spans of one source, out come rows of styled text, as rustc draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from einlang.diagnostics.measure import Excerpt, escape, excerpt, width
from einlang.source import Source, Span

LIMIT = 120
"""Columns of a source line that are shown; a longer line is cut around the place."""
GAP = "..."
Pointer = Literal["^", "-"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled span in lines (from 1) and characters of a line (from 0): from `first`, `start` up to `end` of `last`."""

    source: Source
    first: int
    start: int
    last: int
    end: int
    text: str
    style: str
    pointer: Pointer

    @property
    def is_long(self) -> bool:
        return self.first != self.last


def mark(span: Span, text: str, style: str, pointer: Pointer) -> Mark:
    """The mark of a span: blanks at its end left out, within the text, from a character that has a column of its own."""
    whole = span.source.text
    start = min(max(span.start, 0), len(whole))
    covered = whole[start : max(span.end, start)].rstrip()
    while 0 < start < len(whole) and whole[start] != "\n" and width(whole[start]) == 0:
        start -= 1
    first, column = span.source.position(start)
    last, last_column = span.source.position(max(start, start + len(covered) - 1))
    return Mark(span.source, first, column - 1, last, last_column, escape(text), style, pointer)


@dataclass(slots=True)
class Row:
    """One printed row: what stands in the gutter, and cells of one character each with their style."""

    gutter: str = ""
    cells: list[tuple[str, str]] = field(default_factory=list)

    def put(self, column: int, text: str, style: str = "") -> None:
        """Write text from a column on, over what is there."""
        self.cells += [(" ", "")] * (column - len(self.cells))
        self.cells[column : column + len(text)] = [(character, style) for character in text]

    def runs(self) -> Iterator[tuple[str, str]]:
        """The text in pieces of one style, blanks at the end left out."""
        while self.cells and self.cells[-1][0] == " ":
            self.cells.pop()
        for style, cells in groupby(self.cells, key=lambda cell: cell[1]):
            yield "".join(character for character, _ in cells), style


def rows(marks: Sequence[Mark]) -> list[Row]:
    """The lines that the marks touch, each with its marks below it; lines between are left out unless it is one."""
    drawing = _Drawing(marks)
    touched = sorted({line for m in marks for line in (m.first, m.last)})
    for previous, line in zip([touched[0], *touched], touched, strict=False):
        if line == previous + 2:
            drawing.line(line - 1)
        elif line > previous + 2:
            drawing.row(GAP)
        drawing.line(line)
    return drawing.made


class _Spot(NamedTuple):
    """The part of one line that a mark is drawn under: all of a short mark, or where a long one opens or closes."""

    start: int
    end: int
    mark: Mark
    role: Literal["covers", "opens", "closes"]


class _Drawing:
    """The rows so far, and which long marks are open: each long mark has a column of the margin, the outermost the first."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self.marks = [m for m in marks if not m.is_long]
        self.long = sorted((m for m in marks if m.is_long), key=lambda m: (m.first, -m.last))
        self.margin = 2 * len(self.long)
        self.open: list[int] = []
        self.made: list[Row] = []

    def row(self, gutter: str = "") -> Row:
        """A new row, with the margin of the open marks drawn."""
        made = Row(gutter)
        for level in self.open:
            made.put(2 * level, "|", self.long[level].style)
        self.made.append(made)
        return made

    def line(self, number: int) -> None:
        """A source line (several pieces of it where marks lie too far apart) and everything that is marked on it."""
        spots = [_Spot(m.start, m.end, m, "covers") for m in self.marks if m.first == number]
        spots += [_Spot(m.start, m.start + 1, m, "opens") for m in self.long if m.first == number]
        spots += [_Spot(m.end - 1, m.end, m, "closes") for m in reversed(self.long) if m.last == number]
        text = (self.marks or self.long)[0].source.line(number)
        for piece in _pieces(sorted(spots, key=lambda spot: spot[:2]), text):
            cut = excerpt(text, piece[0].start, max(spot.end for spot in piece), LIMIT) if piece else excerpt(text, 0, 0, LIMIT)
            source_row = self.row(str(number))
            source_row.put(self.margin, cut.text)
            self._draw_short(cut, [spot.mark for spot in piece if spot.role == "covers"])
            for spot in piece:
                if spot.role == "opens":
                    self._draw_start(cut, spot.mark, source_row if not text[: spot.start].strip() else None)
                elif spot.role == "closes":
                    self._draw_end(cut, spot.mark)

    def _draw_short(self, cut: Excerpt, marks: list[Mark]) -> None:
        """Underlines in one row, the label of the rightmost beside it, the others hanging below, from right to left."""
        if not marks:
            return
        row = self.row()
        spots = {m: (self.margin + cut.column(m.start), self.margin + cut.column(m.end)) for m in marks}
        for m in sorted(marks, key=lambda m: m.pointer):
            start, end = spots[m]
            row.put(start, m.pointer * max(end - start, 1), m.style)
        beside = max(marks, key=lambda m: (m.end, m.start, m.pointer))
        row.put(len(row.cells) + 1, beside.text, beside.style)
        hanging = sorted((m for m in marks if m is not beside and m.text), key=lambda m: -m.start)
        for number, labelled in enumerate([None, *hanging] if hanging else []):
            row = self.row()
            for m in hanging[number:]:
                row.put(spots[m][0], "|", m.style)
            if labelled:
                row.put(spots[labelled][0], labelled.text, labelled.style)

    def _draw_start(self, cut: Excerpt, m: Mark, source_row: Row | None) -> None:
        """Open a long mark: a corner beside its first line where nothing stands before it there, else a line up to it."""
        level = self.long.index(m)
        if source_row:
            source_row.put(2 * level, "/", m.style)
        else:
            self._draw_arm(self.row(), level, cut.column(m.start))
        self.open.append(level)

    def _draw_end(self, cut: Excerpt, m: Mark) -> None:
        """Close a long mark under its last character, with its label."""
        level = self.long.index(m)
        row = self.row()
        self._draw_arm(row, level, cut.column(m.end - 1))
        row.put(len(row.cells) + 1, m.text, m.style)
        self.open.remove(level)

    def _draw_arm(self, row: Row, level: int, column: int) -> None:
        m = self.long[level]
        row.put(2 * level + 1, "_" * (self.margin + column - 2 * level - 1), m.style)
        row.put(self.margin + column, m.pointer, m.style)


def _pieces(spots: list[_Spot], line: str) -> Iterator[list[_Spot]]:
    """The spots of a line in the groups that are shown together: one where the line fits, else near ones."""
    fits = len(line) <= LIMIT and sum(map(width, line)) <= LIMIT
    piece: list[_Spot] = []
    for spot in spots:
        if piece and not fits and spot.end - piece[0].start > LIMIT // 2:
            yield piece
            piece = []
        piece.append(spot)
    yield piece
