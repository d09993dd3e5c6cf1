"""Derivatives added up: in goes a sum of terms, out come groups of those that one sweep finds together.

`∂Z[i]/∂X[P] v[P] + ∂Z[i]/∂Y[Q] w[Q]` is one pass of tangents that start from v and from w;
`v[I] ∂Z[I]/∂X[p] + w[J] ∂Y[J]/∂X[p]` is one of adjoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from einlang.calculus.contraction import Reading
from einlang.calculus.engine import Contraction, Engine, plain_indices
from einlang.calculus.partial import factors_of
from einlang.ir.build import ONE, div, mul, total
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Add, Derivative, Div, Expr, Index, Reduce, Target, Tensor, Zero

Own = int | None
"""Which side of a derivative is contracted: the target of that number, or the numerator."""
Other = tuple[Access | Target, ...]
"""The other side: the numerator and the other targets, or the one target."""


@dataclass(frozen=True, slots=True)
class Member:
    """A term that is a derivative contracted on one side, and nothing else."""

    position: int
    derivative: Derivative
    own: Own
    other: Other
    start: Contraction


@dataclass(frozen=True, slots=True)
class Group:
    """Terms with the same other side."""

    members: tuple[Member, ...]

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(member.position for member in self.members)

    @property
    def may_be_dearer(self) -> bool:
        """Whether whole derivatives may cost less: where the sweep carries indices, or where a gradient may be needed anyway."""
        first = self.members[0]
        return bool(first.start.seeds) or free_indices(first.derivative.body) == ()

    def value(self, engine: Engine, single: Reading) -> Expr:
        """The sum of the terms."""
        first, starts = self.members[0], [member.start for member in self.members]
        seeds = first.start.seeds
        if first.own is None:
            (target,) = first.derivative.wrt
            return engine.pull(starts, target.tensor).at(seeds, target.subscripts)
        found = single(engine, first.derivative, first.own)
        return Zero() if found is None else mul(*found.outside, engine.push(found.numerator, starts).at(found.left, seeds))


def groups(node: Add, recurs: Callable[[Tensor], bool]) -> list[Group]:
    """The groups of two or more terms, each term in one of them at most; what recurs is independent in its own term alone."""
    shelves: dict[object, dict[object, Member]] = {}
    for position, term in enumerate(node.terms):
        for member in (m for m in _members(position, term) if m.own is None or not recurs(m.start.tensor)):
            shelf = shelves.setdefault((member.own is None, member.other, member.start.seeds), {})
            shelf.setdefault(member.start.tensor, member)
    found: list[Group] = []
    for shelf in shelves.values():
        taken = [position for group in found for position in group.positions]
        free = tuple(member for member in shelf.values() if member.position not in taken)
        found += [Group(free)] if len(free) > 1 else []
    return found


def _members(position: int, term: Expr) -> Iterator[Member]:
    """The ways in which a term is a derivative contracted on one side."""
    indices, product = (term.indices, term.body) if isinstance(term, Reduce) and term.operation == "sum" else ((), term)
    numerator, divisor = (product.numerator, product.denominator) if isinstance(product, Div) else (product, ONE)
    found = [factor for factor in factors_of(numerator) if isinstance(factor, Derivative)]
    if len(found) != 1 or not isinstance(found[0].body, Access):
        return
    rest = div(mul(*(factor for factor in factors_of(numerator) if factor is not found[0])), divisor)
    for own, side, other in _sides(found[0].body, found[0].wrt):
        start = _start(side, other, indices, rest)
        if start is not None:
            yield Member(position, found[0], own, other, start)


def _sides(body: Access, wrt: Sequence[Target]) -> Iterator[tuple[Own, Access | Target, Other]]:
    for number in reversed(range(len(wrt))):
        yield number, wrt[number], (body, *wrt[:number], *wrt[number + 1 :])
    if len(wrt) == 1:
        yield None, body, tuple(wrt)


def _start(side: Access | Target, other: Other, indices: Sequence[Index], rest: Expr) -> Contraction | None:
    """What a side is contracted with, where all its subscripts and no other's are summed."""
    axes = plain_indices(side.tensor, side.subscripts)
    if axes is None or not set(axes) <= set(indices):
        return None
    if any(index in indices for node in other for index in free_indices(node)):
        return None
    factor = total([index for index in indices if index not in axes], rest)
    seeds = tuple(index for index in free_indices(factor) if index not in axes)
    return Contraction(side.tensor, axes, factor, seeds)
