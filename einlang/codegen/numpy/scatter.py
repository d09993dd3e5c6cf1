"""Sums by position: in goes a sum over a δ with a position that depends on what is summed, out comes a scatter.

`y[v] = sum[E](m[E] δ[v, dst[E]])` adds each m[E] to the element of y that dst[E] names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from einlang.codegen.numpy.arithmetic import Order
from einlang.codegen.numpy.values import ATOM, SUM, Value, aligned, typed
from einlang.codegen.numpy.writer import Writer
from einlang.ir.build import ONE, mul, total
from einlang.ir.indices import substitute
from einlang.ir.nodes import Delta, Expr, Index, Mul, Reduce
from einlang.tree import Node


@dataclass(frozen=True, slots=True)
class Scatter:
    """The sum over `indices` of `body` where `position` is `target`."""

    target: Index
    position: Expr
    indices: tuple[Index, ...]
    body: Expr


def scatter_of(expr: Reduce, free: Mapping[Node, tuple[Index, ...]]) -> Scatter | None:
    """The parts of a sum with a δ between an index that is not summed and a position that depends on one that is."""
    factors = expr.body.factors if isinstance(expr.body, Mul) else (expr.body,)
    for place, factor in enumerate(factors):
        if not isinstance(factor, Delta):
            continue
        for target, position in ((factor.left, factor.right), (factor.right, factor.left)):
            indices = tuple(index for index in expr.indices if index in free[position])
            if not isinstance(target, Index) or target in (*expr.indices, *free[position]) or not indices:
                continue
            rest = [substitute(other, {target: position}) for other in (*factors[:place], *factors[place + 1 :])]
            inner = [index for index in expr.indices if index not in indices]
            return Scatter(target, position, indices, total(inner, mul(*rest) if rest else ONE))
    return None


def scattered(scatter: Scatter, body: Value, position: Value, order: Order, writer: Writer) -> Value:
    """The sum, from the values of what is added and of where it goes."""
    found = {*body.axes, *position.axes} - {*scatter.indices}
    others = tuple(sorted(found, key=order.__getitem__))
    axes = (*scatter.indices, *others)
    values = [aligned(typed(value), axes).within(SUM) for value in (body, position)]
    length = writer.extent(scatter.target.extent).text
    text = f"{writer.call('_scatter_add')}({values[0]}, {values[1]}, {length}, {len(scatter.indices)})"
    return Value(text, (scatter.target, *others), body.kind, ATOM, depth=2 + max(body.depth, position.depth))
