"""The table of visitors, and the way from a right side as written to tensor IR: bind its sums, find its indices, read it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from einlang.ir.extent import Extent
from einlang.ir.nodes import Expr, Index
from einlang.sema import arithmetic, calls, derivatives, literals, references
from einlang.sema.binding import BoundSide
from einlang.sema.names import Scope
from einlang.sema.reader import Argument, Known, Reader, Side, read_bound
from einlang.sema.reading import Reading, index_names, places
from einlang.sema.whole import whole_extent
from einlang.syntax import nodes
from einlang.tree import Node

VISITORS: dict[type[Node], Callable[..., Expr]] = {
    nodes.Number: arithmetic.literal,
    nodes.Parenthesised: arithmetic.same,
    nodes.Factor: arithmetic.joined,
    nodes.Term: arithmetic.joined,
    nodes.Negative: arithmetic.negative,
    nodes.Power: arithmetic.raised,
    nodes.Product: arithmetic.product,
    nodes.Additive: arithmetic.additive,
    nodes.Comparison: arithmetic.comparison,
    nodes.Logical: arithmetic.logical,
    nodes.Not: arithmetic.inverted,
    nodes.Conditional: arithmetic.conditional,
    nodes.Name: references.name,
    nodes.Reference: references.reference,
    nodes.Filled: literals.filled,
    nodes.Delta: literals.kronecker,
    nodes.LeviCivita: literals.permutation,
    nodes.Written: literals.written,
    nodes.WrittenReference: literals.written_reference,
    nodes.Derivative: derivatives.derivative,
    nodes.Call: calls.call,
    nodes.IndexName: calls.index_name,
}
"""The tensor IR of each node from that of its children."""


def scope_of(
    known: Known, sides: Collection[nodes.Expression], left: Collection[str] = (), parameters: Collection[str] | None = None
) -> Scope:
    """The scope of an item: the indices on its left side and those of all its right sides, and a function's parameters."""
    indices = {name for side in sides for name in index_names(places(side))}
    return Scope(known.symbols, frozenset((*indices, *left)), None if parameters is None else frozenset(parameters))


def outermost(known: Known, scope: Scope) -> Reader:
    """A reader of nothing, that others are made from."""
    return Reader(known, scope, {}, {}, {}, VISITORS)


def read_side(
    known: Known,
    bound: BoundSide,
    scope: Scope,
    free: Mapping[str, Index],
    parameters: Mapping[str, Argument] | None = None,
) -> Side:
    """A right side whose sums are written out, over the free indices of its item."""
    return read_bound(outermost(known, scope), bound, scope, free, parameters or {})


def read_extent(known: Known, expression: nodes.Expression, what: str = "") -> Extent | None:
    """The extent that an axis or a given range is; None, reported, where it is none. `what` is not negative, if it has words."""
    scope = Scope(known.symbols, frozenset())
    reader = Reader(known, scope, places(expression, Reading.RANGE), {}, {}, VISITORS)
    return whole_extent(reader, expression, reader.read(expression), what)


def read_axis(known: Known, written: nodes.Expression, what: str) -> Extent:
    """The length of an axis that is declared, which `what` names; an unknown one after an error."""
    extent = read_extent(known, written, what)
    return known.ranges.sizes.unknown() if extent is None else extent
