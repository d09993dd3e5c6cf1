"""How far accesses reach: in go linear subscripts and the lengths of axes, out come positions, and how far an index may range."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from einlang.ir.extent import Extent, fixed, sized
from einlang.ir.linear import Linear
from einlang.ir.nodes import Index
from einlang.ir.program import Bound, Computed


@dataclass(frozen=True, slots=True)
class Reach:
    """A subscript on an axis of some length."""

    subscript: Linear
    length: Extent

    @property
    def is_definite(self) -> bool:
        """Whether it is known for every index which way the subscript goes with it."""
        return all(_rises(factor) or _rises(factor * -1) for _, factor in self.subscript.multiples)

    @property
    def start(self) -> Extent:
        """The least position, supposing that no range is empty."""
        return self._end(upwards=False)

    @property
    def stop(self) -> Extent:
        """One more than the greatest position."""
        return self._end(upwards=True) + 1

    def _end(self, upwards: bool) -> Extent:
        end = self.subscript.constant
        for index, factor in self.subscript.multiples:
            if _rises(factor) is upwards:
                end = end + factor * (index.extent - 1)
        return end

    def bound(self, index: Index) -> Bound | None:
        """How many positions of `index`, from 0 on, stay on the axis whatever the other indices are; None if that is not linear.

        c i + r <= m - 1 holds for i < ⌊(m - r + c - 1) / c⌋, and r - c i >= 0 for i < ⌊(r + c) / c⌋.
        """
        factor = dict(self.subscript.multiples)[index].constant
        if factor is None or not self.is_definite:
            return None
        others = tuple(multiple for multiple in self.subscript.multiples if multiple[0] is not index)
        rest = Reach(Linear(others, self.subscript.constant), self.length)
        if factor > 0:
            return Bound(self.length - rest.stop + factor, factor)
        return Bound(rest.start - factor, -factor)


def range_within(index: Index, reaches: Iterable[Reach], unknown: Collection[Index]) -> tuple[Bound, ...]:
    """How far `index` ranges so that every access stays in bounds that has it as the one unknown; nothing if there is none."""
    own = [reach for reach in reaches if index in reach.subscript.indices]
    known = [reach for reach in own if not any(i in unknown for i in reach.subscript.indices if i is not index)]
    return smallest([bound for reach in known if (bound := reach.bound(index)) is not None])


def smallest(bounds: Iterable[Bound]) -> tuple[Bound, ...]:
    """The bounds in lowest terms, without those that another one is never more than."""
    kept: list[Bound] = []
    for bound in dict.fromkeys(map(_lowest_terms, bounds)):
        if not any(_never_more(other, bound) for other in kept):
            kept = [other for other in kept if not _never_more(bound, other)] + [bound]
    return tuple(kept)


def as_extent(bounds: Sequence[Bound]) -> Extent:
    """The least of bounds as an extent: that of a computed size where it is no polynomial."""
    return bounds[0].extent if is_extent(bounds) else sized(computed(bounds).size)


def is_extent(bounds: Sequence[Bound]) -> bool:
    """Whether the least of bounds is a polynomial, which counts as 0 where it is negative."""
    return len(bounds) == 1 and bounds[0].divisor == 1


def computed(bounds: Sequence[Bound]) -> Computed:
    """The size that is the least of bounds, named by how it is computed."""
    return Computed(Computed("", tuple(bounds)).formula, tuple(bounds))


def at_most(least: Extent, most: Extent) -> bool | None:
    """Whether `least <= most` for all sizes, for none (False), or for some (None)."""
    coefficients = dict((most - least).terms)
    if all(c >= 0 for c in coefficients.values()):
        return True
    return False if coefficients.get((), 0) < 0 and all(c <= 0 for c in coefficients.values()) else None


def never_negative(extent: Extent) -> bool:
    """Whether an extent is at least 0 for all sizes."""
    return at_most(fixed(0), extent) is True


def _rises(factor: Extent) -> bool:
    return all(coefficient >= 0 for _, coefficient in factor.terms)


def _lowest_terms(bound: Bound) -> Bound:
    """The bound with divisor 1 where that divides everything but the constant term."""
    divisor = bound.divisor
    if any(coefficient % divisor for monomial, coefficient in bound.extent.terms if monomial):
        return bound
    constant = fixed(dict(bound.extent.terms).get((), 0) // divisor)
    return Bound(constant + Extent(tuple((m, c // divisor) for m, c in bound.extent.terms if m)), 1)


def _never_more(one: Bound, other: Bound) -> bool:
    return one.divisor == other.divisor and at_most(one.extent, other.extent) is True
