"""Recurrences: in go the members of one, out come their definitions over all positions, or what is wrong with them.

`h[0,i] = a[i]` and `h[t+1,i] = f(h[t,i], x[t,i])` become `h[t,i] = a[i] if t == 0 else f(h[t-1,i], x[t-1,i])`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from einlang.ir.build import number, select
from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import Linear, linear
from einlang.ir.nodes import Definition, Index, Size, Tensor
from einlang.ir.operators import apply
from einlang.sema.binding import bind
from einlang.sema.bounds import Doubtful
from einlang.sema.circles import Member, direction
from einlang.sema.definitions import check_free, check_left, with_range
from einlang.sema.expressions import read_extent, read_side, scope_of
from einlang.sema.extents import Reason
from einlang.sema.left_sides import indexed, position, step
from einlang.sema.ranges import Axis
from einlang.sema.reader import Follow, Known, Side
from einlang.sema.starts import (
    check_starts,
    covered,
    derivative_inside,
    places,
    report_direction,
    report_length,
    report_read,
    starts_are_free,
)
from einlang.sema.stepping import Part, at
from einlang.sema.systems import solution
from einlang.syntax import nodes


def recurrence(known: Known, members: Sequence[Member]) -> list[Definition]:
    """The definitions of the members, in their order; none after an error in one of them."""
    names = [member.name for member in members]
    free = [starts_are_free(known, member, names) for member in members]
    if not all(free):
        return []
    known.steps = {member.name: member.axis for member in members}
    parts = [part for member in members if (part := _read(known, member)) is not None]
    known.steps = {}
    if len(parts) < len(members) or derivative_inside(known, parts) or not _runs(known, parts):
        return []
    _share_ranges(known, parts)
    forward = direction(names, [edge for part in parts for edge in part.edges]) < 0
    sound = [_lengths_are_known(known, parts), *(check_starts(known, part, forward) for part in parts)]
    if not all(sound):
        return []
    known.circles.append(frozenset(names))
    for part in parts:
        known.doubtful.extend(_doubtful(part, known.ranges.sizes.valued))
        _stand(known, part)
    return [_definition(part) for part in parts]


# --- reading ------------------------------------------------------------------------------------------------------------------


def _read(known: Known, member: Member) -> Part | None:
    """A member's step and starts; None after an error in them."""
    doubtful, follows = len(known.doubtful), len(known.follows)
    tensor = known.tensor(known.symbols.tensors[member.name])
    part = _solved(known, member, tensor) if isinstance(member.item, nodes.Solve) else _defined(known, member, tensor)
    made = known.doubtful[doubtful:], known.follows[follows:]
    del known.doubtful[doubtful:], known.follows[follows:]
    if part is None:
        return None
    is_own = isinstance(member.item, nodes.Solve)
    read = [follow for follow in made[1] if not (is_own and follow.axis.tensor == member.name)]
    added = [(follow, _added(follow, part.step)) for follow in read]
    part.doubtful, part.follows = made[0], [(follow, a) for follow, a in added if a is not None]
    wrong = [follow for follow, a in added if a is None]
    for follow in wrong:
        report_read(known, member, follow)
    return None if wrong else part


def _added(follow: Follow, step_: Index) -> int | None:
    """What is added to the step in a subscript; None where it is no whole number."""
    found = linear(follow.position)
    if found is None or found.multiples != ((step_, fixed(1)),):
        return None
    value = found.constant.constant
    return None if value is None else int(value)


def _solved(known: Known, member: Member, tensor: Tensor) -> Part | None:
    """Equations at each position of the step, which is a batch."""
    assert isinstance(member.item, nodes.Solve)
    found = solution(known, member.item, tensor, member.axis)
    if found is None:
        return None
    return Part(member, tensor, found.indices, found.indices[member.axis], [], found.body, [], [])


def _defined(known: Known, member: Member, tensor: Tensor) -> Part | None:
    """A step with its starts: one scope, in which each axis has one range."""
    item, ranges = member.item, known.ranges
    indices = tuple(
        Index(found.name if (found := step(left.subscript)) else "", extent)
        for left, extent in zip(item.indices, tensor.shape, strict=True)
    )
    step_ = Index(member.step, ranges.sizes.unknown())
    ranges.stepped[step_] = False
    ranges.adopt(step_, member.left.subscript.span, "", member.left.extent is not None)
    adopted = [_adopt(known, member, axis, index) for axis, index in enumerate(indices)]
    starts = [(start, _side(known, start, indices)) for start in member.starts]
    read = _side(known, item, (*indices[: member.axis], step_, *indices[member.axis + 1 :]))
    sound = all(adopted) and read is not None and all(side is not None for _, side in starts)
    if not ranges.close(complain=sound) or not sound or read is None:
        return None
    made = [(_position(start, member), side.expr) for start, side in starts if side is not None]
    return Part(member, tensor, indices, step_, made, read.expr, [], [])


def _position(start: nodes.Definition, member: Member) -> int:
    return position(start.indices[member.axis].subscript) or 0


def _adopt(known: Known, member: Member, axis: int, index: Index) -> bool:
    """Let the index of an axis have the range that is found for it, or given on the left of the step or of a start."""
    written = [part.indices[axis] for part in (member.item, *member.starts)]
    given = [
        (left, read_extent(known, left.extent, f"the range of `{index.name}`")) for left in written if left.extent is not None
    ]
    if axis != member.axis:
        mend = f"give it one: `{with_range(member.item, written[0])}`"
        known.ranges.adopt(index, written[0].subscript.span, mend, bool(given))
    for count, (left, extent) in enumerate(given):
        if extent is not None and left.extent is not None and not count:
            known.ranges.give(index, extent, left.extent.span)
        elif extent is not None:
            known.ranges.sizes.equate(index.extent, extent, Reason("", ()))
    return all(extent is not None for _, extent in given)


def _side(known: Known, item: nodes.Definition | nodes.Solve, indices: Sequence[Index]) -> Side | None:
    """The right side of a step or start, over the indices of its axes; None after an error in it."""
    assert isinstance(item, nodes.Definition)
    names = [name for _, name in indexed(item)]
    sound = check_left(known, item)
    scope = scope_of(known, [item.body], names)
    bound = bind(item.body, scope, known.report, names if sound else ())
    sound &= check_free(known, item, bound, names)
    free: Mapping[str, Index] = {
        found.name: index for left, index in zip(item.indices, indices, strict=True) if (found := step(left.subscript))
    }
    side = read_side(known, bound, scope, free)
    known.read[item.body] = side
    return side if sound and not side.failed else None


def _stand(known: Known, part: Part) -> None:
    """The position of a start must be on the axis."""
    for start, (place, _) in zip(part.member.starts, part.starts, strict=True):
        axis = Axis(part.member.name, part.member.axis, part.length, start.indices[part.member.axis].subscript.span)
        known.ranges.reach(Linear((), fixed(place) if place >= 0 else part.length + place), axis)


# --- ranges -------------------------------------------------------------------------------------------------------------------


def _share_ranges(known: Known, parts: Sequence[Part]) -> None:
    """Let each axis be as long as what its step reaches, and steps that nothing gives a range go as far as others do."""
    sizes, alone = known.ranges.sizes, []
    for part in parts:
        given, found = part.member.left.extent is not None, known.ranges.stepped.get(part.step, False)
        if part.step is part.place:
            alone += [part] if not found and not given else []
        elif given:
            last = covered(places(part, sizes.valued(part.length)))[1]
            sizes.equate(part.step.extent, part.length - max(part.furthest, part.member.shift + last), Reason("", ()))
        elif found:
            sizes.equate(part.length, part.step.extent + part.furthest, Reason("", ()))
        else:
            alone.append(part)
    known_ = [part for part in parts if part not in alone]
    first = next((part for part in known_ if part.member.left.extent is None), next(iter(known_), None))
    for part in alone if first else ():
        assert first is not None
        sizes.equate(part.step.extent, first.step.extent, Reason("", ()))
        if part.step is not part.place:
            sizes.equate(part.length, part.step.extent + part.furthest, Reason("", ()))


def _lengths_are_known(known: Known, parts: Sequence[Part]) -> bool:
    """Whether something fixes how long every axis is; else one is reported, unless what has an error may have fixed it."""
    found = known.ranges.sizes.is_found
    lost = [(part, axis) for part in parts for axis, extent in enumerate(part.tensor.shape) if not found(extent)]
    used = [name for part in parts for name in known.uses[part.member.name]]
    if lost and known.broken.isdisjoint(used):
        report_length(known, *min(lost, key=lambda place: place[0].member.shift != 0))
    return not lost


def _runs(known: Known, parts: Sequence[Part]) -> bool:
    """Whether positions go strictly one way in every circle of reads; reported if not."""
    edges = [edge for part in parts for edge in part.edges]
    sound = direction([part.member.name for part in parts], edges) != 0
    if not sound:
        report_direction(known, parts)
    return sound


# --- definitions --------------------------------------------------------------------------------------------------------------


def _definition(part: Part) -> Definition:
    """The step at all positions that no start gives."""
    body = part.placed(part.body)
    for place, value in reversed(part.starts):
        body = select(apply("==", part.place, at(part, place)), value, body)
    return Definition(part.tensor, part.indices, body)


def _doubtful(part: Part, valued: Callable[[Extent], Extent]) -> Iterator[Doubtful]:
    """What may be out of bounds, where no start stands."""
    first, last = covered(places(part, valued(part.length)))
    guards = [apply(">=", part.place, number(first))] if first else []
    guards += [apply("<", part.place, Size(part.length - last))] if last else []
    found = [*part.doubtful, *(Doubtful(f.position, f.conditions, f.axis) for f, _ in part.follows if not f.padded)]
    for doubt in found:
        conditions = (*guards, *map(part.placed, doubt.conditions))
        yield replace(doubt, position=part.placed(doubt.position), conditions=conditions)
