"""δ elimination: in go the indices of a sum and the factors under it, out come fewer of both, and how indices were renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from einlang.ir.build import ONE, delta, number
from einlang.ir.indices import substitute
from einlang.ir.nodes import Delta, Expr, Index, Number, Size
from einlang.ir.operators import apply


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
    factors = [delta(factor.left, factor.right) if isinstance(factor, Delta) else factor for factor in factors]
    deltas: list[Expr] = [factor for factor in factors if isinstance(factor, Delta)]
    while (solution := _solution(deltas, remaining)) is not None:
        index, value = solution
        del remaining[index]
        ranges += _range_conditions(index, value)
        renaming = {**{old: value if new is index else new for old, new in renaming.items()}, index: value}
        deltas = [renamed(d, dict([solution])) for d in deltas]
    left = (renamed(factor, renaming) for factor in factors) if renaming else factors
    conditions = tuple(substitute(condition, renaming) for condition in ranges)
    return Eliminated(tuple(remaining), tuple(factor for factor in left if factor is not ONE), conditions, renaming)


def _solution(deltas: Sequence[Expr], remaining: Mapping[Index, None]) -> tuple[Index, Expr] | None:
    """A summed index that is one side of a δ, and the plain index or literal on the other side."""
    for found in deltas:
        if isinstance(found, Delta):
            for side, other in ((found.left, found.right), (found.right, found.left)):
                if isinstance(side, Index) and side in remaining and isinstance(other, Index | Number):
                    return side, other
    return None


def renamed(expr: Expr, renaming: Mapping[Index, Expr]) -> Expr:
    """A factor with indices replaced; δ of what has become the same is 1."""
    if not isinstance(expr, Delta):
        return substitute(expr, renaming)
    return delta(substitute(expr.left, renaming), substitute(expr.right, renaming))


def _range_conditions(index: Index, value: Expr) -> list[Expr]:
    """That a plain index or a literal is a position of `index`, where it is not certain."""
    if isinstance(value, Index):
        return [] if value.extent is index.extent else [apply("<", value, Size(index.extent))]
    return [apply(">=", value, number(0)), apply("<", value, Size(index.extent))]
