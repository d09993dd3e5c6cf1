"""Recurrences as they are written: in go definitions that use one another, out come starts, steps, and which ranges they need.

A start that stands outermost, `a if t == 0 else …`, becomes a definition of its own, and the rest is said for the index at which
most of what it reads stands alone: `h[t+1,i] = … h[t,K] … x[t,K]`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from einlang.codegen.ein.ranges import Silent, found_ranges
from einlang.ir.extent import fixed
from einlang.ir.indices import free_indices, substitute
from einlang.ir.linear import Linear, linear, plain_positions
from einlang.ir.nodes import Access, Add, Apply, Definition, Delta, Expr, Index, Select, Solve, Tensor
from einlang.ir.recurrences import Recurrence, offset_of
from einlang.ir.safety import guarded_nodes
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Stepped:
    """A definition of a recurrence, as a step and starts.

    Attributes:
        axis, shift: along which it steps, and what is added to the index on the left.
        indices: those of the step; on the axis the one that is stepped along, which goes as far as the language finds.
        body: the step.
        starts: positions, negative ones counted from the end, and their elements.
        is_given: whether its length is to be given, as starts at the end reach further than the step and its reads.
    """

    definition: Definition
    axis: int
    shift: int
    indices: tuple[Index, ...]
    body: Expr
    starts: tuple[tuple[int, Expr], ...]
    is_given: bool = False

    @property
    def tensor(self) -> Tensor:
        return self.definition.tensor

    @property
    def step(self) -> Index:
        """The index that is stepped along."""
        return self.indices[self.axis]


def stepped(definition: Definition, recurrence: Recurrence, said: Expr) -> Stepped:
    """A member of a recurrence, whose body is `said`, in parts."""
    axis = recurrence.axes[recurrence.members.index(definition)]
    if isinstance(said, Solve):
        return Stepped(definition, axis, 0, definition.indices, said, ())
    place = definition.indices[axis]
    starts, body = _starts(said, place, recurrence)
    members = dict(zip(recurrence.tensors, recurrence.axes, strict=True))
    if not _are_enough(body, place, members, [position for position, _ in starts], definition.tensor):
        starts, body = [], said
    own = [offset_of(a.subscripts[axis], place) or 0 for a in _bare(body) if a.tensor is definition.tensor]
    shift = _shift(body, place, members, [position for position, _ in starts], own)
    reach = max([shift, *(offset + shift for offset in own)])
    last = shift + _at_the_end([position for position, _ in starts], place.extent.constant)
    step = Index(place.name, place.extent - max(reach, last))
    moved = plain_positions(substitute(body, {place: Linear(((step, fixed(1)),), fixed(shift)).expr}))
    indices = (*definition.indices[:axis], step, *definition.indices[axis + 1 :])
    return Stepped(definition, axis, shift, indices, moved, tuple(starts), last > reach)


def _at_the_end(starts: Sequence[int], length: int | None) -> int:
    """How many positions from the end on are starts."""
    known = {position - length if position >= 0 and length is not None else position for position in starts}
    return next(k for k in range(len(starts) + 1) if -1 - k not in known)


def _starts(body: Expr, place: Index, recurrence: Recurrence) -> tuple[list[tuple[int, Expr]], Expr]:
    """The positions that are given outermost, and what is left."""
    starts: list[tuple[int, Expr]] = []
    while isinstance(body, Select):
        position = _position(body.condition, place, recurrence.forward)
        is_start = place not in free_indices(body.then) and not any(a.tensor in recurrence.tensors for a in _accesses(body.then))
        if position is None or not is_start or position in [other for other, _ in starts]:
            break
        starts.append((position, body.then))
        body = body.otherwise
    return starts, body


def _position(condition: Expr, place: Index, forward: bool) -> int | None:
    """The whole number p in `t == p`; a negative one where it counts from the end."""
    match condition:
        case Apply(operator, (left, right)) if operator.name == "==" and left is place:
            found = linear(right)
            if found is None or found.multiples:
                return None
            ends = found.constant.constant, (found.constant - place.extent).constant
            known = [int(end) for end in (ends if forward else ends[::-1]) if end is not None]
            return known[0] if known else None
        case _:
            return None


def _are_enough(body: Expr, place: Index, members: Mapping[Tensor, int], starts: Sequence[int], own: Tensor) -> bool:
    """Whether there is a start wherever the rest reaches back to."""
    offsets = {a: offset_of(a.subscripts[members[a.tensor]], place) or 0 for a in _bare(body) if a.tensor in members}
    first = max([0, *(-offset for offset in offsets.values())])
    last = max([0, *(offset for access, offset in offsets.items() if access.tensor is own)])
    return all(position in starts for position in (*range(first), *(-1 - k for k in range(last))))


def _accesses(body: Expr) -> Iterator[Access]:
    return (node for node in walk(body) if isinstance(node, Access))


def _bare(body: Expr) -> list[Access]:
    """The accesses that no condition on positions guards."""
    guarded = guarded_nodes(body, lambda condition: not any(isinstance(node, Access) for node in walk(condition)))
    return [access for access in _accesses(body) if access not in guarded]


def _shift(body: Expr, place: Index, members: Mapping[Tensor, int], starts: Sequence[int], own: Sequence[int]) -> int:
    """What to add to the index on the left, so that most of what is read stands at the index alone."""
    first = next(k for k in range(len(starts) + 1) if k not in starts)
    last = next(k for k in range(len(starts) + 1) if -1 - k not in starts)
    read: dict[bool, Counter[int]] = {False: Counter(), True: Counter()}
    for access in _bare(body):
        for axis, subscript in enumerate(access.subscripts):
            offset = offset_of(subscript, place)
            if offset is not None:
                read[members.get(access.tensor) == axis][-offset] += 1
    wanted = [shift for shift, _ in (read[False] or read[True]).most_common()] if read[False] or not own else [-min(own)]
    return next((shift for shift in wanted if -last <= shift <= first), 0)


# --- ranges -------------------------------------------------------------------------------------------------------------------


def unsaid(parts: Sequence[Stepped], computed: Collection[str]) -> dict[Tensor, frozenset[Index]]:
    """For each member the indices on the left whose range need not be given.

    Its own axes say nothing about them, those of other members as soon as something says how long they are.
    """
    silent = {part.tensor: set(range(part.tensor.rank)) for part in parts}
    found: dict[Tensor, frozenset[Index]] = {}
    given: list[Index] = [part.step for part in parts if part.is_given]
    while True:
        found |= {part.tensor: _found(part, silent, computed).difference(given) for part in parts}
        plain = [(part, axis) for part in parts for axis in sorted(silent[part.tensor] - {part.axis})]
        settled = [(part, axis) for part, axis in plain if part.indices[axis] in found[part.tensor]]
        if not plain:
            return _with_steps(parts, found)
        if not settled:
            settled = plain[:1]
            given += [part.indices[axis] for part, axis in settled]
        for part, axis in settled:
            silent[part.tensor].discard(axis)


def _found(part: Stepped, silent: Mapping[Tensor, Collection[int]], computed: Collection[str]) -> frozenset[Index]:
    """The indices on the left that the step or a start gives a range."""
    quiet = Silent(silent, part.tensor, part.indices)
    said = [found_ranges(body, computed, quiet) for body in (_right(part.body), *(b for _, b in part.starts))]
    return frozenset(index for index in part.indices if any(index in found for found in said))


def _right(body: Expr) -> Expr:
    """What says how far indices range: of equations, the matrix where it stands beside an element, and the right side."""
    if not isinstance(body, Solve):
        return body
    return Add((substitute(body.matrix, dict[Index, Expr](zip(body.columns, body.position, strict=True))), body.right))


def _with_steps(parts: Sequence[Stepped], found: dict[Tensor, frozenset[Index]]) -> dict[Tensor, frozenset[Index]]:
    """Steps that nothing gives a range go as far as the first one of a known range."""
    first = next((part for part in parts if part.step in found[part.tensor]), parts[0])
    others = [part for part in parts if part is not first and part.step.extent is first.step.extent]
    members = {part.tensor: part.axis for part in parts}
    alike = [part for part in others if not part.is_given and not _stands(part, members)]
    return found | {part.tensor: found[part.tensor] | {part.step} for part in alike}


def _stands(part: Stepped, members: Mapping[Tensor, int]) -> bool:
    """Whether the index of a step stands on an axis of something else, or in a δ, which may give it a range."""
    for node in walk(part.body):
        if isinstance(node, Access | Delta):
            axis = members.get(node.tensor) if isinstance(node, Access) else None
            if any(part.step in free_indices(child) for place, child in enumerate(node.children) if place != axis):
                return True
    return False
