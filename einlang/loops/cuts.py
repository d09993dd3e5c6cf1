"""Loops cut by conditions: in go a reduction or a choice and the order of loops, out come their bounds, and what is left to ask.

`g[p - K] w[K] if 0 <= p - K < n else 0` is summed for K from max(0, p - n + 1) below min(k, p + 1): a linear condition bounds the
innermost loop that it depends on, and is then not asked at every position. A choice by where an index stands, as that of a mask,
is two or three loops over it, of which each computes one branch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from einlang.ir.extent import fixed
from einlang.ir.guarded import Condition, guarded, is_zero, joined
from einlang.ir.inside import rooms
from einlang.ir.linear import Linear
from einlang.ir.nodes import Expr, Index, Reduce, Select
from einlang.loops.nests import Bound, position, whole
from einlang.loops.nodes import Function, Scalar, Variable
from einlang.loops.operations import constant
from einlang.plan.isolate import NEUTRAL
from einlang.plan.kernel import Chunks, Contraction, Kernel, Lanes, Map

Quotient = tuple[Linear, int]
"""floor(linear / number)."""
Solution = tuple[Index, int, Linear]
"""factor · index + rest."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The body of a reduction where its loops run, and for each index from where, and below what it does."""

    body: Expr
    lows: Mapping[Index, tuple[Quotient, ...]] = field(default_factory=dict)
    highs: Mapping[Index, tuple[Quotient, ...]] = field(default_factory=dict)

    @property
    def forms(self) -> tuple[Linear, ...]:
        """The linear expressions that bounds are computed from."""
        return tuple(form for side in (self.lows, self.highs) for quotients in side.values() for form, _ in quotients)

    def bound(self, index: Index, vars: Mapping[Index, Variable]) -> Bound:
        """The loop of an index over the positions that count."""
        variable, start, stop = whole(vars[index], index.extent)
        return variable, self.start(index, vars, start), self.stop(index, vars, stop)

    def bounds(self, indices: Sequence[Index], vars: Mapping[Index, Variable]) -> list[Bound]:
        return [self.bound(index, vars) for index in indices]

    def start(self, index: Index, vars: Mapping[Index, Variable], least: Scalar) -> Scalar:
        """The largest of a start and what conditions say."""
        return _outermost("ein_max", least, (_floor(low, vars) for low in self.lows.get(index, ())))

    def stop(self, index: Index, vars: Mapping[Index, Variable], most: Scalar) -> Scalar:
        """The smallest of an end and what conditions say."""
        return _outermost("ein_min", most, (_floor(high, vars) for high in self.highs.get(index, ())))


def cuts_of(kernel: Kernel) -> Cuts:
    """The cuts of the loops of a reduction, none for any other form."""
    match kernel.form:
        case Chunks(loops, reduced) if kernel.reduction is not None:
            return _cuts(kernel.reduction, (*loops, *reduced), loops)
        case Lanes(loops, lane, reduced) if kernel.reduction is not None:
            return _cuts(kernel.reduction, (*loops, *reduced, lane), loops)
        case _:
            return Cuts(kernel.definition.body)


def _cuts(reduction: Reduce, order: Sequence[Index], kept: Collection[Index]) -> Cuts:
    """The cuts under loops in an order; those of `kept` run over all positions."""
    neutral = NEUTRAL[reduction.operation]
    is_neutral = is_zero if reduction.operation == "sum" else lambda expr: expr is neutral
    found = guarded(reduction.body, is_neutral)
    if found is None:
        return Cuts(reduction.body)
    places: dict[Condition, list[Solution]] = {}
    for condition in found.conditions:
        solved = [_solved(room, order) for room in condition.rooms or ()]
        known = [solution for solution in solved if solution is not None and solution[0] not in kept]
        if known and len(known) == len(solved):
            places[condition] = known
    lows, highs = _ends(solution for known in places.values() for solution in known)
    return Cuts(found.under(c for c in found.conditions if c not in places), lows, highs)


def parts(body: Expr, index: Index) -> tuple[Cuts, Expr] | None:
    """A choice by where the index of an innermost loop stands: what is computed from where to where, and what elsewhere."""
    if not isinstance(body, Select):
        return None
    asked = [rooms(condition) for condition in joined(body.condition)]
    solved = [_solved(room, (index,)) for found in asked for room in found or ()]
    known = [solution for solution in solved if solution is not None]
    if not all(asked) or len(known) < len(solved):
        return None
    return Cuts(body.then, *_ends(known)), body.otherwise


def forms_of(kernel: Kernel) -> tuple[Linear, ...]:
    """The linear expressions that the bounds of a kernel's loops are computed from."""
    match kernel.form:
        case Map(loops) if loops:
            found = parts(kernel.definition.body, loops[-1])
        case Contraction(columns=columns, fused=True) if kernel.after is not None:
            found = parts(kernel.after.body, columns)
        case _:
            return cuts_of(kernel).forms
    return found[0].forms if found else ()


def _ends(solutions: Iterable[Solution]) -> tuple[dict[Index, tuple[Quotient, ...]], dict[Index, tuple[Quotient, ...]]]:
    """From where on and below what indices stand where linear expressions are not negative."""
    lows: dict[Index, tuple[Quotient, ...]] = {}
    highs: dict[Index, tuple[Quotient, ...]] = {}
    for index, factor, rest in solutions:
        if factor > 0:
            lows[index] = (*lows.get(index, ()), (rest.times(fixed(-1)) + Linear((), fixed(factor - 1)), factor))
        else:
            highs[index] = (*highs.get(index, ()), (rest + Linear((), fixed(-factor)), -factor))
    return lows, highs


def _solved(room: Linear, order: Sequence[Index]) -> Solution | None:
    """A linear expression as factor · index + rest, the index that of its innermost loop; None for no whole factor."""
    factors = dict(room.multiples)
    index = next((index for index in reversed(order) if index in factors), None)
    factor = None if index is None else factors[index].constant
    if index is None or factor is None:
        return None
    return index, factor, room + Linear(((index, fixed(-factor)),), fixed(0))


def _floor(quotient: Quotient, vars: Mapping[Index, Variable]) -> Scalar:
    form, divisor = quotient
    scalar = position(form, vars)
    return scalar if divisor == 1 else Function("ein_floor", "int", (scalar, constant(divisor, "int")), "int")


def _outermost(name: str, first: Scalar, others: Iterable[Scalar]) -> Scalar:
    return reduce(lambda one, other: Function(name, "int", (one, other), "int"), others, first)
