"""Expressions moved: in goes one that stands where conditions hold, out comes one that may stand anywhere, and how to read it.

What only a branch not taken keeps in bounds, `x[t - 1]` where t is not 0, is `x[t]` over all t that x has, read at t - 1. Where
no such move brings every access into bounds, the expression is zero where a condition is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from einlang.ir.build import mul, select
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices, substitute
from einlang.ir.inside import is_inside
from einlang.ir.linear import Linear, linear
from einlang.ir.nodes import Access, Apply, Delta, Expr, Index, Solve, Zero
from einlang.ir.reaches import at_most
from einlang.ir.safety import guarded_nodes
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Moved:
    """An expression over other indices, and what stands for each of these where it was."""

    expr: Expr
    at: Mapping[Index, Expr]


def moved(expr: Expr, guards: Sequence[Expr]) -> Moved:
    """The expression so that it may stand where the guards do not hold."""
    by = frozenset(index for guard in guards for index in free_indices(guard))
    if not guards or not any(_loose(expr, by)):
        return Moved(expr, {})
    return _shifted(expr, by) or Moved(guarded(guards, expr), {})


def guarded(conditions: Sequence[Expr], body: Expr) -> Expr:
    """`body` where all conditions hold, structurally zero elsewhere; of a system of equations that of unit vectors stays."""
    if isinstance(body, Solve):
        unit = mul(*(Delta(row, column) for row, column in zip(body.rows, body.columns, strict=True)))
        return replace(body, matrix=_chosen(conditions, body.matrix, unit), right=_chosen(conditions, body.right, Zero()))
    return _chosen(conditions, body, Zero())


def _chosen(conditions: Sequence[Expr], body: Expr, otherwise: Expr) -> Expr:
    for condition in reversed(conditions):
        match condition:
            case Apply(operator, (negated,)) if operator.name == "not":
                body = select(negated, otherwise, body)
            case _:
                body = select(condition, body, otherwise)
    return body


def _loose(expr: Expr, by: frozenset[Index]) -> Iterator[Expr]:
    """The subscripts that may be out of bounds; of those that something inside guards, the ones with an index of `by`."""
    inner = guarded_nodes(expr)
    for node in walk(expr):
        for subscript, extent in zip(node.subscripts, node.tensor.shape, strict=True) if isinstance(node, Access) else ():
            is_guarded = node in inner and by.isdisjoint(free_indices(subscript))
            if not is_guarded and not is_inside(subscript, extent):
                yield subscript


def _shifted(expr: Expr, by: frozenset[Index]) -> Moved | None:
    """The expression with indices moved until every access is in bounds."""
    at: dict[Index, Expr] = {}
    for index in free_indices(expr):
        if any(index in free_indices(subscript) for subscript in _loose(expr, by)):
            found = _range(expr, index)
            if found is None:
                return None
            first, extent = found
            other = Index(index.name, extent)
            expr = substitute(expr, {index: Linear(((other, fixed(1)),), fixed(-first)).expr})
            by = by - {index} | ({other} if index in by else set())
            at[other] = Linear(((index, fixed(1)),), fixed(first)).expr
    return None if any(_loose(expr, by)) else Moved(expr, at)


def _range(expr: Expr, index: Index) -> tuple[int, Extent] | None:
    """The offset of the first position that accesses have along an index, and how many positions there are from it on.

    Those that something inside guards do not count: where they would be out of bounds, the expression may have a value.
    """
    found: list[tuple[int, Extent]] = []
    inner = guarded_nodes(expr)
    for node in (node for node in walk(expr) if isinstance(node, Access) and node not in inner):
        for subscript, extent in zip(node.subscripts, node.tensor.shape, strict=True):
            form = linear(subscript)
            offset = form.constant.constant if form is not None and form.indices == (index,) else None
            if offset is not None:
                found.append((offset, extent))
    first = min((offset for offset, _ in found), default=0)
    lengths = [extent - (offset - first) for offset, extent in found]
    least = next((one for one in lengths if all(at_most(one, other) for other in lengths)), None)
    return None if least is None else (first, least)
