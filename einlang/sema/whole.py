"""Whole-number arithmetic: in goes an expression in tensor IR, out comes the extent that it says, or None.

`floor(e / d)`, `min(a, b)` and `max(0, e)` make a size that is computed from others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from einlang.ir.extent import Extent
from einlang.ir.linear import linear
from einlang.ir.nodes import Apply, Expr, Number, Size
from einlang.ir.program import Bound
from einlang.sema.ranges import Ranges
from einlang.sema.reader import FAILED, Reader
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import Node, evaluate


@dataclass(frozen=True, slots=True)
class Whole:
    """The least of some bounds; `empties` says that it is 0 where that would be negative."""

    bounds: tuple[Bound, ...]
    empties: bool = False

    @property
    def polynomial(self) -> Extent | None:
        """The extent, where it is one and need not be computed."""
        return self.bounds[0].extent if len(self.bounds) == 1 and self.bounds[0].divisor == 1 else None


@dataclass(frozen=True, slots=True)
class Sizing:
    """Reads a size; what has no value of its own is named as one that is computed, and must not be negative at a call.

    Attributes:
        nests: whether arithmetic of such sizes is one.
    """

    ranges: Ranges
    span: Span
    nests: bool = True

    def read(self, expr: Expr) -> Whole | None:
        """The size that an expression is."""
        return evaluate(expr, self._visit)

    def extent(self, whole: Whole) -> Extent:
        """It as an extent."""
        if (polynomial := whole.polynomial) is not None:
            return polynomial
        size = self.ranges.sizes.unknown()
        self.ranges.sizes.compute(size, whole.bounds)
        if not whole.empties:
            for bound in whole.bounds:
                self.ranges.demand(bound.extent, self.span, f"a size within `{self.span.text}`")
        return size

    def _visit(self, expr: Node, parts: tuple[Whole | None, ...]) -> Whole | None:
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        match expr:
            case Apply(operator, (_, Number(divisor))) if operator.name == "floor" and divisor >= 1:
                bounds = tuple(Bound(bound.extent, bound.divisor * int(divisor)) for bound in known[0].bounds)
                return replace(known[0], bounds=bounds)
            case Apply(operator) if operator.name == "min":
                return self._least(*known)
            case Apply(operator, (Number(least), _)) if operator.name == "max" and least == 0:
                return replace(known[1], empties=True)
            case _:
                return self._arithmetic(expr, known)

    def _least(self, one: Whole, other: Whole) -> Whole | None:
        """The lesser of two, both of which may be empty or neither."""
        return Whole(one.bounds + other.bounds, one.empties) if one.empties is other.empties else None

    def _arithmetic(self, expr: Node, parts: list[Whole]) -> Whole | None:
        if any(part.empties and part.polynomial is not None for part in parts) or not isinstance(expr, Expr):
            return None
        if not self.nests and any(part.polynomial is None for part in parts):
            return None
        found = linear(expr.rebuild(tuple(Size(self.extent(part)) for part in parts)))
        return None if found is None or found.multiples else Whole((Bound(found.constant, 1),))


def whole_extent(reader: Reader, written: nodes.Expression, made: Expr, what: str = "") -> Extent | None:
    """The extent that a range or an axis says; None, reported, where it says none.

    Where `what` says what it is, it must not be negative, unless it is `max(0, e)`.
    """
    sizing = Sizing(reader.known.ranges, written.span)
    found = None if made is FAILED else sizing.read(made)
    if found is None:
        if made is not FAILED:
            reader.no_size(written)
        return None
    extent = sizing.extent(found)
    if what and not found.empties:
        reader.known.ranges.demand(extent, written.span, what)
    return extent
