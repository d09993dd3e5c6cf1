"""One reduction a definition: in goes a program, out come definitions whose bodies hold at most one reduction, over no other.

A reduction that does not depend on all indices of the definition it stands in gets a definition of its own: it would be computed
again for each position of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from einlang.errors import InternalError
from einlang.ir.build import number
from einlang.ir.indices import free_indices_of_all
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Expr, Index, Infinity, Mul, Reduce, Select, Zero
from einlang.ir.program import Program
from einlang.plan.guards import guards, hazards
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


def isolate(program: Program) -> Program:
    """The program with further definitions for the reductions that have to stand alone."""
    names = Names.of(program)
    isolated = (part for definition in program.definitions for part in _isolated(definition, names))
    return program.with_definitions(tuple(isolated))


def reductions(body: Node) -> list[Reduce]:
    """The reductions in a body, inner ones last."""
    return [node for node in walk(body) if isinstance(node, Reduce)]


def replaced(body: Expr, old: Expr, new: Expr) -> Expr:
    """The body with one node in the place of another."""
    changed: Expr = rewrite(body, lambda node: new if node is old else None)
    return changed


def _isolated(definition: Definition, names: Names) -> Iterator[Definition]:
    """The definitions that one becomes, in order."""
    body = definition.body
    if is_system(definition):
        *parts, last = standing_alone(definition, names)
        for part in parts:
            yield from [part] if is_system(part) else _isolated(part, names)
        yield last
        return
    while (found := _to_hoist(body, definition.indices)) is not None:
        reduction = _guarded(found, body)
        name = names.spare(derived_name(definition.tensor, reduction.operation))
        part = define(name, free_indices_of_all(reduction)[reduction], reduction, kind(reduction))
        access = Access(part.tensor, free_indices_of_all(reduction)[reduction])
        body = replaced(body, found, access)
        yield from _isolated(part, names)
    for reduction in reductions(body):
        guarded = _guarded(reduction, body)
        body = replaced(body, reduction, guarded)
    yield replace(definition, body=body) if body is not definition.body else definition


def _to_hoist(body: Expr, indices: tuple[Index, ...]) -> Reduce | None:
    """An innermost reduction that may not stay where it is."""
    found = reductions(body)
    for reduction in found:
        if reduction.operation not in NEUTRAL:
            raise InternalError("plan", f"{reduction.operation} should have been expanded")
    free = free_indices_of_all(body)
    for reduction in found:
        whole = reduction.operation != "logdet" or reduction is body
        alone = len(found) == 1 and whole and set(free[reduction]) == set(indices)
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
