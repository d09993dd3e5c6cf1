"""Functions as they are set: in go a function's name, its indices and its arguments, out comes mathematics."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from einlang.codegen.notation.boxes import (
    APPLY,
    MINUS,
    PARTIAL,
    Box,
    Digits,
    Fence,
    Root,
    Row,
    Sign,
    Under,
    Upright,
    Word,
    bracketed,
    infix,
    listed,
    packed,
    scripts,
)

SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠", "and": "∧", "or": "∨"}
"""Comparisons and logic."""
BIG: dict[str, Box] = {"sum": Sign("∑", "tight"), "prod": Sign("∏", "tight"), "max": Upright("max"), "min": Upright("min")}
BIG |= {"argmax": Upright("arg max"), "argmin": Upright("arg min")}
"""Reductions that stand over what they run over, their bodies behind them without parentheses."""
_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}


def _e(exponent: Box) -> Box:
    return scripts(Upright("e"), above=exponent)


def _log(*parts: Box) -> Box:
    return Row((Upright("log"), APPLY, bracketed(Row(parts))))


_ONE = Digits("1")
_SPELLINGS: dict[str, Callable[[Box], Box]] = {
    "sqrt": Root,
    "abs": lambda x: Fence("|", x),
    "floor": lambda x: Fence("⌊", x),
    "log1p": lambda x: _log(_ONE, infix("+"), x),
    "expm1": lambda x: bracketed(Row((_e(x), infix("−"), _ONE))),
    "softplus": lambda x: _log(_ONE, infix("+"), _e(x)),
}
"""What mathematics writes otherwise than as a function's name."""


def called(function: str, by: Sequence[int], indices: Sequence[Box], arguments: Sequence[Box]) -> Box:
    """`f(x)`, `f_j(x)`; its derivative `f'(x)`, or `∂_1 f(x, y)` where the arguments are numbered."""
    if function in _SPELLINGS and not by:
        return _SPELLINGS[function](arguments[0])
    if function == "size":
        return Row((scripts(Upright(function), arguments[1]), APPLY, bracketed(arguments[0])))
    numbered = any(by)
    name = scripts(named(function), packed(indices), 0 if numbered else len(by))
    partials = [scripts(PARTIAL, Digits(str(argument))) for argument in by] if numbered else []
    return Row((*partials, name, APPLY, bracketed(listed(arguments))))


def reduced(function: str, below: Box, body: Box) -> Box:
    """`∑_K e`."""
    return Row((Under(BIG[function], below), body))


def named(function: str) -> Box:
    """A function of one letter looks like any name, `σ(x)`; a word is upright."""
    return Word(function) if len(function) == 1 else Upright(_NAMES.get(function, function))


def negative(body: Box) -> Box:
    """`−e`."""
    return Row((MINUS, body))
