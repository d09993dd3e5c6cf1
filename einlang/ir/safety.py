"""What may be computed anywhere: in goes a body, out come the nodes that only stand where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from einlang.ir.bounds import surely_inside
from einlang.ir.nodes import Access, Expr, Select
from einlang.ir.operators import apply
from einlang.tree import Node, fold, walk


def unsafe_nodes(body: Expr) -> set[Node]:
    """The nodes that hold an access which only a branch not taken may keep in bounds: they cannot stand elsewhere."""
    if not any(isinstance(node, Select) for node in walk(body)):
        return set()

    def visit(node: Node, children: tuple[bool, ...]) -> bool:
        return any(children) or (isinstance(node, Access) and not _in_bounds(node))

    return {node for node, unsafe in fold(body, visit).items() if unsafe}


def _in_bounds(access: Access) -> bool:
    return all(surely_inside(s, e) for s, e in zip(access.subscripts, access.tensor.shape, strict=True))


def guarded_nodes(body: Node, guards: Callable[[Expr], bool] = lambda condition: True) -> set[Node]:
    """The nodes that stand only in branches of a `Select` whose condition guards, where an access may be out of bounds."""
    reached: dict[bool, set[Node]] = {False: set(), True: set()}
    stack = [(body, False)]
    while stack:
        current, guarded = stack.pop()
        if current not in reached[guarded]:
            reached[guarded].add(current)
            branches = (current.then, current.otherwise) if isinstance(current, Select) and guards(current.condition) else ()
            stack.extend((child, guarded or child in branches) for child in current.children)
    return reached[True] - reached[False]


def conditions_of_all(body: Expr) -> dict[Node, tuple[Expr, ...] | None]:
    """For each node the conditions under which it stands in a body; None where it stands under different ones."""
    found: dict[Node, tuple[Expr, ...] | None] = {}
    waiting: list[tuple[Expr, tuple[Expr, ...]]] = [(body, ())]
    while waiting:
        node, conditions = waiting.pop()
        known = found.setdefault(node, conditions)
        if known is None or (known is not conditions and known == conditions):
            continue
        if known != conditions:
            found[node] = None
        for child in cast(tuple[Expr, ...], node.children):
            waiting.append((child, (*conditions, *_conditions(node, child))))
    return found


def _conditions(node: Expr, child: Expr) -> tuple[Expr, ...]:
    """Under which further condition a child stands."""
    if not isinstance(node, Select) or child is node.condition or node.then is node.otherwise:
        return ()
    return (node.condition if child is node.then else apply("not", node.condition),)
