"""One reduction a definition: in goes a program, out come definitions whose bodies hold at most one reduction, over no other.

A reduction that does not depend on all indices of the definition it stands in gets a definition of its own: it would be computed
again for each position of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from einlang.errors import InternalError
from einlang.ir.build import number
from einlang.ir.indices import free_indices, free_indices_of_all
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Expr, Index, Infinity, Mul, Reduce, Select, Tensor, Zero
from einlang.ir.program import Program
from einlang.ir.recurrences import Recurrence, read, recurrences
from einlang.plan.guards import guards, hazards
from einlang.plan.kernel import Loop, Step
from einlang.plan.stepping import Inside, cases, without_history
from einlang.plan.systems import is_system, standing_alone
from einlang.tree import Node, rewrite, walk

NEUTRAL: dict[str, Expr] = {
    "sum": Zero(),
    "logdet": Zero(),
    "prod": number(1),
    "max": Mul((number(-1), Infinity())),
    "argmax": Mul((number(-1), Infinity())),
    "min": Infinity(),
    "argmin": Infinity(),
}
"""What a reduction gives where it takes in nothing."""


class Isolated(NamedTuple):
    """A program with further definitions, the loops in which some of them are computed, and the place of each of those."""

    program: Program
    loops: tuple[Loop, ...]
    steps: Mapping[Definition, Step]


def isolate(program: Program) -> Isolated:
    """The program with further definitions for the reductions that have to stand alone.

    A recurrence becomes the definitions that compute one of its positions: a definition for each case of a member, and parts
    that have no axis of positions. What needs nothing of it stands before it.
    """
    names = Names.of(program)
    groups = {tensor: group for group in recurrences(program.definitions) for tensor in group.tensors}
    found: list[Definition] = []
    loops: list[Loop] = []
    steps: dict[Definition, Step] = {}
    for definition in program.definitions:
        group = groups.get(definition.tensor)
        if group is None:
            found += _isolated(definition, names)
        elif definition is next(d for d in program.definitions if d.tensor in group.tensors):
            before, own = _stepped(group, _needed(program, group), names, len(loops))
            found += [*before, *own]
            loops.append(Loop(group.forward, tuple((i.extent, s) for i, s in zip(group.steps, group.shifts, strict=True))))
            steps |= own
    return Isolated(program.with_definitions(tuple(found)), tuple(loops), steps)


def _needed(program: Program, group: Recurrence) -> set[Tensor]:
    """The tensors that are outputs, refuse a call, or are read outside of a recurrence."""
    outside = (definition for definition in program.definitions if definition.tensor not in group.tensors)
    refusing = (refusal.tensor for refusal in program.refusals)
    return {*program.outputs, *refusing, *(tensor for definition in outside for tensor in read(definition))}


def _stepped(group: Recurrence, needed: set[Tensor], names: Names, loop: int) -> tuple[list[Definition], dict[Definition, Step]]:
    """The definitions before a recurrence, and those of one position, in order."""
    members, kept = without_history(group, needed)
    filled, before = {tensor.name for tensor in group.tensors}, list[Definition]()
    made: list[tuple[Definition, Index, int, tuple[Expr, ...]]] = []
    for member, step, shift in zip(members, group.steps, group.shifts, strict=True):
        known: dict[Reduce, Access] = {}
        for conditions, body in cases(member.body, step):
            inside = Inside(step, conditions, filled, before, known)
            for part in _isolated(replace(member, body=body), names, inside):
                filled.add(part.tensor.name)
                made.append((part, step, shift, conditions))
    steps = {part: Step(loop, step, shift, conditions, frozenset(filled), kept) for part, step, shift, conditions in made}
    return [part for definition in before for part in _isolated(definition, names)], steps


def reductions(body: Node) -> list[Reduce]:
    """The reductions in a body, inner ones last."""
    return [node for node in walk(body) if isinstance(node, Reduce)]


def replaced(body: Expr, old: Expr, new: Expr) -> Expr:
    """The body with one node in the place of another."""
    changed: Expr = rewrite(body, lambda node: new if node is old else None)
    return changed


def _isolated(definition: Definition, names: Names, inside: Inside | None = None) -> Iterator[Definition]:
    """The definitions that one becomes, in order."""
    body = definition.body
    if is_system(definition):
        *parts, last = standing_alone(definition, names, inside.index if inside else None)
        for part in parts:
            yield from [part] if is_system(part) else _isolated(part, names, inside)
        yield last
        return
    while (found := _to_hoist(body, definition.indices, inside)) is not None:
        if inside is not None and not inside.holds(found):
            access = computed_before(replace(definition, body=body), found, inside, names)
        else:
            name = names.spare(derived_name(definition.tensor, found.operation))
            reduction = _guarded(found, body)
            free = free_indices(reduction)
            free = free if inside is None else inside.others(inside.ordered(free, definition.indices))
            part = define(name, free, reduction, kind(reduction))
            access = Access(part.tensor, free)
            yield from _isolated(part, names, inside)
        body = replaced(body, found, access)
    for reduction in reductions(body):
        guarded = _guarded(reduction, body)
        body = replaced(body, reduction, guarded)
    yield replace(definition, body=body) if body is not definition.body else definition


def computed_before(definition: Definition, found: Reduce, inside: Inside, names: Names) -> Access:
    """The access to a reduction that needs nothing of the loop, which is computed for all positions.

    `x[t - 1,K] V[K,i]` is taken for all rows of x, so that it is one matrix product.
    """
    reduction = _guarded(found, definition.body)
    along = inside.along(reduction)
    if along is None and inside.conditions and hazards(reduction.body)[reduction.body]:
        reduction = replace(reduction, body=inside.guarded(reduction.body, NEUTRAL[reduction.operation]))
    if reduction not in inside.known:
        moved, index = along or (reduction, inside.index)
        order = [index if own is inside.index else own for own in definition.indices]
        free = inside.ordered((i for i in free_indices(moved) if i is not index), order)
        free = (index, *free) if index in free_indices(moved) else free
        part = define(names.spare(derived_name(definition.tensor, found.operation)), free, moved, kind(moved))
        inside.before.append(part)
        at = inside.position(reduction) if along else index
        inside.known[reduction] = Access(part.tensor, tuple(at if i is index else i for i in free))
    return inside.known[reduction]


def _to_hoist(body: Expr, indices: tuple[Index, ...], inside: Inside | None) -> Reduce | None:
    """An innermost reduction that may not stay where it is, first one that needs nothing of the loop that it is in."""
    found = sorted(reductions(body), key=inside.holds) if inside else reductions(body)
    for reduction in found:
        if reduction.operation not in NEUTRAL:
            raise InternalError("plan", f"{reduction.operation} should have been expanded")
    free = free_indices_of_all(body)
    for reduction in found:
        whole = reduction.operation != "logdet" or reduction is body
        ranging = {*free[reduction], inside.index} == {*indices, inside.index} if inside else {*free[reduction]} == {*indices}
        alone = len(found) == 1 and whole and ranging and (inside is None or inside.holds(reduction))
        if not alone and not reductions(reduction.body):
            return reduction
    return None


def _guarded(reduction: Reduce, body: Expr) -> Reduce:
    """A reduction that takes in nothing where its guard does not hold, if it could be out of bounds there."""
    guard = guards(body)[reduction]
    if guard is None or not hazards(reduction.body)[reduction.body]:
        return reduction
    if isinstance(reduction.body, Select) and reduction.body.condition is guard:
        return reduction
    return replace(reduction, body=Select(guard, reduction.body, NEUTRAL[reduction.operation]))
