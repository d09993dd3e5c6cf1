"""Where a whole-number expression lies: in goes an expression, out come its least and greatest value as extents."""

from __future__ import annotations

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Add, Expr, Index, Mul, Number, Reduce, Size
from einlang.tree import Node, evaluate

Bounds = tuple[Extent, Extent] | None


def bounds(expr: Expr) -> Bounds:
    """The least and the greatest value over the ranges of the indices, supposing that none is empty; None if unknown."""
    return evaluate(expr, _bounds)


def surely_inside(expr: Expr, length: Extent) -> bool:
    """Whether every position is at least 0 and less than `length`, whatever the sizes."""
    found = bounds(expr)
    return found is not None and never_negative(found[0]) and never_negative(length - found[1] - 1)


def never_negative(extent: Extent) -> bool:
    """Whether no term is subtracted; sizes are at least 0."""
    return all(coefficient >= 0 for _, coefficient in extent.terms)


def _bounds(expr: Node, children: tuple[Bounds, ...]) -> Bounds:
    match expr:
        case Index(extent=extent):
            return fixed(0), extent - 1
        case Number(value) if value.denominator == 1:
            return fixed(value.numerator), fixed(value.numerator)
        case Size(extent):
            return extent, extent
        case Reduce(operation, indices) if operation in ("argmax", "argmin"):
            return fixed(0), indices[0].extent - 1
        case Add():
            return _sum(children)
        case Mul((Number(value), _)) if value.denominator == 1 and children[1] is not None:
            ends = [end * value.numerator for end in children[1]]
            return (ends[0], ends[1]) if value >= 0 else (ends[1], ends[0])
        case _:
            return None


def _sum(parts: tuple[Bounds, ...]) -> Bounds:
    low, high = fixed(0), fixed(0)
    for part in parts:
        if part is None:
            return None
        low, high = low + part[0], high + part[1]
    return low, high
