"""The grammar, read once: out come a parser that stands before the first token of a statement, and the terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, cast

from einlang.resources import resource
from einlang.syntax.build import Builder
from einlang.syntax.token import Token

if TYPE_CHECKING:
    from lark import Lark, Transformer
    from lark.lexer import TerminalDef
    from lark.parsers.lalr_interactive_parser import InteractiveParser


def load(*, strict: bool = False) -> Lark:
    """Lark's parser of one statement; `strict` refuses a grammar with conflicts."""
    from lark import Lark

    text = resource("grammar/einlang.lark").read_text(encoding="utf-8")
    builder = cast("Transformer[object, object]", Builder())
    return Lark(text, parser="lalr", lexer="basic", transformer=builder, maybe_placeholders=False, strict=strict)


_grammar: Callable[[], Lark] = cache(load)


def statement_parser() -> InteractiveParser:
    """A parser to feed the tokens of one statement to."""
    return _grammar().parse_interactive()


def accepted_after(tokens: Iterable[Token]) -> frozenset[str]:
    """The terminals that may follow tokens that a parser took. (A parser that met a wrong token has reduced too far to tell.)"""
    parser = statement_parser()
    for token in tokens:
        parser.feed_token(token)  # type: ignore[arg-type]
    return frozenset(parser.accepts())  # type: ignore[no-untyped-call]


def terminals() -> tuple[TerminalDef, ...]:
    """The terminals with a pattern, in the order to try them."""
    found = _grammar().terminals
    return tuple(sorted(found, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name)))


def between_tokens() -> frozenset[str]:
    """The terminals that lie between tokens."""
    return frozenset(_grammar().ignore_tokens)
