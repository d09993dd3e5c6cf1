"""Ranges instead of conditions: in goes a program, out comes one whose sums do not run over what a condition always leaves out.

Σ_T (f(T) if T >= 1 else 0) is Σ_T f(T + 1) over one position fewer: a sum of products again, as contractions are. Only bounds
that the sizes alone give are taken; those that move with other indices become bounds of loops.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from einlang.ir.build import total
from einlang.ir.extent import Extent, fixed
from einlang.ir.guarded import Condition, guarded, is_zero
from einlang.ir.indices import substitute
from einlang.ir.linear import Linear
from einlang.ir.nodes import Expr, Index, Reduce
from einlang.ir.program import Program
from einlang.ir.reaches import at_most
from einlang.optimize.bodies import with_bodies
from einlang.tree import rewrite


def narrow(program: Program) -> Program:
    """The program with sums over the positions that add something."""
    return with_bodies(program, lambda definition: rewrite(definition.body, _narrowed))


@dataclass(frozen=True, slots=True)
class _Range:
    """The positions from `low` on, below `high`."""

    low: Extent
    high: Extent

    def within(self, room: Linear) -> _Range | None:
        """The positions at which ±index + constant is not negative; None if it depends on the sizes which end is nearer."""
        _, sign = room.multiples[0]
        if sign is fixed(1):
            low = room.constant * -1
            return self if at_most(low, self.low) else replace(self, low=low) if at_most(self.low, low) else None
        high = room.constant + 1
        return self if at_most(self.high, high) else replace(self, high=high) if at_most(high, self.high) else None


def _narrowed(node: Expr) -> Expr | None:
    found = guarded(node.body, is_zero) if isinstance(node, Reduce) and node.operation == "sum" else None
    if found is None or not isinstance(node, Reduce):
        return None
    ranges = {index: _Range(fixed(0), index.extent) for index in node.indices}
    kept = [condition for condition in found.conditions if not _takes(condition, ranges)]
    renaming = {index: replace(index, extent=range_.high - range_.low) for index, range_ in ranges.items()}
    shifted = {index: Linear(((new, fixed(1)),), ranges[index].low).expr for index, new in renaming.items()}
    if len(kept) == len(found.conditions):
        return None
    return total(tuple(renaming.values()), substitute(found.under(kept), shifted))


def _takes(condition: Condition, ranges: dict[Index, _Range]) -> bool:
    """Whether a condition has become a narrower range of an index."""
    narrower = dict(ranges)
    for room in condition.rooms or ():
        index, factor = room.multiples[0] if len(room.multiples) == 1 else (None, fixed(0))
        within = narrower[index].within(room) if index in narrower and factor.constant in (1, -1) else None
        if index is None or within is None:
            return False
        narrower[index] = within
    ranges.update(narrower)
    return condition.rooms is not None
