"""Matching up to renaming: in go a pattern and an expression, out comes what the pattern's indices stand for, or None."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from einlang.ir.nodes import Expr, Index, bound_indices
from einlang.tree import Node

Binding = Mapping[Index, Expr]
"""What each index of a pattern stands for."""


def match(pattern: Expr, expr: Expr, binding: Binding, summed: Collection[Index] = ()) -> Binding | None:
    """The binding, extended so that the pattern is the expression; an index of `summed` stands for an index of its range."""
    found = dict(binding)
    stack: list[tuple[Node, Node]] = [(pattern, expr)]
    while stack:
        left, right = stack.pop()
        if isinstance(left, Index):
            fits = isinstance(right, Index) and right.extent is left.extent if left in summed else isinstance(right, Expr)
            if not fits or found.setdefault(left, right) is not right:  # type: ignore[arg-type]
                return None
        elif left is not right:
            if not _same_head(left, right):
                return None
            stack.extend(zip(left.children, right.children, strict=True))
    return found


def matches(
    patterns: Sequence[Expr], exprs: Sequence[Expr], summed: Collection[Index] = (), binding: Binding | None = None
) -> Iterator[tuple[Binding, list[Expr]]]:
    """The ways in which each pattern is another of the expressions: what the indices stand for, and the expressions."""
    stack: list[tuple[Binding, list[Expr]]] = [(binding or {}, [])]
    while stack:
        known, taken = stack.pop()
        if len(taken) == len(patterns):
            yield known, taken
            continue
        for expr in reversed(exprs):
            found = None if expr in taken else match(patterns[len(taken)], expr, known, summed)
            if found is not None:
                stack.append((found, [*taken, expr]))


def _same_head(left: Node, right: Node) -> bool:
    """Whether two nodes differ in their children alone; binders are compared whole, not looked into."""
    if type(left) is not type(right) or bound_indices(left) or len(left.children) != len(right.children):
        return False
    return all(
        getattr(left, name) == getattr(right, name)
        for name in left.field_names
        if name in left.atoms or not _holds_nodes(getattr(left, name))
    )


def _holds_nodes(value: object) -> bool:
    return isinstance(value, Node) or (isinstance(value, tuple) and any(_holds_nodes(item) for item in value))
