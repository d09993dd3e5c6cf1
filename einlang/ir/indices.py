"""Free indices and substitution: in go expressions, out come their indices, or the expression with indices replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar, cast

from einlang.ir.linear import linear_delta, normal_position
from einlang.ir.nodes import Access, Delta, Expr, Index, bound_indices
from einlang.tree import Node, evaluate, fold

E = TypeVar("E", bound=Expr)


def free_indices(expr: Node) -> tuple[Index, ...]:
    """The indices that occur in `expr` and that nothing inside it binds, by first occurrence."""
    return evaluate(expr, _free)


def free_indices_of_all(root: Node) -> dict[Node, tuple[Index, ...]]:
    """The free indices of every node under `root`, in one traversal."""
    return fold(root, _free)


def _free(expr: Node, children: tuple[tuple[Index, ...], ...]) -> tuple[Index, ...]:
    if isinstance(expr, Index):
        return (expr,)
    found = dict.fromkeys(index for child in children for index in child)
    for index in bound_indices(expr):
        found.pop(index, None)
    return tuple(found)


def fresh(index: Index) -> Index:
    """Another index of the same name and extent."""
    return replace(index)


def renewed(expr: E) -> E:
    """A binder over fresh indices; anything else as it is."""
    own = {index: fresh(index) for index in expr.binds}
    return expr.rebuild([substitute(cast(Expr, child), own) for child in expr.children]).rebound(own) if own else expr


def substitute(expr: Expr, replacements: Mapping[Index, Expr]) -> Expr:
    """`expr` with free indices replaced by whole-number expressions, without capture.

    A bound index that a replacement mentions is renamed; what contains no index to replace is shared, not copied.
    """
    free = free_indices_of_all(expr)
    mentioned = frozenset(index for value in replacements.values() for index in free_indices(value))
    return _substitute(expr, dict(replacements), free, mentioned)


def _substitute(
    expr: Expr, replacements: dict[Index, Expr], free: Mapping[Node, tuple[Index, ...]], mentioned: frozenset[Index]
) -> Expr:
    """Work downwards with an explicit stack; a binder starts a nested scope with its own replacements."""
    results: dict[tuple[Node, int], Expr] = {}
    moves = any(not isinstance(value, Index) for value in replacements.values())
    scopes: list[dict[Index, Expr]] = [replacements]
    inner: dict[tuple[Node, int], int] = {}
    stack: list[tuple[Expr, int, bool]] = [(expr, 0, False)]
    while stack:
        current, scope, expanded = stack.pop()
        if (current, scope) in results:
            continue
        active = scopes[scope]
        if isinstance(current, Index):
            results[current, scope] = active.get(current, current)
        elif not any(index in active for index in free[current]):
            results[current, scope] = current
        elif expanded:
            below = inner.get((current, scope), scope)
            rebuilt = current.rebuild([results[cast(Expr, child), below] for child in current.children])
            own = {index: cast(Index, scopes[below].get(index, index)) for index in bound_indices(current)}
            made = rebuilt.rebound(own) if own else rebuilt
            results[current, scope] = _positioned(made) if moves else made
        else:
            below = scope
            if bound := bound_indices(current):
                renaming = {index: fresh(index) for index in bound if index in mentioned}
                hidden = {k: v for k, v in active.items() if k not in bound}
                if renaming or len(hidden) != len(active):
                    scopes.append({**hidden, **renaming})
                    below = inner[current, scope] = len(scopes) - 1
            stack.append((current, scope, True))
            stack.extend((cast(Expr, child), below, False) for child in reversed(current.children))
    return results[expr, 0]


def _positioned(node: Expr) -> Expr:
    """An access or δ with subscripts in normal form."""
    match node:
        case Access(tensor, subscripts):
            return Access(tensor, tuple(map(normal_position, subscripts)))
        case Delta(left, right):
            return linear_delta(left, right)
        case _:
            return node
