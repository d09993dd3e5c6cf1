"""What its neighbours and the functions of a file make of a token: in go those of a statement, out come the grammar's.

A name that is a function becomes FUNCTION before `(` or `[`; the 1 of `1[I]` becomes FILLED; a `[` that opens a tensor written
out and no subscripts becomes WRITTEN; an arrow anywhere but after the target of an update becomes `<` and `-`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from einlang.source import Span
from einlang.syntax.token import END, Token, mistake

_SUBSCRIPTED = {"NAME", "FUNCTION", "FILLED", "DELTA", "DELTA_ASCII", "LEVICIVITA", "RBRACE"}
_OPENING, _CLOSING = {"LPAR", "LSQB", "LBRACE", "WRITTEN"}, {"RPAR", "RSQB", "RBRACE"}


def assign(tokens: Iterable[Token], functions: Collection[str]) -> Iterator[Token]:
    """The tokens of a statement, the last of them END, as terminals of the grammar. Raises ReadingError."""
    brackets: list[str] = []
    takes_subscripts, on_target = False, True
    for token, after in _with_next(tokens):
        made = _in_context(token, after, functions, takes_subscripts)
        yield from _split(made) if made.type == "ARROW" and (brackets or not on_target) else (made,)
        if made.type in _OPENING:
            brackets.append(made.type)
        written_ends = made.type in _CLOSING and bool(brackets) and brackets.pop() == "WRITTEN"
        takes_subscripts = written_ends or made.type in _SUBSCRIPTED
        on_target = on_target and (bool(brackets) or made.type == "NAME" or made.type in _CLOSING)


def _with_next(tokens: Iterable[Token]) -> Iterator[tuple[Token, Token]]:
    remaining = iter(tokens)
    token = next(remaining)
    for after in remaining:
        yield token, after
        token = after
    if token.type == END:
        yield token, token


def _in_context(token: Token, after: Token, functions: Collection[str], takes_subscripts: bool) -> Token:
    match token.type, after.type:
        case "NAME", _ if token.text[-1].isdigit() and "'" in token.text:
            return _derived(token, after, functions)
        case "NAME", "LPAR" | "LSQB" if token.text.partition("'")[0] in functions:
            return replace(token, type="FUNCTION")
        case "SIZE", "LPAR":
            return replace(token, type="FUNCTION")
        case "NUMBER", "LSQB" if token.text in ("0", "1"):
            return replace(token, type="FILLED")
        case "LSQB", _ if not takes_subscripts:
            return replace(token, type="WRITTEN")
        case _:
            return token


def _derived(token: Token, after: Token, functions: Collection[str]) -> Token:
    name, *arguments = (part for part in token.text.split("'") if part)
    if name in functions and after.type == "LPAR" and all(len(a) < 4 and int(a) > 0 for a in arguments):
        return replace(token, type="FUNCTION")
    raise mistake(
        "number-after-prime",
        token.span,
        f"`{token.text}` is no derivative of a function",
        label=f"`{name}` is no function" if name not in functions else "its arguments, counted from 1, follow in parentheses",
        help=f"a number after a prime says by which argument a function is derived: `f'{arguments[0]}(x, y)`",
    )


def _split(arrow: Token) -> Iterator[Token]:
    source, start, _ = arrow.span.source, arrow.span.start, arrow.span.end
    yield Token("LESS", "<", Span(source, start, start + 1))
    yield Token("MINUS", "-", Span(source, start + 1, start + 2))
