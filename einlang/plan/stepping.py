"""One position of a recurrence: in goes a member, out come its cases, and what of it is computed before all positions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeVar

from einlang.ir.build import add, mul, total
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Add, Apply, Definition, Expr, Index, Mul, Number, Reduce, Select, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.recurrences import Recurrence, offset_of
from einlang.tree import Node, rewrite, walk

T = TypeVar("T")
MOST_CASES = 8
"""Beyond so many cases, choices stay where they are."""
_CONTRARY = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(slots=True)
class Inside:
    """A case of a member while it is taken apart.

    Attributes:
        index: that of the position.
        conditions: what holds in this case.
        filled: the names of what the loop fills, which grows.
        before: definitions that need nothing of the loop, which grow.
        known: what is read in the place of a reduction that needs nothing of the loop, for all cases of a member.
    """

    index: Index
    conditions: tuple[Expr, ...]
    filled: set[str]
    before: list[Definition]
    known: dict[Reduce, Access]

    def holds(self, expr: Expr) -> bool:
        """Whether an expression needs something that the loop fills."""
        return any(isinstance(node, Access) and node.tensor.name in self.filled for node in walk(expr))

    def others(self, indices: tuple[Index, ...]) -> tuple[Index, ...]:
        """The indices but that of the position."""
        return tuple(index for index in indices if index is not self.index)

    def ordered(self, free: Iterable[Index], order: Sequence[Index]) -> tuple[Index, ...]:
        """Free indices so that what belongs to one position lies together, in the order of a definition."""
        places = {index: place for place, index in enumerate(order)}
        places[self.index] = -1
        return tuple(sorted(free, key=lambda index: places.get(index, len(places))))

    def guarded(self, body: Expr, nothing: Expr) -> Expr:
        """A body where the case applies, for all positions."""
        return Select(reduce(lambda one, other: apply("and", one, other), self.conditions), body, nothing)

    def along(self, reduction: Reduce) -> tuple[Reduce, Index] | None:
        """A reduction over an axis that the position moves along, and the index that is for; None where that is not simple."""
        found = dict.fromkeys(self._moves(reduction))
        if len(found) != 1:
            return None
        ((offset, extent),) = found
        if offset in (None, 0):
            return None
        index = Index(self.index.name, extent)
        moved: Reduce = rewrite(reduction, lambda node: self._moved(node, index))
        return None if self.index in free_indices(moved) else (moved, index)

    def _moves(self, body: Expr) -> Iterator[tuple[int | None, Extent]]:
        for node in walk(body):
            for subscript, extent in zip(node.subscripts, node.tensor.shape, strict=True) if isinstance(node, Access) else ():
                if self.index in free_indices(subscript):
                    yield offset_of(subscript, self.index), extent

    def _moved(self, node: Node, index: Index) -> Node | None:
        if not isinstance(node, Access):
            return None
        return Access(node.tensor, tuple(index if self.index in free_indices(s) else s for s in node.subscripts))

    def position(self, reduction: Reduce) -> Expr:
        """Where a reduction stands on the axis that the position moves along."""
        (offset,) = {offset for offset, _ in self._moves(reduction)}
        assert offset is not None
        return add(self.index, Number(offset))  # type: ignore[arg-type]


def cases(body: Expr, step: Index) -> list[tuple[tuple[Expr, ...], Expr]]:
    """A body in the cases that the position alone decides: what must hold, and what the body then is."""
    waiting: list[tuple[tuple[Expr, ...], Expr]] = [((), body)]
    done: list[tuple[tuple[Expr, ...], Expr]] = []
    while waiting:
        conditions, current = waiting.pop()
        choice = next((node for node in walk(current) if isinstance(node, Select) and _is_decided(node.condition, step)), None)
        if choice is None or len(waiting) + len(done) + 1 >= MOST_CASES:
            done.append((conditions, current))
            continue
        for holds in (False, True):
            condition = choice.condition if holds else contrary(choice.condition)
            waiting.append(((*conditions, condition), _decided(current, choice.condition, holds)))
    return done


def contrary(condition: Expr) -> Expr:
    """What holds where a condition does not."""
    if isinstance(condition, Apply) and condition.operator.name in _CONTRARY:
        return apply(_CONTRARY[condition.operator.name], *condition.arguments)
    return apply("not", condition)


def _is_decided(condition: Expr, step: Index) -> bool:
    simple = all(isinstance(node, Index | Number | Size | Apply | Add | Mul) for node in walk(condition))
    return simple and free_indices(condition) == (step,)


def _decided(body: Expr, condition: Expr, holds: bool) -> Expr:
    """The body where it is known whether a condition holds."""

    def rule(node: Node) -> Node | None:
        match node:
            case Select() if node.condition is condition:
                return node.then if holds else node.otherwise
            case Add(terms):
                return add(*terms)
            case Mul(factors):
                return mul(*factors)
            case Reduce("sum", indices, summed):
                return total(indices, summed)
            case _:
                return None

    made: Expr = rewrite(body, rule)
    return made


def without_history(group: Recurrence, needed: Collection[Tensor]) -> tuple[tuple[Definition, ...], frozenset[str]]:
    """The members, and the names of those whose positions are all kept: what is `needed` elsewhere, or read at later positions.

    The others have no axis of positions.
    """
    axes, shifts = (dict(zip(group.tensors, values, strict=True)) for values in (group.axes, group.shifts))
    kept = {tensor for tensor in group.tensors if tensor in needed}
    for member, step, shift in zip(group.members, group.steps, group.shifts, strict=True):
        for node in walk(member.body):
            if isinstance(node, Access) and node.tensor in axes:
                offset = offset_of(node.subscripts[axes[node.tensor]], step)
                kept.update([node.tensor] if offset is None or shift + offset != shifts[node.tensor] else [])
    gone = {tensor: axis for tensor, axis in axes.items() if tensor not in kept}
    members = tuple(_narrowed(member, gone) for member in group.members)
    return members, frozenset(tensor.name for tensor in kept)


def _narrowed(member: Definition, gone: Mapping[Tensor, int]) -> Definition:
    """A member with tensors that have lost an axis."""

    def less(tensor: Tensor) -> Tensor:
        return replace(tensor, shape=_without(tensor.shape, gone[tensor]))

    def rule(node: Node) -> Node | None:
        if not isinstance(node, Access) or node.tensor not in gone:
            return None
        return Access(less(node.tensor), _without(node.subscripts, gone[node.tensor]))

    body = rewrite(member.body, rule)
    if member.tensor not in gone:
        return replace(member, body=body)
    return Definition(less(member.tensor), _without(member.indices, gone[member.tensor]), body)


def _without(items: tuple[T, ...], place: int) -> tuple[T, ...]:
    return (*items[:place], *items[place + 1 :])
