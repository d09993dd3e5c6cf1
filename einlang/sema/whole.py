"""Whole-number arithmetic: in goes an expression in tensor IR, out comes the extent that it says, or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Add, Expr, Mul, Number, Size
from einlang.sema.reader import FAILED, Reader
from einlang.syntax import nodes
from einlang.tree import Node, evaluate

MOST_TERMS = 1000


def whole_extent(reader: Reader, written: nodes.Expression, made: Expr) -> Extent | None:
    """The extent that a range or an axis says; None, reported, where it is no arithmetic of whole numbers and sizes."""
    extent = as_extent(made)
    if extent is None and made is not FAILED:
        reader.no_size(written)
    return extent


def as_extent(expr: Expr) -> Extent | None:
    """The extent that an expression is; None where it is no arithmetic of whole numbers and sizes."""
    return evaluate(expr, _extent)


def _extent(expr: Node, parts: tuple[Extent | None, ...]) -> Extent | None:
    match expr:
        case Number(value) if value.denominator == 1:
            return fixed(int(value))
        case Size(extent):
            return extent
        case Add():
            return _combined(parts, lambda total, part: total + part)
        case Mul():
            return _combined(parts, lambda total, part: total * part)
        case _:
            return None


def _combined(parts: Sequence[Extent | None], combine: Callable[[Extent, Extent], Extent]) -> Extent | None:
    """The sum or product of extents; None where one is none, or where it would be a polynomial of very many terms."""
    total: Extent | None = None
    for part in parts:
        if part is None or (total is not None and len(total.terms) * len(part.terms) > MOST_TERMS):
            return None
        total = part if total is None else combine(total, part)
    return total
