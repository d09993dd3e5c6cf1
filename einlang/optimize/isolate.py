"""One reduction a definition: in goes a program, out comes one whose bodies have at most one reduction, over no other.

A reduction that does not carry all indices of its definition would be computed again for each position of the others, so it too
gets a definition of its own. What only a branch not taken keeps in bounds stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.indices import free_indices_of_all
from einlang.ir.naming import Names
from einlang.ir.nodes import Definition, Expr, Reduce
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.bodies import replaced, with_body
from einlang.tree import Node, fold


def isolate_reductions(program: Program) -> Program:
    """The program with definitions for the reductions that cannot stay where they are."""
    names = Names.of(program)
    return program.with_definitions(tuple(part for d in program.definitions for part in _isolated(d, names)))


def _isolated(definition: Definition, names: Names) -> Iterator[Definition]:
    parts = Parts(definition, names)
    body = definition.body
    while found := _misplaced(body, definition):
        body = replaced(body, {node: parts.name(node) for node in found})
    return iter([*parts.definitions, with_body(definition, body)])


def _misplaced(body: Expr, definition: Definition) -> list[Reduce]:
    """The innermost reductions, but for one that may stay."""
    depths = fold(body, _depth)
    innermost = [node for node, depth in depths.items() if isinstance(node, Reduce) and depth == 1]
    if not innermost:
        return []
    unsafe = unsafe_nodes(body)
    movable = [node for node in innermost if node not in unsafe]
    if depths[body] > 1:
        return movable
    free = free_indices_of_all(body)
    staying = next((node for node in innermost if set(free[node]) == set(definition.indices) or node in unsafe), None)
    return [node for node in movable if node is not staying]


def _depth(node: Node, children: tuple[int, ...]) -> int:
    """How many reductions stand inside one another, at most."""
    return max(children, default=0) + isinstance(node, Reduce)
