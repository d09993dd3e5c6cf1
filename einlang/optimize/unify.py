"""Unification: in goes an expression, out comes one in which reductions that differ in the names of indices are one node.

After it equality of subexpressions is identity: `Σ_I x[I]` and `Σ_J x[J]` are like terms, and common factors.
"""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.equality import keys_of_all
from einlang.ir.nodes import Expr, Index, Reduce, bound_indices
from einlang.optimize.bodies import replaced
from einlang.tree import Node, walk


def unified(body: Expr) -> Expr:
    """The expression with each reduction replaced by the first that is equal to it in the same scope."""
    if sum(isinstance(node, Reduce) for node in walk(body)) < 2:
        return body
    keys = keys_of_all(body)
    first: dict[tuple[Node | None, str, tuple[Index, ...]], Reduce] = {}
    replacements: dict[Node, Expr] = {}
    for node, scope in _reductions(body):
        found = first.setdefault((scope, *keys[node]), node)
        if found is not node:
            replacements[node] = found
    return replaced(body, replacements)


def _reductions(body: Expr) -> Iterator[tuple[Reduce, Node | None]]:
    """The reductions that stand in one scope alone, each with the binder around it."""
    scopes: dict[Node, dict[Node | None, None]] = {body: {None: None}}
    stack: list[tuple[Node, Node | None]] = [(body, None)]
    while stack:
        node, scope = stack.pop()
        inner = node if bound_indices(node) else scope
        for child in reversed(node.children):
            known = scopes.setdefault(child, {})
            if inner not in known:
                known[inner] = None
                stack.append((child, inner))
    yield from ((node, next(iter(found))) for node, found in scopes.items() if isinstance(node, Reduce) and len(found) == 1)
