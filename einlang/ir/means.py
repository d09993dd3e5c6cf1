"""Means: in goes an expression, out comes the sum that it divides by the number of positions, if it is a mean."""

from __future__ import annotations

from functools import reduce

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Div, Expr, Mul, Number, Reduce, Size


def mean(expr: Expr) -> Reduce | None:
    """The sum in `sum[K](e) / n`, n being the number of positions."""
    match expr:
        case Div(Reduce("sum", indices) as total, divisor):
            positions = reduce(lambda extent, index: extent * index.extent, indices, fixed(1))
            return total if _count(divisor) is positions else None
        case _:
            return None


def _count(divisor: Expr) -> Extent | None:
    """A product of sizes and whole numbers as an extent."""
    counts = []
    for factor in divisor.factors if isinstance(divisor, Mul) else (divisor,):
        match factor:
            case Size(extent):
                counts.append(extent)
            case Number(value) if value.denominator == 1:
                counts.append(fixed(value.numerator))
            case _:
                return None
    return reduce(lambda a, b: a * b, counts)
