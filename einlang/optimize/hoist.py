"""Hoisting: in goes a program, out comes one in which what is costly and the same for all positions of an index is computed once.

`sum[K](exp(A[i,K]) B[K,j])` would take exponentials for each j; they become a definition over i and k.
"""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.indices import free_indices_of_all
from einlang.ir.kinds import kind
from einlang.ir.measure import EXPENSIVE, REDUCTION, operations_of_all
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Definition, Expr, Index, Size
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.bodies import replaced, with_body
from einlang.tree import Node, walk


def hoist(program: Program) -> Program:
    """The program with definitions for what would be computed again and again."""
    names = Names.of(program)
    return program.with_definitions(tuple(part for d in program.definitions for part in _hoisted(d, names)))


def _hoisted(definition: Definition, names: Names) -> list[Definition]:
    costs = operations_of_all(definition.body)
    if costs[definition.body] < EXPENSIVE:
        return [definition]
    parts = Parts(definition, names)
    found: dict[Node, Expr] = {node: parts.name(node) for node in _repeated(definition, costs)}
    return [*parts.definitions, with_body(definition, replaced(definition.body, found))]


def _repeated(definition: Definition, costs: dict[Node, int]) -> Iterator[Expr]:
    """The outermost costly nodes that do not carry all indices that range where they stand."""
    free, unsafe = free_indices_of_all(definition.body), unsafe_nodes(definition.body)
    seen: set[Node] = set()
    stack: list[tuple[Node, frozenset[Index]]] = [(definition.body, frozenset(definition.indices))]
    while stack:
        node, scope = stack.pop()
        if node in seen or costs[node] < EXPENSIVE:
            continue
        seen.add(node)
        assert isinstance(node, Expr)
        if len(free[node]) < len(scope) and costs[node] < REDUCTION and node not in unsafe and _is_worthwhile(node):
            yield node
        else:
            inner = scope | frozenset(node.binds)
            stack.extend((child, inner) for child in reversed(node.children))


def _is_worthwhile(node: Expr) -> bool:
    """Numbers alone are worked out by a C compiler."""
    return kind(node) != "bool" and any(isinstance(part, Access | Index | Size) for part in walk(node))
