"""Sums by position: in goes a definition with its sum, out come the parts of a scatter, or None where it has another form.

`y[v] = sum[E](m[E] δ[v, dst[E]])` adds each m[E] to the element of y that dst[E] names: one pass over E, not one for each v.
"""

from __future__ import annotations

from einlang.ir.build import ONE, mul
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Definition, Delta, Expr, Index, Mul, Reduce
from einlang.plan.kernel import Scatter


def scatter(definition: Definition, reduction: Reduce) -> Scatter | None:
    """The sum as a scatter, where a δ ties an index of the result to a position that depends on what is summed."""
    if reduction.operation != "sum" or definition.tensor.kind != "float":
        return None
    factors = reduction.body.factors if isinstance(reduction.body, Mul) else (reduction.body,)
    for place, factor in enumerate(factors):
        for target, position in ((factor.left, factor.right), (factor.right, factor.left)) if isinstance(factor, Delta) else ():
            if isinstance(target, Index) and target in definition.indices and _depends(position, reduction.indices, target):
                return _scatter(definition, reduction, target, position, (*factors[:place], *factors[place + 1 :]))
    return None


def _depends(position: Expr, summed: tuple[Index, ...], target: Index) -> bool:
    free = free_indices(position)
    return target not in free and any(index in summed for index in free)


def _scatter(definition: Definition, reduction: Reduce, target: Index, position: Expr, rest: tuple[Expr, ...]) -> Scatter:
    others = tuple(index for index in definition.indices if index is not target)
    inside = tuple(index for index in others if index not in free_indices(position))
    outside = (*(index for index in others if index not in inside), *reduction.indices)
    return Scatter(outside, inside, target, position, mul(*rest) if rest else ONE)
