"""Reuse: in goes a program, out comes one in which what a definition holds already is read from there, not computed again.

So the derivative of softmax is written with the softmax: `exp(Z[i,j] - lse[i])` is `P[i,j]`. Expressions are compared up to the
names of their indices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from einlang.ir.equality import keys_of_all
from einlang.ir.indices import substitute
from einlang.ir.kinds import kind
from einlang.ir.measure import CHEAP, operations_of_all
from einlang.ir.nodes import Access, Definition, Expr, Index
from einlang.ir.program import Program
from einlang.optimize.bodies import replaced, with_body
from einlang.tree import Node

Keys = Mapping[Node, tuple[str, tuple[Index, ...]]]
"""For each node its key, and its free indices in the order in which they occur."""


def reuse(program: Program) -> Program:
    """The program with costly expressions that are the body of an earlier definition replaced by an access to it."""
    library = Library()
    return program.with_definitions(tuple(library.rewritten(definition) for definition in program.definitions))


class Library:
    """What definitions hold, by the keys of their bodies."""

    def __init__(self) -> None:
        self._shelves: dict[str, tuple[Access, tuple[Index, ...]]] = {}

    def rewritten(self, definition: Definition) -> Definition:
        """The definition over what is known, and known from now on itself, as it was and as it is now."""
        costs = operations_of_all(definition.body)
        if costs[definition.body] <= CHEAP:
            return definition
        keys = keys_of_all(definition.body)
        changed = with_body(definition, replaced(definition.body, dict(self._found(definition.body, costs, keys))))
        self._add(definition, keys)
        if changed is not definition:
            self._add(changed, keys_of_all(changed.body))
        return changed

    def occurrences(self, body: Expr) -> dict[Node, Expr]:
        """The outermost nodes of an expression that are known, and what they are replaced by."""
        return dict(self._found(body, operations_of_all(body), keys_of_all(body)))

    def _found(self, body: Expr, costs: Mapping[Node, int], keys: Keys) -> Iterator[tuple[Node, Expr]]:
        """The outermost nodes that are known, and what they are replaced by."""
        stack: list[Node] = [body]
        while stack:
            node = stack.pop()
            key, free = keys[node]
            if costs[node] > CHEAP and key in self._shelves:
                access, order = self._shelves[key]
                yield node, substitute(access, dict(zip(order, free, strict=True)))
            else:
                stack.extend(node.children)

    def _add(self, definition: Definition, keys: Keys) -> None:
        key, free = keys[definition.body]
        rounds_off = definition.tensor.kind == "float" and kind(definition.body) == "int"
        if not isinstance(definition.body, Access) and set(free) == set(definition.indices) and not rounds_off:
            self._shelves.setdefault(key, (Access(definition.tensor, definition.indices), free))
