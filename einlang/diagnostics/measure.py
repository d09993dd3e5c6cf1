"""Text as a terminal shows it: in go characters, out come what to print for each and how many columns it takes.

What would be invisible or would steer the terminal (control, format, surrogate, private characters) is escaped; a tab is
four spaces, a wide character two columns, a combining one none.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

TAB = "    "
ESCAPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
COMBINING = frozenset(("Mn", "Me"))
CUT = "..."
LONGEST = 1000
"""Characters of a message that are printed."""


def shown(character: str) -> str:
    """What stands for one character of source."""
    if character == "\t":
        return TAB
    if unicodedata.category(character) not in ESCAPED:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def escape(text: str, longest: int = LONGEST) -> str:
    """Text of a message, safe to print; its line ends stay. Where it is very long, its middle is left out."""
    if len(text) > longest:
        text = text[: longest // 2] + f" {CUT} " + text[-longest // 2 :]
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character == "\n" else shown(character) for character in text)


def width(character: str) -> int:
    """The columns that a character of source takes as shown."""
    if " " <= character <= "~":
        return 1
    if unicodedata.category(character) in COMBINING:
        return 0
    text = shown(character)
    return len(text) if text != character else 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a line that is shown: characters `first` to `last` of it, cut marks included in `text`."""

    text: str
    first: int
    last: int
    columns: tuple[int, ...]

    def column(self, character: int) -> int:
        """The column at which a character of the line is shown, or where the cut that hides it stands."""
        return self.columns[min(max(character, self.first), self.last) - self.first]


def excerpt(line: str, start: int, end: int, limit: int) -> Excerpt:
    """As much of `line` as `limit` columns hold, around the characters from `start` to `end`.

    Only the neighbourhood of the place is measured, so that a line of megabytes costs nothing.
    """
    offset = max(0, start - limit)
    near = line[offset : start + 2 * limit]
    widths = [width(character) for character in near]
    first, last = _window(widths, start - offset, min(end - offset, len(near)), limit)
    before = CUT if offset + first > 0 else ""
    after = CUT if offset + last < len(line) else ""
    columns = [len(before)]
    for size in widths[first:last]:
        columns.append(columns[-1] + size)
    text = before + "".join(map(shown, near[first:last])) + after
    return Excerpt(text, offset + first, offset + last, tuple(columns))


def _window(widths: list[int], start: int, end: int, limit: int) -> tuple[int, int]:
    """The characters to show: the place from its start, then its surroundings, evenly."""
    first = last = start
    room = limit
    while last < end and widths[last] <= room:
        room -= widths[last]
        last += 1
    grown = True
    while grown:
        grown = False
        if first > 0 and widths[first - 1] <= room:
            first, room, grown = first - 1, room - widths[first - 1], True
        if last < len(widths) and widths[last] <= room:
            last, room, grown = last + 1, room - widths[last], True
    return first, last
