"""Equations between extents: in go pairs that must be equal and why, out comes each size in terms of the others.

A size is solved for once, and remembers the equation that did it; of two named sizes that must agree, the one named first
represents both. Sizes are whole and not negative, which proves some equations impossible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from math import gcd

from einlang.diagnostics import Label
from einlang.ir.extent import Extent, fixed, sized
from einlang.ir.program import Bound, Computed
from einlang.ir.reaches import as_extent, computed, is_extent, smallest

LONGEST_TRAIL = 4
UNKNOWN = "?"
"""Starts the name of an extent that has no name of its own; no size of a program is spelled so."""


class Verdict(Enum):
    """What an equation turned out to be."""

    HOLDS = auto()
    IMPOSSIBLE = auto()
    AT_CALL = auto()
    """No size can be solved for: the equation must be checked at each call."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two extents are equal: in words, and the places that say so."""

    text: str
    labels: tuple[Label, ...]


@dataclass(slots=True)
class Sizes:
    """The sizes of a program and what is known of them.

    Attributes:
        known: the value of each size that the program gives.
        solved: each size that an equation fixes, in terms of others, as that equation says it.
        reasons: the equation behind each solved size.
        rank: the order in which sizes were named.
        computed: what `settle` found to be computed from other sizes.
    """

    known: dict[str, int] = field(default_factory=dict)
    solved: dict[str, Extent] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    rank: dict[str, int] = field(default_factory=dict)
    computed: list[Computed] = field(default_factory=list)
    _computed: dict[str, tuple[Bound, ...]] = field(default_factory=dict)
    """What sizes are computed from; nothing else is solved for them."""
    _ends: dict[str, Extent] = field(default_factory=dict)
    """The solved sizes, each as far reduced as anyone has asked."""

    def named(self, name: str) -> Extent:
        """The extent of a named size."""
        self.rank.setdefault(name, len(self.rank))
        return sized(name)

    def unknown(self) -> Extent:
        """An extent that is still to be found."""
        return self.named(f"{UNKNOWN}{len(self.rank)}")

    def reduced(self, extent: Extent) -> Extent:
        """The extent in terms of sizes that nothing solves."""
        path: list[str] = []
        while any(size in self._ends for size in extent.sizes):
            if (size := extent.size) is None:
                extent = extent.substitute(self._ends)
            else:
                path.append(size)
                extent = self._ends[size]
        self._ends.update(dict.fromkeys(path, extent))
        return extent

    def is_found(self, extent: Extent) -> bool:
        """Whether an extent is known in terms of named sizes, or will be computed from them."""
        return not any(map(self._is_open, self.reduced(extent).sizes))

    def valued(self, extent: Extent) -> Extent:
        """The extent with the values that are known put in."""
        return self.reduced(extent).substitute({name: fixed(value) for name, value in self.known.items()})

    def trail(self, extent: Extent) -> list[Reason]:
        """The equations that lead from an extent to what it is in the end, each once, and not all of very many."""
        found: dict[str, Reason] = {}
        while True:
            solved = [size for size in extent.sizes if size in self.solved]
            if not solved or len(found) >= LONGEST_TRAIL:
                return list(found.values())
            found.update({size: self.reasons[size] for size in solved if not size.startswith(UNKNOWN)})
            extent = extent.substitute(self.solved)

    def define(self, size: str, extent: Extent, reason: Reason) -> bool:
        """Let a size that nothing solves yet be an extent; False where that would define it by itself."""
        if size in self._needs(extent):
            return False
        self._record(size, extent, reason)
        return True

    def compute(self, extent: Extent, bounds: Sequence[Bound]) -> None:
        """Let an unknown extent be the least of some bounds: at once where that is one extent, or else when all is known."""
        found = self._smallest(bounds)
        (size,) = extent.sizes
        if not is_extent(found) or not self.define(size, found[0].extent, Reason("", ())):
            self._computed[size] = found

    def settle(self) -> None:
        """Name the sizes that are computed, now that all equations are known."""
        for size, bounds in self._computed.items():
            found = self._smallest(bounds)
            self._record(size, as_extent(found), Reason("", ()))
            if not is_extent(found):
                self.computed.append(computed(found))
        self._computed.clear()
        self.computed = list(dict.fromkeys(self.computed))

    def _smallest(self, bounds: Sequence[Bound]) -> tuple[Bound, ...]:
        return smallest(Bound(self.reduced(bound.extent), bound.divisor) for bound in bounds)

    def _record(self, size: str, extent: Extent, reason: Reason) -> None:
        self.solved[size] = self._ends[size] = extent
        self.reasons[size] = reason

    def equate(self, left: Extent, right: Extent, reason: Reason) -> Verdict:
        """Let two extents be equal: solve for a size where one can be, and say what came of it."""
        left, right = self.reduced(left), self.reduced(right)
        if left is right:
            return Verdict.HOLDS
        if (size := left.size) is not None and self._is_open(size) and self.define(size, right, reason):
            return Verdict.HOLDS
        difference, valued = left - right, self.valued(left - right)
        if not valued.terms:
            self._solve(difference, reason)
            return Verdict.HOLDS
        if _never_zero(valued):
            return Verdict.IMPOSSIBLE
        solved = self._solve(difference, reason) or self._solve(_smallest(valued), reason)
        return Verdict.HOLDS if solved else Verdict.AT_CALL

    def _needs(self, *extents: Extent) -> set[str]:
        """The sizes that extents are made of, and those that these are computed from."""
        found: set[str] = set()
        waiting = [self.reduced(extent) for extent in extents]
        while waiting:
            new = [size for size in waiting.pop().sizes if size not in found]
            found.update(new)
            waiting += [self.reduced(bound.extent) for size in new for bound in self._computed.get(size, ())]
        return found

    def _is_open(self, size: str) -> bool:
        return size.startswith(UNKNOWN) and size not in self._computed

    def _solve(self, equation: Extent, reason: Reason) -> bool:
        """Solve for a size that stands alone in one term of the equation: one without a name first, one of known value last."""
        taken = {*self._computed, *self._needs(*(b.extent for size in equation.sizes for b in self._computed.get(size, ())))}
        pivots = [
            pivot for monomial, _ in equation.terms for pivot in monomial if pivot not in taken and _stands_alone(pivot, equation)
        ]
        if not pivots:
            return False
        pivot = max(pivots, key=lambda size: (size.startswith(UNKNOWN), size not in self.known, self.rank.get(size, 0)))
        coefficient = dict(equation.terms)[pivot,]
        self._record(pivot, (equation - sized(pivot) * coefficient) * -coefficient, reason)
        return True


def _stands_alone(size: str, equation: Extent) -> bool:
    """Whether the equation can be solved for the size in whole numbers."""
    return abs(dict(equation.terms).get((size,), 0)) == 1 and sum(size in monomial for monomial, _ in equation.terms) == 1


def _never_zero(difference: Extent) -> bool:
    """Whether no whole, not negative sizes make the extent zero."""
    coefficients: Mapping[tuple[str, ...], int] = dict(difference.terms)
    constant = coefficients.get((), 0)
    others = [c for monomial, c in coefficients.items() if monomial]
    if constant and len({c > 0 for c in coefficients.values()}) == 1:
        return True
    return bool(constant) and bool(others) and constant % gcd(*others) != 0


def _smallest(equation: Extent) -> Extent:
    """The equation divided by what all its coefficients share."""
    shared = gcd(*(coefficient for _, coefficient in equation.terms))
    return Extent(tuple((monomial, coefficient // shared) for monomial, coefficient in equation.terms))
