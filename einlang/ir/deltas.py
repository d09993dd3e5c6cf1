"""δ elimination: in go the indices of a sum and the factors under it, out come fewer of both, and how indices were renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from einlang.ir.build import ONE
from einlang.ir.extent import fixed
from einlang.ir.indices import free_indices, substitute
from einlang.ir.inside import conditions_inside
from einlang.ir.linear import Linear, linear, linear_delta, plain_positions
from einlang.ir.nodes import Delta, Expr, Index, Number


@dataclass(frozen=True, slots=True)
class Eliminated:
    """A sum over `indices` of the product of `factors` where all `ranges` hold; elsewhere it is zero by structure."""

    indices: tuple[Index, ...]
    factors: tuple[Expr, ...]
    ranges: tuple[Expr, ...]
    renaming: Mapping[Index, Expr]


def eliminate(indices: Sequence[Index], factors: Sequence[Expr]) -> Eliminated:
    """The sum of a product without the δ that name a summed index alone: Σ_i δ[i, e] f(i) = f(e) for an e in the range of i.

    Where e may leave that range, that it does not becomes a condition. A δ that cannot be solved stays a factor.
    """
    remaining = dict.fromkeys(indices)
    renaming: dict[Index, Expr] = {}
    ranges: list[Expr] = []
    factors = [linear_delta(factor.left, factor.right) if isinstance(factor, Delta) else factor for factor in factors]
    deltas: list[Expr] = [factor for factor in factors if isinstance(factor, Delta)]
    while (solution := _solution(deltas, remaining)) is not None:
        index, value = solution
        del remaining[index]
        ranges += conditions_inside(value, index.extent)
        renaming = {**{old: plain_positions(substitute(new, {index: value})) for old, new in renaming.items()}, index: value}
        deltas = [renamed(d, dict([solution])) for d in deltas]
    left = (renamed(factor, renaming) for factor in factors) if renaming else factors
    conditions = tuple(substitute(condition, renaming) for condition in ranges)
    return Eliminated(tuple(remaining), tuple(factor for factor in left if factor is not ONE), conditions, renaming)


def _solution(deltas: Sequence[Expr], remaining: Mapping[Index, None]) -> tuple[Index, Expr] | None:
    """A summed index that a δ fixes, and what it is: the other side, if that is an index or a literal, or else by solving."""
    for found in deltas:
        if isinstance(found, Delta):
            for side, other in ((found.left, found.right), (found.right, found.left)):
                if isinstance(side, Index) and side in remaining and isinstance(other, Index | Number):
                    return side, other
    return next((solved for found in deltas if (solved := _solved(found, remaining) or _gathered(found, remaining))), None)


def _solved(found: Expr, remaining: Mapping[Index, None]) -> tuple[Index, Expr] | None:
    """The first summed index that an equation of linear sides has once, and what it must be."""
    sides = [linear(side) for side in (found.left, found.right)] if isinstance(found, Delta) else [None]
    if None in sides:
        return None
    left, right = (side for side in sides if side is not None)
    difference = left + right.times(fixed(-1))
    factors = {index: factor.constant for index, factor in difference.multiples}
    for index in remaining:
        factor = factors.get(index)
        if factor in (1, -1):
            rest = difference + Linear(((index, fixed(-factor)),), fixed(0))
            return index, rest.times(fixed(-factor)).expr
    return None


def _gathered(found: Expr, remaining: Mapping[Index, None]) -> tuple[Index, Expr] | None:
    """A summed index that is one side of a δ, and the other side, whatever it is, if it does not depend on the index."""
    for side, other in ((found.left, found.right), (found.right, found.left)) if isinstance(found, Delta) else ():
        if isinstance(side, Index) and side in remaining and side not in free_indices(other):
            return side, other
    return None


def renamed(expr: Expr, renaming: Mapping[Index, Expr]) -> Expr:
    """A factor with indices replaced; δ of what has become the same is 1."""
    made = substitute(expr, renaming)
    return linear_delta(made.left, made.right) if isinstance(made, Delta) else made
