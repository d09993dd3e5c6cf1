"""What a recurrence needs to run: in go its members as they were read, out come missing starts, and what else is wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from einlang.diagnostics import Label
from einlang.ir.extent import Extent
from einlang.ir.nodes import Derivative
from einlang.ir.program import tensors_in
from einlang.sema.circles import Member
from einlang.sema.left_sides import position
from einlang.sema.order import ordered
from einlang.sema.reader import Follow, Known
from einlang.sema.sketch import sides
from einlang.sema.stepping import Part, is_bare
from einlang.syntax import nodes
from einlang.tree import walk

# --- starts -------------------------------------------------------------------------------------------------------------------


def starts_are_free(known: Known, member: Member, names: Collection[str]) -> bool:
    """Whether the starts stand at different positions and use nothing of the recurrence; reported if not."""
    free = [_is_free(known, start, names) for start in member.starts]
    return all(free) and _are_distinct(known, member)


def _is_free(known: Known, start: nodes.Definition, names: Collection[str]) -> bool:
    used = [node for side in sides(start) for node in walk(side) if isinstance(node, nodes.TensorName) and node.name in names]
    for node in used[:1]:
        message = f"the start of `{start.name.span.text}` uses `{node.span.text}`, which the recurrence defines"
        help = "a start is made of what is defined without the recurrence"
        known.report.add("start-uses-recurrence", node.span, message, label="not known before it has started", help=help)
    return not used


def _are_distinct(known: Known, member: Member) -> bool:
    seen: dict[int | None, nodes.LeftIndex] = {}
    sound = True
    for start in member.starts:
        index = start.indices[member.axis]
        place = position(index.subscript)
        if place in seen:
            others = (Label(seen[place].span, "given here already"),)
            message = f"`{member.name}` has two starts at `{index.span.text}`"
            known.report.add(
                "start-position", index.span, message, label="the second one", others=others, help="keep one of them"
            )
            sound = False
        seen.setdefault(place, index)
    return sound


def places(part: Part, length: Extent) -> set[int]:
    """The positions of the starts, counted from either end as far as the length is known."""
    known = length.constant
    found = {place for place, _ in part.starts}
    return found if known is None else found | {place - int(known) if place >= 0 else place + int(known) for place in found}


def covered(places: Collection[int]) -> tuple[int, int]:
    """How many positions at the begin, and at the end, starts give without a gap."""
    first, last = 0, 0
    while first in places:
        first += 1
    while -last - 1 in places:
        last += 1
    return first, last


def check_starts(known: Known, part: Part, forward: bool) -> bool:
    """Whether there is a start for each position that the step reaches back to; reported if not."""
    valued = known.ranges.sizes.valued
    reached = [(follow, added - part.member.shift) for follow, added in part.follows if is_bare(follow)]
    first = max([part.member.shift, *(-offset for _, offset in reached if forward)])
    over = [(valued(part.length - follow.axis.extent).constant or 0) + offset for follow, offset in reached if not forward]
    last = max([part.furthest - part.member.shift, *map(int, over)])
    given = places(part, valued(part.length))
    missing = [place for place in (*range(first), *(-1 - k for k in range(last))) if place not in given]
    if missing and not known.symbols.is_lost(part.member.name):
        _report_missing(known, part, missing)
    return not missing


def _report_missing(known: Known, part: Part, missing: Sequence[int]) -> None:
    member = part.member
    wanted = [f"`{_at(member, place)}`" for place in missing]
    reads = [
        Label(follow.axis.span, f"reads `{follow.axis.tensor}` there")
        for follow, added in part.follows
        if is_bare(follow) and added != member.shift
    ]
    known.report.add(
        "no-start",
        member.item.name.span,
        f"`{member.name}` has no start at {' and '.join(wanted)}",
        label="the step does not reach it",
        others=tuple(reads[:1]),
        help=f"give {'it' if len(wanted) == 1 else 'each'}: `{_at(member, missing[0])} = …`",
    )


def _at(member: Member, place: int) -> str:
    """The left side of a start."""
    texts = [str(place) if index is member.left else index.subscript.span.text for index in member.item.indices]
    return f"{member.item.name.span.text}[{','.join(texts)}]"


# --- steps --------------------------------------------------------------------------------------------------------------------


def report_read(known: Known, member: Member, follow: Follow) -> None:
    """A read of a member at no position that is so many further than the step."""
    tensor, text, name = follow.axis.tensor, follow.axis.span.text, member.step
    message = f"`{text}` on {follow.axis} is not `{name}` plus a whole number"
    label = f"`{member.name}` and `{tensor}` are one recurrence" if tensor != member.name else "read by its own definition"
    help = f"a recurrence reads itself so many positions before or after `{name}`: `{tensor}[{name}-1]`"
    known.report.add("step-subscript", follow.axis.span, message, label=label, help=help)


def report_direction(known: Known, parts: Sequence[Part]) -> None:
    """A recurrence that cannot be computed position by position."""
    reads = [(edge.offset, follow) for part in parts for edge, (follow, _) in zip(part.edges, part.follows, strict=True)]
    back = next((follow for offset, follow in reads if offset < 0), None)
    ahead = next((follow for offset, follow in reads if offset > 0), None)
    first = parts[0].member
    uses = {part.member.name: [edge.read for edge in part.edges if edge.offset == 0] for part in parts}
    circles = ordered(uses)[1]
    if circles:
        path = " → ".join(f"`{name}`" for name in [*circles[0], circles[0][0]])
        named = next(part.member for part in parts if part.member.name == circles[0][0])
        message = f"`{named.name}` is defined by itself at the same position: {path}"
        help = "let one of them be read at the position before, or use `solve` for equations that are linear"
        known.report.add("not-one-way", named.item.name.span, message, label="the position stays the same", help=help)
        return
    labels = tuple(Label(f.axis.span, text) for f, text in ((back, "reads a position before"), (ahead, "and one after")) if f)
    message = f"the recurrence of `{first.name}` reaches both ways"
    help = "let it run forward or backward; equations in both directions that are linear are a `solve`"
    known.report.add("not-one-way", first.item.name.span, message, label="no position can be the first", others=labels, help=help)


def report_length(known: Known, part: Part, axis: int) -> None:
    """An axis whose length nothing fixes."""
    member = part.member
    texts = [f"{i.subscript.span.text} : n" if k == axis else i.span.text for k, i in enumerate(member.item.indices)]
    known.report.add(
        "length-not-fixed",
        member.item.indices[axis].span,
        f"nothing says how long axis {axis} of `{member.name}` is",
        label="a recurrence's reads of itself do not",
        help=f"give its length: `{member.item.name.span.text}[{', '.join(texts)}] = …`",
    )


def derivative_inside(known: Known, parts: Sequence[Part]) -> bool:
    """Whether a step derives something of the recurrence, or by it; reported if so."""
    names = [part.member.name for part in parts]
    found = [(part, node) for part in parts for node in walk(part.body) if isinstance(node, Derivative)]
    wrong = dict.fromkeys(part.member for part, node in found if any(tensor.name in names for tensor in tensors_in(node)))
    for member in wrong:
        span = next(n.span for side in sides(member.item) for n in walk(side) if isinstance(n, nodes.Derivative))
        message = f"a derivative inside the recurrence of `{member.name}` speaks of the recurrence"
        help = "write the derivative out as a formula; what the recurrence does not define may be derived"
        known.report.add("derivative-in-recurrence", span, message, label="depends on what is being defined", help=help)
    return bool(wrong)
