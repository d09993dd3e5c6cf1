"""Recurrences as NumPy: in goes a recurrence, out come definitions to compute before it, and a loop over positions.

One that only adds up is no loop: `np.cumsum` adds in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from einlang.codegen.numpy.expressions import body_value
from einlang.codegen.numpy.flat import flattened
from einlang.codegen.numpy.tidy import tidied
from einlang.codegen.numpy.values import aligned
from einlang.codegen.numpy.writer import Writer
from einlang.ir.build import add, number
from einlang.ir.indices import substitute
from einlang.ir.linear import Linear
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Add, Definition, Expr, Index, Reduce, Select, Tensor
from einlang.ir.operators import apply
from einlang.ir.recurrences import Recurrence, is_last
from einlang.plan.isolate import computed_before, replaced
from einlang.plan.stepping import Inside, cases, contrary
from einlang.tree import walk

Case = tuple[tuple[Expr, ...], Expr]


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A recurrence as definitions of what needs nothing of it, and of its members in cases that the position decides."""

    group: Recurrence
    before: tuple[Definition, ...]
    cases: tuple[tuple[Case, ...], ...]


def added_up(group: Recurrence) -> Definition | None:
    """The definition of the terms that a recurrence adds up one after the other; None for one that does something else."""
    (member, *others), (step, *_) = group.members, group.steps
    if others or not isinstance(member.body, Select) or not isinstance(member.body.otherwise, Add):
        return None
    choice, (before, *terms) = member.body, member.body.otherwise.terms
    at = add(step, number(-1 if group.forward else 1))
    first = number(0) if group.forward else Linear((), step.extent + -1).expr
    own = Access(member.tensor, tuple(at if index is step else index for index in member.indices))
    found = add(*terms)
    alone = before is own and not any(isinstance(node, Access) and node.tensor is own.tensor for node in walk(found))
    if not alone or choice.condition is not apply("==", step, first) or choice.then is not found:
        return None
    return replace(member, body=found)


def write_sum(group: Recurrence, is_output: bool, writer: Writer) -> None:
    """A line that adds up the terms that the array of a recurrence holds."""
    (tensor,), (axis,) = group.tensors, group.axes
    name, at = writer.tensor(tensor), f", {axis}" if tensor.rank > 1 else ""
    if group.forward:
        writer.assign(name, f"np.cumsum({name}{at})")
    else:
        writer.assign(name, f"np.flip(np.cumsum(np.flip({name}{at}){at}){at}){'.copy()' if is_output else ''}")


def taken_apart(group: Recurrence, names: Names) -> TakenApart:
    """The parts of a recurrence."""
    filled = {tensor.name for tensor in group.tensors}
    before: list[Definition] = []
    found = []
    for member, step in zip(group.members, group.steps, strict=True):
        own: list[Case] = []
        known: dict[Reduce, Access] = {}
        for conditions, body in cases(member.body, step):
            inside = Inside(step, conditions, filled, before, known)
            own.append((conditions, _without_others(member, body, inside, names)))
        found.append(tuple(own))
    return TakenApart(group, tuple(before), tuple(found))


def _without_others(member: Definition, body: Expr, inside: Inside, names: Names) -> Expr:
    """A body with accesses in the place of the reductions that need nothing of the recurrence."""
    while True:
        found = (node for node in walk(body) if isinstance(node, Reduce))
        reduction = next((node for node in found if not inside.holds(node)), None)
        if reduction is None:
            return body
        access = computed_before(replace(member, body=body), reduction, inside, names)
        body = replaced(body, reduction, access)


def write_loop(parts: TakenApart, writer: Writer) -> None:
    """Lines that fill the arrays of the members, position by position."""
    group = parts.group
    for tensor in group.tensors:
        shape = ", ".join(writer.extent(extent).text for extent in tensor.shape)
        kind = "np.int64" if tensor.kind == "int" else "dtype"
        writer.assign(writer.tensor(tensor), f"np.empty(({shape}{',' if tensor.rank == 1 else ''}), {kind})")
    variable = writer.loop_variable(group.steps[0].name)
    start = len(writer.lines)
    for limits, places in groupby(range(len(group.members)), lambda place: _limits(group, place, variable, writer)):
        first = len(writer.lines)
        for place in places:
            _write_member(parts, place, variable, writer)
        if limits:
            writer.indent(first, f"if {limits}:")
    writer.indent(start, f"for {variable} in {_positions(group, writer)}:")


def _limits(group: Recurrence, place: int, variable: str, writer: Writer) -> str:
    """Where a member has a position at all, if not everywhere."""
    step, shift = group.steps[place], group.shifts[place]
    position = _moved(variable, shift)
    limits = [f"{position} >= 0"] if shift < max(group.shifts) else []
    if not is_last((step.extent, shift), zip((step.extent for step in group.steps), group.shifts, strict=True)):
        limits.append(f"{position} < {writer.extent(step.extent).text}")
    return " and ".join(limits)


def _positions(group: Recurrence, writer: Writer) -> str:
    """The positions in order."""
    low = -max(group.shifts)
    ends = list(zip((step.extent for step in group.steps), group.shifts, strict=True))
    longest = [end for end in ends if is_last(end, ends)][:1] or ends
    stops = dict.fromkeys(_moved(writer.extent(extent).text, -shift) for extent, shift in longest)
    stop = next(iter(stops)) if len(stops) == 1 else f"max({', '.join(stops)})"
    if group.forward:
        return f"range({stop})" if low == 0 else f"range({low}, {stop})"
    return f"reversed(range({stop}))" if low == 0 else f"reversed(range({low}, {stop}))"


def _moved(text: str, by: int) -> str:
    return f"{text} {'+' if by > 0 else '-'} {abs(by)}" if by else text


def _write_member(parts: TakenApart, place: int, variable: str, writer: Writer) -> None:
    """One position of a member, in the case that applies."""
    member, step = parts.group.members[place], parts.group.steps[place]
    position = _moved(variable, parts.group.shifts[place])
    earlier: list[Expr] = []
    for turn, (conditions, body) in enumerate(parts.cases[place]):
        first = len(writer.lines)
        _write_position(member, step, position, body, writer)
        word = "else:"
        if turn < len(parts.cases[place]) - 1:
            own = [c for c in conditions if c not in earlier]
            texts = [_at(member, step, position, condition, writer) for condition in own]
            word = f"{'elif' if turn else 'if'} {' and '.join(texts)}:"
            earlier += [contrary(own[0])] if len(own) == 1 else []
        if len(parts.cases[place]) > 1:
            writer.indent(first, word)


def _scalar(step: Index, position: str, writer: Writer) -> Access:
    """The position as a number that the text knows by a name."""
    tensor = Tensor(f"position {position}", (), "int", "definition", None)
    writer.tensors[tensor.name] = position
    writer.scalars[tensor.name] = step.extent
    return Access(tensor, ())


def _at(member: Definition, step: Index, position: str, expr: Expr, writer: Writer) -> str:
    """An expression of the position alone."""
    body = substitute(expr, {step: _scalar(step, position, writer)})
    return body_value(Definition(member.tensor, (), body), writer).text


def _write_position(member: Definition, step: Index, position: str, body: Expr, writer: Writer) -> None:
    """The elements of a member at one position."""
    inner = tuple(index for index in member.indices if index is not step)
    at = tidied(substitute(body, {step: _scalar(step, position, writer)}))
    value = aligned(body_value(flattened(Definition(member.tensor, inner, at), writer), writer), inner)
    before: Sequence[str] = [":"] * member.indices.index(step)
    writer.assign(f"{writer.tensor(member.tensor)}[{', '.join([*before, position])}]", value.text)
