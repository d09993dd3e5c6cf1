"""Whole-number arithmetic: in goes an expression in tensor IR, out comes the extent that it says, or None."""

from __future__ import annotations

from einlang.ir.extent import Extent
from einlang.ir.linear import linear
from einlang.ir.nodes import Expr
from einlang.sema.reader import FAILED, Reader
from einlang.syntax import nodes


def whole_extent(reader: Reader, written: nodes.Expression, made: Expr) -> Extent | None:
    """The extent that a range or an axis says; None, reported, where it is no arithmetic of whole numbers and sizes."""
    extent = as_extent(made)
    if extent is None and made is not FAILED:
        reader.no_size(written)
    return extent


def as_extent(expr: Expr) -> Extent | None:
    """The extent that an expression is; None where it is no arithmetic of whole numbers and sizes."""
    found = linear(expr)
    return None if found is None or found.multiples else found.constant
