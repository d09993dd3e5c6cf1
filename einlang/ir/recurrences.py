"""Recurrences: in go definitions, out come those that use one another, with the axis along which and the way in which they step.

Definitions that use one another are the strongly connected components of "uses" that have a circle. Each member steps along one
axis: where it accesses a member, it does so at its own position along it plus a whole number, the offset. If the offsets of every
circle of accesses have a sum below 0, positions can be computed one after the other, upwards; if all are above 0, downwards.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from einlang.errors import InternalError
from einlang.ir.extent import Extent
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Definition, Expr, Index, Solve, Tensor
from einlang.ir.reaches import never_negative
from einlang.tree import walk

End = tuple[Extent, int]
"""The length of a member's axis, and how far it is ahead of the position."""
N = TypeVar("N", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Definitions that use one another, computed position by position.

    Attributes:
        members: in the order in which one position is computed.
        axes: the number of the axis along which each steps.
        forward: whether positions go up.
        shifts: where each stands while the position is 0; only a member that another reads further on is ahead of it.
    """

    members: tuple[Definition, ...]
    axes: tuple[int, ...]
    forward: bool
    shifts: tuple[int, ...]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return tuple(member.tensor for member in self.members)

    @property
    def steps(self) -> tuple[Index, ...]:
        """The index of each member along which it steps."""
        return tuple(member.indices[axis] for member, axis in zip(self.members, self.axes, strict=True))

    def positions(self, lengths: Sequence[int]) -> range:
        """The positions in order, for the lengths of the axes; each member has those that its shift brings onto its axis."""
        low = min((-shift for shift in self.shifts), default=0)
        high = max((length - shift for length, shift in zip(lengths, self.shifts, strict=True)), default=0)
        return range(low, high) if self.forward else range(high - 1, low - 1, -1)


class Defect(NamedTuple):
    """Why definitions that use one another cannot be computed position by position, and the access where that is seen, if any."""

    text: str
    definition: Definition
    access: Access | None


class _Use(NamedTuple):
    """One access: of which member, by which, and how far on."""

    reader: int
    read: int
    offset: int


def recurrences(definitions: Sequence[Definition]) -> tuple[Recurrence, ...]:
    """The recurrences among definitions. Raises InternalError for one that is none."""
    found = [recurrence(members) for members in circles(definitions)]
    for group in found:
        if isinstance(group, Defect):
            raise InternalError("recurrences", f"in the definition of {group.definition.tensor.name}: {group.text}")
    return tuple(group for group in found if isinstance(group, Recurrence))


def circles(definitions: Sequence[Definition]) -> tuple[tuple[Definition, ...], ...]:
    """The definitions that use one another, or themselves, each with those that use it, in the order given."""
    return tuple(members for members in components(definitions) if uses_itself(members))


def grouped(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """The definitions, each after those that it uses, in an order near the given one, members of one circle side by side."""
    return tuple(definition for members in components(definitions) for definition in members)


def uses_itself(members: Sequence[Definition]) -> bool:
    """Whether one of `components` is a circle."""
    return len(members) > 1 or members[0].tensor in read(members[0])


def early(definitions: Sequence[Definition]) -> set[Tensor]:
    """The tensors that their own definition uses, or one that stands before it: some of every circle."""
    waiting = {definition.tensor: None for definition in definitions}
    found: set[Tensor] = set()
    for definition in definitions:
        found.update(tensor for tensor in read(definition) if tensor in waiting)
        waiting.pop(definition.tensor, None)
    return found


def components(definitions: Sequence[Definition]) -> list[tuple[Definition, ...]]:
    """The definitions in the sets of those that use one another, each set after those that it uses."""
    if not early(definitions):
        return [(definition,) for definition in definitions]
    known = {definition.tensor: definition for definition in definitions}
    places = {tensor: place for place, tensor in enumerate(known)}
    uses = {tensor: [used for used in read(definition) if used in known] for tensor, definition in known.items()}
    return [tuple(known[t] for t in sorted(found, key=places.__getitem__)) for found in strongly_connected(uses)]


def read(definition: Definition) -> tuple[Tensor, ...]:
    """The tensors that a definition accesses, by first occurrence."""
    return tuple(dict.fromkeys(node.tensor for node in walk(definition.body) if isinstance(node, Access)))


def strongly_connected(uses: Mapping[N, Sequence[N]]) -> Iterator[list[N]]:
    """The strongly connected components of a graph, each after those that it leads to (Gabow 2000)."""
    numbers: dict[N, int] = {}
    done: set[N] = set()
    waiting: list[N] = []
    firsts: list[N] = []
    for start in uses:
        path = [] if start in numbers else [(start, iter(uses[start]))]
        while path:
            current, remaining = path[-1]
            if current not in numbers:
                numbers[current] = len(numbers)
                waiting.append(current)
                firsts.append(current)
            following = next(remaining, None)
            if following is None:
                path.pop()
                if firsts[-1] == current:
                    firsts.pop()
                    found = [waiting.pop()]
                    while found[-1] != current:
                        found.append(waiting.pop())
                    done.update(found)
                    yield found
            elif following not in numbers:
                path.append((following, iter(uses[following])))
            elif following not in done:
                while numbers[firsts[-1]] > numbers[following]:
                    firsts.pop()


def recurrence(members: Sequence[Definition]) -> Recurrence | Defect:
    """How definitions that use one another are computed, or why they cannot be."""
    defect = Defect("a number is defined by itself", members[0], None)
    for axis in range(members[0].tensor.rank):
        found = _along(members, axis)
        if isinstance(found, Recurrence):
            return found
        defect = found if axis == 0 or _further(found, defect) else defect
    return defect


def _further(one: Defect, other: Defect) -> bool:
    """Whether less is wrong: positions that step, but not one way, against positions that do not step."""
    return one.access is None and other.access is not None


def _along(members: Sequence[Definition], axis: int) -> Recurrence | Defect:
    """The recurrence in which the first member steps along an axis."""
    axes = _axes(members, axis)
    for place, member in enumerate(members):
        if isinstance(member.body, Solve) and member.indices[axes.get(place, 0)] in member.body.position:
            return Defect("a system of equations is solved for positions that it uses itself", member, None)
    uses: list[_Use] = []
    places = {member.tensor: place for place, member in enumerate(members)}
    for reader, member in enumerate(members):
        step = member.indices[axes[reader]] if reader in axes else None
        for access in _accesses(member, places):
            place = places[access.tensor]
            offset = None if step is None or place not in axes else offset_of(access.subscripts[axes[place]], step)
            if offset is None:
                return Defect("an access stands at no position a fixed number of steps away", member, access)
            uses.append(_Use(reader, place, offset))
    return _ordered(members, tuple(axes[place] for place in range(len(members))), uses)


def _accesses(member: Definition, places: Mapping[Tensor, int]) -> list[Access]:
    return [node for node in walk(member.body) if isinstance(node, Access) and node.tensor in places]


def _axes(members: Sequence[Definition], axis: int) -> dict[int, int]:
    """The step axis of each member: where those that are known access it by their own step index."""
    axes = {0: axis}
    places = {member.tensor: place for place, member in enumerate(members)}
    waiting = [0]
    while waiting:
        reader = waiting.pop()
        step = members[reader].indices[axes[reader]]
        for access in _accesses(members[reader], places):
            found = next((n for n, s in enumerate(access.subscripts) if offset_of(s, step) is not None), None)
            if places[access.tensor] not in axes and found is not None:
                axes[places[access.tensor]] = found
                waiting.append(places[access.tensor])
    return axes


def is_last(end: End, ends: Iterable[End]) -> bool:
    """Whether none of the ends of loops over positions can lie behind one."""
    return all(never_negative((end[0] - end[1]) - (extent - shift)) for extent, shift in ends)


def offset_of(subscript: Expr, step: Index) -> int | None:
    """The whole number c where a subscript is `step + c`."""
    found = linear(subscript)
    if found is None or found.indices != (step,) or found.multiples[0][1].constant != 1:
        return None
    return found.constant.constant


def _ordered(members: Sequence[Definition], axes: tuple[int, ...], uses: Sequence[_Use]) -> Recurrence | Defect:
    """The members in an order that suits their accesses, going up or going down."""
    for forward in (True, False):
        seen = uses if forward else [use._replace(offset=-use.offset) for use in uses]
        shifts = _shifts(len(members), seen)
        if shifts is not None:
            order = _order(len(members), [use for use in seen if shifts[use.reader] + use.offset == shifts[use.read]])
            signed = [shifts[place] if forward else -shifts[place] for place in order]
            return Recurrence(
                tuple(members[place] for place in order), tuple(axes[place] for place in order), forward, tuple(signed)
            )
    return Defect("accesses go neither strictly down nor strictly up in every circle of uses", members[0], None)


def _shifts(count: int, uses: Sequence[_Use]) -> list[int] | None:
    """How far each member is ahead, so that what it reads is not; None where a circle of accesses does not go down.

    With offsets times `count + 1`, plus 1, a circle has a sum above 0 just where its offsets have a sum of at least 0.
    """
    raised = _potentials(count, [use._replace(offset=use.offset * (count + 1) + 1) for use in uses])
    return None if raised is None else _potentials(count, uses)


def _potentials(count: int, uses: Sequence[_Use]) -> list[int] | None:
    """The least numbers from 0 on with `number[reader] + offset <= number[read]` (Bellman, Ford); None if there are none."""
    numbers = [0] * count
    for _ in range(count + 1):
        changed = False
        for use in uses:
            if numbers[use.reader] + use.offset > numbers[use.read]:
                numbers[use.read] = numbers[use.reader] + use.offset
                changed = True
        if not changed:
            return numbers
    return None


def _order(count: int, uses: Sequence[_Use]) -> list[int]:
    """The members so that each stands after those that it reads at the same position."""
    graph = {place: [use.read for use in uses if use.reader == place] for place in range(count)}
    return [place for found in strongly_connected(graph) for place in found]
