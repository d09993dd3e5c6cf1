"""Derivatives under sums: in goes a sum of a product with derivatives as factors, out comes its value, without the whole of them.

`v[I] ∂Z[I]/∂X[p]` runs as adjoints that start from v, `∂Z[i]/∂X[P] v[P]` as tangents that start from v; where derivatives are
multiplied with each other, one starts from the other: `∂Z[k]/∂Y[J] ∂Y[J]/∂X[i]` is the derivative of the composition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from einlang.calculus.engine import Contraction, Engine, plain_indices
from einlang.calculus.partial import factors_of
from einlang.ir.build import ONE, div, mul, total
from einlang.ir.deltas import eliminate
from einlang.ir.elsewhere import guarded
from einlang.ir.indices import free_indices, substitute
from einlang.ir.nodes import Access, Derivative, Div, Expr, Index, Reduce, Tensor
from einlang.tree import Node


@dataclass(frozen=True, slots=True)
class Single:
    """`outside` · ∂numerator[left…]/∂target[right…]: a derivative of the first order."""

    outside: tuple[Expr, ...]
    numerator: Tensor
    left: tuple[Expr, ...]
    target: Tensor
    right: tuple[Expr, ...]


Reading = Callable[[Engine, Derivative, int], Single | None]
"""From a derivative and the number of a target to the derivative by that target of the one by the others; None for zero."""
Working = Callable[[Engine, Derivative], Expr]
"""From a derivative to its value."""


def pending(node: Reduce) -> list[int]:
    """The positions of the factors of a sum that are derivatives."""
    if node.operation != "sum":
        return []
    return [n for n, factor in enumerate(_product(node)[0]) if isinstance(factor, Derivative)]


def contracted(engine: Engine, node: Reduce, single: Reading, plain: Working) -> Expr:
    """The value of a sum that has derivatives among its factors, worked out in the order that costs least."""
    positions = pending(node)
    orders = dict.fromkeys([(), tuple(positions), tuple(reversed(positions))])
    attempts = [partial(_attempt, node, single, plain, order) for order in orders]
    found = engine.cheapest(attempts)
    assert isinstance(found, Expr)
    return found


def _attempt(node: Reduce, single: Reading, plain: Working, order: Sequence[int], engine: Engine) -> Expr:
    return _Sum(engine, node, single, plain).value(order)


def _product(node: Reduce) -> tuple[tuple[Expr, ...], Expr]:
    body, divisor = (node.body.numerator, node.body.denominator) if isinstance(node.body, Div) else (node.body, ONE)
    return factors_of(body), divisor


class _Sum:
    """One sum, its derivatives worked out one after the other."""

    def __init__(self, engine: Engine, node: Reduce, single: Reading, plain: Working) -> None:
        self._engine = engine
        self._single = single
        self._plain = plain
        self._summed = list(node.indices)
        found, self._divisor = _product(node)
        self._factors: dict[int, tuple[Expr, ...]] = {n: (factor,) for n, factor in enumerate(found)}

    def value(self, order: Sequence[int]) -> Expr:
        """The sum; derivatives not in `order` are worked out by themselves."""
        for position in order:
            (factor,) = self._factors[position]
            assert isinstance(factor, Derivative)
            if not any(self._pushed(position, factor, n) for n in reversed(range(len(factor.wrt)))) and not self._pulled(
                position, factor
            ):
                self._factors[position] = factors_of(self._plain(self._engine, factor))
        values = [self._plain(self._engine, f) if isinstance(f, Derivative) else f for f in self._all()]
        found = eliminate(self._summed, [factor for value in values for factor in factors_of(value)])
        product = div(mul(*found.factors), substitute(self._divisor, found.renaming))
        return total(found.indices, guarded(found.ranges, product))

    def _pushed(self, position: int, derivative: Derivative, number: int) -> bool:
        """Work a derivative out by tangents that start from what a target is contracted with, if it is."""
        target = derivative.wrt[number]
        rest = [derivative.body, *(other for n, other in enumerate(derivative.wrt) if n != number)]
        contracted = self._contracted(position, target.tensor, target.subscripts, rest)
        single = self._single(self._engine, derivative, number) if contracted else None
        if single is None:
            return False
        start = self._take(position, target.tensor, target.subscripts, contracted, rest)
        found = self._engine.push(single.numerator, [start])
        self._factors[position] = (*single.outside, *factors_of(found.at(single.left, start.seeds)))
        return True

    def _pulled(self, position: int, derivative: Derivative) -> bool:
        """Work a derivative out by adjoints that start from what its numerator is contracted with, if it is."""
        body, target = derivative.body, derivative.wrt[0]
        if len(derivative.wrt) > 1 or not isinstance(body, Access) or body.tensor.kind != "float":
            return False
        contracted = self._contracted(position, body.tensor, body.subscripts, [target])
        if not contracted:
            return False
        start = self._take(position, body.tensor, body.subscripts, contracted, [target])
        self._factors[position] = factors_of(self._engine.pull([start], target.tensor).at(start.seeds, target.subscripts))
        return True

    def _contracted(self, position: int, tensor: Tensor, subscripts: Sequence[Expr], rest: Iterable[Node]) -> list[Index]:
        """The subscripts that are summed with what is worked out; none where they are not distinct indices of the whole range."""
        plain = plain_indices(tensor, subscripts)
        if plain is None:
            return []
        unknown = [f for n, fs in self._factors.items() if n != position for f in fs if isinstance(f, Derivative)]
        elsewhere = [index for node in (*rest, *unknown) for index in free_indices(node)]
        return [index for index in plain if index in self._summed and index not in elsewhere]

    def _take(
        self, position: int, tensor: Tensor, subscripts: Sequence[Expr], contracted: Sequence[Index], rest: Iterable[Node]
    ) -> Contraction:
        """What a side of a derivative is contracted with, taken out of the product."""
        inside, outside = [], []
        for number, factors in self._factors.items():
            if number != position:
                touching = [f for f in factors if not set(contracted).isdisjoint(free_indices(f))]
                inside += touching
                self._factors[number] = tuple(f for f in factors if f not in touching)
        outside = [index for node in (*rest, *self._all()) for index in free_indices(node)]
        carried = list(dict.fromkeys(index for factor in inside for index in free_indices(factor)))
        local = [index for index in carried if index in self._summed and index not in outside and index not in contracted]
        self._summed = [index for index in self._summed if index not in local and index not in contracted]
        axes = tuple(index for index in subscripts if isinstance(index, Index))
        kept = [index for index in axes if index not in contracted]
        seeds = [*kept, *(index for index in carried if index not in (*kept, *local, *contracted))]
        return Contraction(tensor, axes, total(local, mul(*inside)), tuple(seeds))

    def _all(self) -> list[Expr]:
        return [factor for factors in self._factors.values() for factor in factors]
