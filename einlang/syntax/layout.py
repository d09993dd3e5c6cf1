"""Where statements begin and end: in goes a text, out come the tokens of one statement after the other.

A statement ends with its line, unless the next line is indented or stands inside open brackets; lines of comments end nothing.
An indentation that all lines share is the margin. A line at the margin that looks like a statement ends open brackets too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from einlang.diagnostics import Label
from einlang.source import Source, Span
from einlang.syntax import scanner
from einlang.syntax.lexicon import CLOSING, OPENING, STATEMENT_WORDS
from einlang.syntax.token import END, STRAY, ReadingError, Token, mistake

_INDENTATION = re.compile(r"^[^\S\n]*(?=[^\s#])", re.MULTILINE)
_KEYWORD_LINE = rf"(?:{'|'.join(STATEMENT_WORDS)})\b(?!\s*\()"
_EQUATION_LINE = r"[^\W\d][^\s=<>\[{(]*[^\S\n]*(?:[\[{][^=<>!\n]*)?(?:=(?!=)|<-\s)"
_STATEMENT = re.compile(f"{_KEYWORD_LINE}|{_EQUATION_LINE}")
_TOKENS_TO_SKIP = 10_000


def looks_like_statement(text: str, offset: int) -> bool:
    """Whether a line whose text begins at `offset` opens with a word of a statement, or with a name, indices and `=`."""
    return _STATEMENT.match(text, offset) is not None


def _shared(indentations: list[str]) -> str:
    """The longest start that all have."""
    first, last = min(indentations, default=""), max(indentations, default="")
    return first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


class Layout:
    """The lines of a text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.margin = _shared(_INDENTATION.findall(source.text))
        self._statement = re.compile(rf"^{re.escape(self.margin)}(?=(?:{_STATEMENT.pattern}))", re.MULTILINE)
        first = _INDENTATION.search(source.text)
        self.start = first.end() if first else len(source.text)
        """Where the first statement starts."""

    def next_statement(self, offset: int) -> int:
        """Where the next line at the margin that looks like a statement begins, after the line of `offset`."""
        line_end = self.source.text.find("\n", offset)
        found = self._statement.search(self.source.text, line_end) if line_end >= 0 else None
        return found.end() if found else len(self.source.text)


class Statement:
    """The tokens of the statement that begins at an offset, read one by one; the last is END."""

    def __init__(self, layout: Layout, start: int) -> None:
        self._layout = layout
        self._open: list[Token] = []
        self._position = start
        self._next: int | None = None
        self._reader = self._read(start)

    def __iter__(self) -> Iterator[Token]:
        return self._reader

    def next(self) -> int:
        """Where the next statement begins: after what is left of this one, or, if its brackets are in disorder, further down."""
        try:
            left = islice(self._reader, _TOKENS_TO_SKIP)
            while self._next is None and next(left, _NOTHING).type != STRAY:
                pass
        except ReadingError:
            pass
        return self._layout.next_statement(self._position) if self._next is None else self._next

    def _read(self, start: int) -> Iterator[Token]:
        layout, last = self._layout, start
        indentation: str | None = None
        for token in scanner.tokens(layout.source, start):
            self._position = token.span.start
            if token.type == scanner.NEWLINE:
                indentation = token.text.rpartition("\n")[2]
                continue
            if indentation == layout.margin and (not self._open or looks_like_statement(layout.source.text, self._position)):
                self._next = self._position
                break
            indentation = None
            self._follow_brackets(token)
            last = token.span.end
            yield token
        else:
            self._next = len(layout.source.text)
        if self._open:
            raise unclosed(self._open[-1])
        yield Token(END, "", Span(layout.source, last, last))

    def _follow_brackets(self, token: Token) -> None:
        if token.text in OPENING:
            self._open.append(token)
        elif token.text in CLOSING:
            if not self._open:
                raise mistake("unopened-bracket", token.span, f"nothing opens this `{token.text}`", label="closes nothing")
            if self._open[-1].text != CLOSING[token.text]:
                raise unclosed(self._open[-1], Label(token.span, f"`{token.text}` stands here"))
            self._open.pop()


_NOTHING = Token(STRAY, "", Span(Source("", ""), 0, 0))


def unclosed(opening: Token, *others: Label) -> ReadingError:
    """The mistake of a bracket that nothing closes."""
    return mistake(
        "unclosed-bracket",
        opening.span,
        f"this `{opening.text}` is not closed",
        label=f"no `{OPENING[opening.text]}` belongs to it",
        others=others,
    )
