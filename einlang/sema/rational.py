"""Constants folded exactly: in goes an expression of literals, out comes its value as a rational, or None where it has none."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, not_, or_

from einlang.ir.nodes import Access, Add, Apply, Div, Expr, Index, Mul, Number, Pow, Reduce, Select, Size
from einlang.tree import Node, evaluate, walk

MOST_BITS = 1 << 14
"""Powers with more bits than this are left to floating point."""
Value = Fraction | bool | None

_APPLIED: dict[str, Callable[..., Fraction | bool]] = {
    **dict(zip(("<", "<=", ">", ">=", "==", "!="), (lt, le, gt, ge, eq, ne), strict=True)),
    **dict(zip(("max", "min", "abs", "and", "or", "not"), (max, min, abs, and_, or_, not_), strict=True)),
}


def rational(expr: Expr) -> Fraction | None:
    """The value of a constant, where it is rational."""
    value = evaluate(expr, _value)
    return None if isinstance(value, bool) else value


def is_constant(expr: Expr) -> bool:
    """Whether an expression depends on no data, size or index."""
    return not any(isinstance(node, Access | Size | Index | Reduce) for node in walk(expr))


def _value(expr: Node, parts: tuple[Value, ...]) -> Value:
    if isinstance(expr, Number):
        return expr.value
    if isinstance(expr, Select) and isinstance(parts[0], bool):
        return parts[1] if parts[0] else parts[2]
    if any(part is None for part in parts):
        return None
    match expr:
        case Add():
            return reduce(add, parts)
        case Mul():
            return reduce(mul, parts)
        case Div() if parts[1]:
            return Fraction(parts[0] or 0) / Fraction(parts[1])
        case Pow():
            return power(*parts)  # type: ignore[arg-type]
        case Apply(operator) if operator.name in _APPLIED:
            return _APPLIED[operator.name](*parts)
        case _:
            return None


def power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """The power of two rationals, where it is rational and of moderate length."""
    bits = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent)
    return base ** int(exponent) if exponent.denominator == 1 and bits <= MOST_BITS and (base or exponent > 0) else None
