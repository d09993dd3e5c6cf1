"""Where a whole-number expression lies: in goes an expression, out come its least and greatest value as extents."""

from __future__ import annotations

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Add, Apply, Expr, Index, Mul, Number, Reduce, Size
from einlang.ir.reaches import never_negative
from einlang.tree import Node, evaluate

Bounds = tuple[Extent, Extent] | None


def bounds(expr: Expr) -> Bounds:
    """The least and the greatest value over the ranges of the indices, supposing that none is empty; None if unknown."""
    return evaluate(expr, _bounds)


def surely_inside(expr: Expr, length: Extent) -> bool:
    """Whether every position is at least 0 and less than `length`, whatever the sizes."""
    found = bounds(expr)
    return found is not None and never_negative(found[0]) and never_negative(length - found[1] - 1)


def _bounds(expr: Node, children: tuple[Bounds, ...]) -> Bounds:
    match expr:
        case Index(extent=extent):
            return fixed(0), extent - 1
        case Number(value) if value.denominator == 1:
            return fixed(value.numerator), fixed(value.numerator)
        case Size(extent):
            return extent, extent
        case Reduce(operation, indices) if operation in ("argmax", "argmin"):
            length = indices[0].extent
            return fixed(0), length - 1 if never_negative(length - 1) else length
        case Add():
            return _sum(children)
        case Apply(operator, (_, Size(length))) if operator.name == "mod":
            return fixed(0), length - 1
        case Apply(operator, (_, Number(length))) if operator.name == "mod" and length > 0:
            return fixed(0), fixed(length.numerator - 1)
        case Apply(operator) if operator.name in ("max", "min"):
            return _of_two(operator.name, children)
        case Mul((Number(value), _)) if value.denominator == 1 and children[1] is not None:
            ends = [end * value.numerator for end in children[1]]
            return (ends[0], ends[1]) if value >= 0 else (ends[1], ends[0])
        case _:
            return None


def _of_two(operator: str, parts: tuple[Bounds, ...]) -> Bounds:
    """The bounds of the larger or smaller of two values, where it is known which bound is."""
    if parts[0] is None or parts[1] is None:
        return None
    ends = [_larger(*pair) if operator == "max" else _smaller(*pair) for pair in zip(parts[0], parts[1], strict=True)]
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def _larger(one: Extent, other: Extent) -> Extent | None:
    return one if never_negative(one - other) else other if never_negative(other - one) else None


def _smaller(one: Extent, other: Extent) -> Extent | None:
    return other if never_negative(one - other) else one if never_negative(other - one) else None


def _sum(parts: tuple[Bounds, ...]) -> Bounds:
    low, high = fixed(0), fixed(0)
    for part in parts:
        if part is None:
            return None
        low, high = low + part[0], high + part[1]
    return low, high
