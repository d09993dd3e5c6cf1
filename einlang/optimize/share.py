"""Common subexpressions: in goes a program, out comes one in which what several places compute is a definition that they share.

Expressions are compared up to the names of their indices, across definitions. Only what is costly to compute is worth storing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from einlang.ir.equality import keys_of_all
from einlang.ir.kinds import kinds_of_all
from einlang.ir.measure import EXPENSIVE, operations_of_all
from einlang.ir.naming import Names
from einlang.ir.nodes import Definition, Expr
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.reuse import reuse
from einlang.tree import Node, walk

ROUNDS = 10
"""So often is looked for expressions that are common inside what is common."""


def share(program: Program) -> Program:
    """The program with definitions for costly expressions that occur in several places, the largest first."""
    names = Names.of(program)
    for _ in range(ROUNDS):
        keys = {definition: _keys_of_costly(definition.body) for definition in program.definitions}
        counts = Counter(key for definition, found in keys.items() for key in _occurrences(definition.body, found))
        repeated = {key for key, count in counts.items() if count > 1}
        if not repeated:
            break
        named = tuple(part for definition, found in keys.items() for part in _named(definition, found, repeated, names))
        program = reuse(program.with_definitions(named))
    return program


def _keys_of_costly(body: Expr) -> dict[Node, str]:
    """The keys of the nodes that are worth storing and may be computed anywhere."""
    costs = operations_of_all(body)
    if costs[body] < EXPENSIVE:
        return {}
    unsafe, kinds = unsafe_nodes(body), kinds_of_all(body)
    keys = keys_of_all(body)
    return {node: keys[node][0] for node in keys if costs[node] >= EXPENSIVE and node not in unsafe and kinds[node] != "bool"}


def _occurrences(body: Expr, found: Mapping[Node, str]) -> Iterator[str]:
    """The keys of the costly nodes, for each place where they stand."""
    if not found:
        return
    places = (child for node in walk(body) for child in node.children)
    yield from (found[node] for node in (body, *places) if node in found)


def _named(definition: Definition, found: Mapping[Node, str], repeated: set[str], names: Names) -> Iterator[Definition]:
    """Definitions for the outermost repeated nodes, each once in the program, and the definition as it was."""
    parts = Parts(definition, names)
    stack: list[Node] = list(definition.body.children) if found else []
    while stack:
        node = stack.pop()
        key = found.get(node)
        if key is None or key not in repeated:
            stack.extend(reversed(node.children))
        elif isinstance(node, Expr):
            parts.name(node)
            repeated.discard(key)
    yield from parts.definitions
    yield definition
