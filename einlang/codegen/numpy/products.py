"""Sums of products taken apart: in goes a sum, out come its factors and the order in which they are best multiplied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from einlang.ir.nodes import Access, Delta, Div, Expr, Index, Mul, Number, Pi, Pow, Reduce, Size, Stop, Zero
from einlang.ir.ordering import contraction_order, typical

Axes = frozenset[Index]

MOST_LETTERS, MOST_AXES = 52, 30
"""What one call of NumPy's einsum can name, and what an array may have in every version of NumPy, with room to spare."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a product, or one of its denominators."""

    expr: Expr
    divides: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """A product under a sum: `coefficients` may leave the sum, even one over nothing, and `operands` are contracted."""

    coefficients: tuple[Factor, ...]
    operands: tuple[Factor, ...]


def factors_of(expr: Reduce) -> Factors | None:
    """The factors of a sum's body; None where a structural zero among them has to hide what it multiplies."""
    chain = _chain(expr.body)
    if any(isinstance(factor.expr, Delta | Zero) for factor in chain):
        return None
    may_leave = [_may_leave(factor, expr.indices) for factor in chain]
    operands = [factor for factor, leaves in zip(chain, may_leave, strict=True) if not leaves]
    if len(operands) == 1 and (base := _squared(operands[0])) is not None:
        operands = [Factor(base, False)] * 2
    return Factors(tuple(f for f, leaves in zip(chain, may_leave, strict=True) if leaves), tuple(operands))


def _chain(body: Expr) -> list[Factor]:
    found: list[Factor] = []
    stack = [Factor(body, False)]
    while stack:
        factor = stack.pop()
        match factor.expr:
            case Mul(factors):
                stack.extend(Factor(part, factor.divides) for part in reversed(factors))
            case Div(numerator, denominator):
                stack.extend((Factor(denominator, not factor.divides), Factor(numerator, factor.divides)))
            case Stop(inner):
                stack.append(Factor(inner, factor.divides))
            case _:
                found.append(factor)
    return found


def _may_leave(factor: Factor, indices: Sequence[Index]) -> bool:
    """Whether a factor times a sum over nothing is 0; a size that divides is then replaced by at least 1."""
    match factor.expr:
        case Number(value):
            return value != 0 and Fraction(1, 10**30) < abs(value) < 10**30
        case Pi():
            return True
        case Size(extent):
            return not factor.divides or any(index.extent is extent for index in indices)
        case _:
            return False


def _squared(factor: Factor) -> Access | None:
    match factor:
        case Factor(Pow(Access() as base, Number(value)), False) if value == 2:
            return base
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Order:
    """How to multiply operands pairwise; a result is numbered after all operands and results before it.

    Attributes:
        pairs: the numbers of the two that are multiplied, and the indices that their product keeps.
        after: operands that no sum touches and that are multiplied last.
        fits: whether NumPy can name all indices of each pair, and hold each result.
    """

    pairs: tuple[tuple[int, int, Axes], ...]
    after: tuple[int, ...]
    fits: bool


def best_order(operands: Sequence[Sequence[Index]], reduced: Sequence[Index], sizes: Mapping[str, int]) -> Order:
    """Factors without summed indices join the smallest that has all theirs, the rest goes in the cheapest order."""
    live = {number: frozenset(axes) for number, axes in enumerate(operands)}
    pairs: list[tuple[int, int, Axes]] = []
    after: list[int] = []

    def multiply(left: int, right: int) -> None:
        elsewhere = frozenset(index for n, axes in live.items() if n not in (left, right) for index in axes)
        kept = (live[left] | live[right]) - (frozenset(reduced) - elsewhere)
        pairs.append((left, right, kept))
        del live[left], live[right]
        live[len(operands) + len(pairs) - 1] = kept

    for number in [n for n, axes in live.items() if axes.isdisjoint(reduced)]:
        hosts = [n for n, axes in live.items() if not axes.isdisjoint(reduced) and axes >= live[number]]
        if hosts:
            multiply(min(hosts, key=lambda n: (positions(live[n], sizes), n)), number)
        elif len(live) > 1:
            after.append(number)
            del live[number]
    kept = [index for axes in live.values() for index in axes if index not in reduced]
    numbers = list(live)
    for left, right in contraction_order([tuple(axes) for axes in live.values()], kept, sizes):
        multiply(numbers[left], numbers[right])
        numbers.append(len(operands) + len(pairs) - 1)
    return Order(tuple(pairs), tuple(after), _fits(operands, pairs))


def positions(indices: Iterable[Index], sizes: Mapping[str, int]) -> int:
    """How many positions the indices have, about."""
    return math.prod(typical(index.extent, sizes) for index in indices)


def _fits(operands: Sequence[Sequence[Index]], pairs: Sequence[tuple[int, int, Axes]]) -> bool:
    """Whether every product of two can be one call of einsum, and every result an array."""
    axes = [*map(frozenset, operands), *(kept for _, _, kept in pairs)]
    widest = max((len(axes[left] | axes[right]) for left, right, _ in pairs), default=0)
    return widest <= MOST_LETTERS and all(len(some) <= MOST_AXES for some in axes)
