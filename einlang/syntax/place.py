"""Where the parser stopped: in go the tokens so far and the one that cannot follow, out comes what surrounds it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from einlang.source import Span
from einlang.syntax.lexicon import CLOSING, OPENING
from einlang.syntax.token import ReadingError, Token, mistake

_OPERAND_ENDS = {"NAME", "NUMBER", "RPAR", "RSQB", "RBRACE"}


@dataclass(frozen=True)
class Place:
    """The tokens read, the one that cannot follow them, and the terminals that could."""

    read: Sequence[Token]
    token: Token
    accepted: Collection[str]

    @property
    def text(self) -> str:
        """The whole source."""
        return self.token.span.source.text

    @property
    def before(self) -> Token | None:
        """The token before."""
        return self.read[-1] if self.read else None

    @property
    def after_operand(self) -> bool:
        """Whether an operand has just ended."""
        return self.before is not None and self.before.type in _OPERAND_ENDS

    @property
    def following(self) -> str:
        """The text straight after the token, up to the end of its line."""
        start, end = self.token.span.end, self.text.find("\n", self.token.span.end)
        return self.text[start : end if end >= 0 else len(self.text)]

    @property
    def equation(self) -> bool:
        """Whether an `=` follows on the line."""
        return re.search(r"(?<![=<>!])=(?!=)", self.following) is not None

    @property
    def takes_equality(self) -> bool:
        """Whether the `=` or the arrow of a statement can stand here."""
        return not {"EQUAL", "ARROW"}.isdisjoint(self.accepted)

    @property
    def closes_later(self) -> bool:
        """Whether the innermost open bracket is closed on the rest of the line."""
        depth = 1
        for character in self.following:
            depth += (character in OPENING) - (character in CLOSING)
            if depth == 0:
                return True
        return False

    def opened(self) -> list[int]:
        """Positions in `read` of the brackets that are open here, outermost first."""
        open: list[int] = []
        for position, token in enumerate(self.read):
            if token.text in OPENING:
                open.append(position)
            elif token.text in CLOSING and open:
                open.pop()
        return open

    @property
    def in_subscripts(self) -> bool:
        """Whether the innermost open bracket is one of subscripts, axes or indices."""
        opened = self.opened()
        return bool(opened) and self.read[opened[-1]].type == "LSQB"

    def same_bracket(self) -> list[int]:
        """Positions in `read` since the innermost open bracket, without those inside other brackets."""
        kept, depth = [], 0
        for position in range(([-1, *self.opened()])[-1] + 1, len(self.read)):
            depth -= self.read[position].text in CLOSING
            if depth == 0:
                kept.append(position)
            depth += self.read[position].text in OPENING
        return kept

    def span(self, first: int, last: int = -1) -> Span:
        """From one of the tokens read to another."""
        return self.read[first].span.to(self.read[last].span)

    def operand_start(self, end: int) -> int:
        """Where in `read` the operand starts that ends before `end`: with its brackets and the name that they belong to."""
        position, depth = end - 1, 0
        while position > 0:
            token, earlier = self.read[position], self.read[position - 1]
            depth += (token.text in CLOSING) - (token.text in OPENING)
            if depth == 0 and earlier.type not in _ATTACHED.get(token.type, ()):
                break
            position -= 1
        return position

    def operand_before(self) -> Span:
        """The place of the operand that ends before the token."""
        return self.span(self.operand_start(len(self.read)))


_ATTACHED = {
    "LPAR": ("FUNCTION",),
    "LSQB": ("NAME", "FUNCTION", "RBRACE", "RSQB", "FILLED", "DELTA", "DELTA_ASCII", "LEVICIVITA"),
    "LBRACE": ("NAME",),
}


def habit(span: Span, message: str, help: str) -> ReadingError:
    """The mistake of a form that belongs to another notation."""
    return mistake("other-notation", span, message, help=help)


def elsewhere(span: Span, found: str, written: str, why: str = "") -> ReadingError:
    """The mistake of writing something as other notations do."""
    mended = f"write `{written}`" + (f": {why}" if why else "")
    return habit(span, f"`{found}` is not how Einlang writes this", mended)
