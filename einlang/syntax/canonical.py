"""A text in the one formatting: in goes a file that was read without errors, out comes its text, comments in their places."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Literal

from einlang.source import Source
from einlang.syntax import nodes, roles
from einlang.syntax.breaks import breaks
from einlang.syntax.format import format_file
from einlang.syntax.layout import Layout, Statement
from einlang.syntax.lexicon import CLOSING, OPENING
from einlang.syntax.lines import Line, Word, columns, lines
from einlang.syntax.token import END, Token

Spelling = Literal["kept", "unicode", "ascii"]

_COMMENT = re.compile(r"#[^\n]*")
_SPELLED = frozenset(
    ("PARTIAL", "PARTIAL_2", "PARTIAL_3", "DELTA", "DELTA_ASCII", "TIMES", "LESS_EQUAL", "GREATER_EQUAL", "DIFFERENT")
)
"""The terminals that have a spelling in ASCII and another."""
_EMPTY = Line("")
_GAP = 2
"""Blanks before a comment that stands beside something."""


def canonical(file: nodes.File, functions: Collection[str], spelling: Spelling = "kept") -> str:
    """The text of a file; its operators in Unicode, in ASCII, or spelled as they were."""
    source = file.span.source
    layout, position = Layout(source), 0
    made: list[Line] = []
    for item in file.items:
        made += _between(source.text[position : item.span.start], made)
        tokens = _tokens(Statement(layout, item.span.start), functions)
        made += lines(_words(item, tokens, functions, spelling))
        position = tokens[-1].span.end
    made += _between(source.text[position:] + "\n", made)
    while made and made[-1] == _EMPTY:
        made.pop()
    return "".join(f"{line}\n" for line in _aligned(made))


def _tokens(statement: Statement, functions: Collection[str]) -> list[Token]:
    return [token for token in roles.assign(statement, functions) if token.type != END]


# --- words --------------------------------------------------------------------------------------------------------------------


def _words(item: nodes.Item, tokens: Sequence[Token], functions: Collection[str], spelling: Spelling) -> list[Word]:
    """The tokens of an item, spelled and spaced as its formatted text is, with their joints and comments."""
    text = Source("", format_file(nodes.File((item,), item.span), ascii=spelling == "ascii"))
    printed = _tokens(Statement(Layout(text), 0), functions)
    joints = breaks(item, [token.span.start for token in tokens])
    found: list[Word] = []
    depth = last = 0
    for token, new, after in zip(tokens, printed, [*tokens[1:], None], strict=True):
        depth -= token.text in CLOSING
        joint = joints.get(token.span.start)
        beside, *below = _comments(token, after)
        kept = spelling == "kept" and new.type in _SPELLED
        found.append(
            Word(
                (token if kept else new).span.text,
                new.span.start > last and bool(found),
                None if joint is None else (depth, joint),
                beside,
                tuple(below),
            )
        )
        depth += token.text in OPENING
        last = new.span.end
    return found


def _comments(token: Token, after: Token | None) -> list[str]:
    """The comment beside a token, or '', and those between it and the next one; none for the last one."""
    between = token.span.source.text[token.span.end : after.span.start] if after else ""
    beside, *below = [_comment(line) for line in between.split("\n")]
    return [beside, *filter(None, below)]


def _comment(line: str) -> str:
    """The comment on a line, or ''."""
    found = _COMMENT.search(line)
    return found.group().rstrip() if found else ""


# --- lines --------------------------------------------------------------------------------------------------------------------


def _between(text: str, before: list[Line]) -> list[Line]:
    """What stands between two items: comments, of which one may stand beside the line before, and at most one empty line each."""
    beside, *rest = text.split("\n")
    if not before:
        rest.insert(0, beside)
    elif _comment(beside):
        before[-1] = Line(before[-1].text, _comment(beside))
    found: list[Line] = []
    for line in rest[:-1]:
        comment = _comment(line)
        if comment or ((before or found) and found[-1:] != [_EMPTY]):
            found.append(Line(comment))
    return found


def _aligned(made: Sequence[Line]) -> Iterator[str]:
    """The lines as text, the comments beside neighbouring lines below each other."""
    for has_comment, group in groupby(made, key=lambda line: bool(line.comment)):
        run = list(group)
        column = max(columns(line.text) for line in run) + _GAP
        for line in run:
            yield line.text + " " * (column - columns(line.text)) + line.comment if has_comment else line.text
