"""A statement in lines: in go its words with the joints and comments between them, out come lines that fit, where they can.

Where a statement is too long, or a comment stands inside it, its loosest joints are broken, then those inside what is still too
long: every term begins a line of its own, while factors, and what commas separate, fill the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from einlang.diagnostics.measure import width
from einlang.syntax.breaks import Joint

WIDTH = 100
"""The columns of a line, comments left aside."""
INDENT = 4
FILLED = (Joint.COMMA, Joint.FACTOR)


@dataclass(frozen=True, slots=True)
class Word:
    """A token as it is printed.

    Attributes:
        text: its spelling.
        apart: whether a blank stands before it.
        joint: the number of brackets around the place before it, and what joins there; None where no line may begin.
        beside: the comment that follows it on its line, or ''.
        below: the comments on lines of their own that follow it.
    """

    text: str
    apart: bool
    joint: tuple[int, Joint] | None = None
    beside: str = ""
    below: tuple[str, ...] = ()

    @property
    def ends_line(self) -> bool:
        """Whether a comment follows."""
        return bool(self.beside or self.below)


@dataclass(frozen=True, slots=True)
class Line:
    """A line: what stands on it, and the comment beside that, or ''."""

    text: str
    comment: str = ""


def columns(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else sum(map(width, text))


def lines(words: Sequence[Word]) -> Iterator[Line]:
    """The lines of a statement; the comments after its last word are no part of it."""
    indents = _Layout(words).indents()
    starts = [0, *sorted(indents), len(words)]
    for first, last in pairwise(starts):
        text = words[first].text + "".join(" " * word.apart + word.text for word in words[first + 1 : last])
        end = words[last - 1] if last < len(words) else None
        yield Line(" " * indents.get(first, 0) + text, end.beside if end else "")
        for comment in end.below if end else ():
            yield Line(" " * indents[last] + comment)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The words from `first` up to, not including, `last`; where they begin, and where their lines begin if they are broken."""

    first: int
    last: int
    column: int
    indent: int


class _Layout:
    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.ends = [0, *accumulate(word.apart + columns(word.text) for word in words)]

    def indents(self) -> dict[int, int]:
        """The indentation of each word that begins a line, by its number."""
        found: dict[int, int] = {}
        pieces = [_Piece(0, len(self.words), 0, INDENT)]
        while pieces:
            piece = pieces.pop()
            if not self.fits(piece):
                starts = self.starts(piece)
                found.update(dict.fromkeys(starts, piece.indent))
                pieces += [
                    self.part(piece, first, last) for first, last in pairwise([piece.first, *starts, piece.last]) if starts
                ]
        return found

    def part(self, piece: _Piece, first: int, last: int) -> _Piece:
        """A part of a piece that is broken."""
        return _Piece(first, last, piece.column if first == piece.first else piece.indent, piece.indent + INDENT)

    def size(self, first: int, last: int) -> int:
        """The columns of some words at the beginning of a line."""
        return self.ends[last] - self.ends[first] - self.words[first].apart

    def is_whole(self, first: int, last: int) -> bool:
        """Whether no comment stands between some words."""
        return not any(word.ends_line for word in self.words[first : last - 1])

    def fits(self, piece: _Piece) -> bool:
        """Whether a piece needs no break."""
        return self.is_whole(piece.first, piece.last) and piece.column + self.size(piece.first, piece.last) <= WIDTH

    def starts(self, piece: _Piece) -> list[int]:
        """The words of a piece that begin a line, the first aside: at its loosest joints, else after comments."""
        joints = {k: joint for k in range(piece.first + 1, piece.last) if (joint := self.words[k].joint) is not None}
        if not joints:
            return [k for k in range(piece.first + 1, piece.last) if self.words[k - 1].ends_line]
        loosest = min(joints.values())
        found = [k for k, joint in joints.items() if joint == loosest]
        return self.filled(piece, found) if loosest[1] in FILLED else found

    def filled(self, piece: _Piece, joints: Sequence[int]) -> list[int]:
        """Those of the joints that must be broken so that the lines between them fit."""
        found: list[int] = []
        start, column = piece.first, piece.column
        for joint, end in pairwise([*joints, piece.last]):
            together = self.is_whole(start, end) and column + self.size(start, end) <= WIDTH
            if not together or self.words[joint - 1].ends_line:
                found.append(joint)
                start, column = joint, piece.indent
        return found
