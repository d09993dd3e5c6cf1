"""In goes a text, out come its tokens one by one, line ends included; a character of no terminal is a token too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from einlang.source import Source, Span
from einlang.syntax import grammar
from einlang.syntax.token import STRAY, Token

NEWLINE = "NEWLINE"


def tokens(source: Source, start: int) -> Iterator[Token]:
    """The tokens from an offset on. `NEWLINE` is a line end with the blank lines and the indentation that follow it."""
    match, words, skipped = _patterns()
    text, position, end = source.text, start, len(source.text)
    while position < end:
        found = match(text, position)
        type, stop = (STRAY, position + 1) if found is None else (str(found.lastgroup), found.end())
        if type == "NAME":
            stop = _identifier_end(text, position, stop)
            type = "NAME" if stop > position else STRAY
            stop = max(stop, position + 1)
        if type not in skipped:
            word = text[position:stop]
            if type == "NAME":
                word = unicodedata.normalize("NFKC", word)
                type = words.get(word, type)
            yield Token(type, word, Span(source, position, stop))
        position = stop


@cache
def _patterns() -> tuple[Callable[[str, int], re.Match[str] | None], Mapping[str, str], frozenset[str]]:
    terminals = grammar.terminals()
    words = {t.pattern.value: t.name for t in terminals if t.pattern.value.isidentifier()}
    expressions = "|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if t.pattern.value not in words)
    return re.compile(expressions).match, words, grammar.between_tokens() - {NEWLINE}


def _identifier_end(text: str, start: int, stop: int) -> int:
    """Where the Python identifier ends that starts a name; the primes after it, and a number after those, belong to the name."""
    name = text[start:stop].partition("'")[0]
    if name.isidentifier():
        return stop
    if not name[0].isidentifier():
        return start
    return start + next(offset for offset, character in enumerate(name) if not ("a" + character).isidentifier())
