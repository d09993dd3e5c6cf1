"""The grammar, read once: out come a parser that stands before the first token of a statement, and the terminals."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Protocol, cast

from einlang import __version__
from einlang.resources import resource
from einlang.syntax.build import Builder
from einlang.syntax.token import Token

if TYPE_CHECKING:
    from lark import Lark, Transformer
    from lark.lexer import TerminalDef
    from lark.parsers.lalr_interactive_parser import InteractiveParser


_FILE = "grammar/einlang.lark"


def load(*, strict: bool = False) -> Lark:
    """Lark's parser of one statement; `strict` refuses a grammar with conflicts."""
    from lark import Lark

    text = resource(_FILE).read_text(encoding="utf-8")
    builder = cast("Transformer[object, object]", Builder())
    return Lark(text, parser="lalr", lexer="basic", transformer=builder, maybe_placeholders=False, strict=strict)


class Keeper(Protocol):
    """Keeps the tables of the parser from one process to the next: they take longer to make than most programs to compile."""

    def read(self, made_from: str) -> bytes | None:
        """What was kept under a text; None where it is not there."""

    def write(self, made_from: str, data: bytes) -> None:
        """Keep it if that can be."""


class _Kept:
    keeper: Keeper | None = None


def keep_tables(keeper: Keeper) -> None:
    """Keep tables from now on; only what this user alone can write may come back."""
    _Kept.keeper = keeper


@cache
def _grammar() -> Lark:
    """The parser, with tables that were kept if they are there."""
    import lark

    if _Kept.keeper is None:
        return load()
    made_from = f"{__version__} {lark.__version__} {resource(_FILE).read_text(encoding='utf-8')}"
    data = _Kept.keeper.read(made_from)
    if data is not None:
        try:
            return lark.Lark.load(BytesIO(data))
        except (AttributeError, ImportError, LookupError, TypeError, ValueError, pickle.UnpicklingError):
            pass  # kept by another state of the code: made anew
    made, file = load(), BytesIO()
    made.save(file)
    _Kept.keeper.write(made_from, file.getvalue())
    return made


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
    return frozenset(_grammar().lexer_conf.ignore)
