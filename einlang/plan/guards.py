"""Where an expression is computed only sometimes: in goes a body, out comes for each node the condition under which it counts."""

from __future__ import annotations

from einlang.ir.build import number
from einlang.ir.nodes import Access, Delta, Expr, Index, Mul, Number, Select, Stack
from einlang.ir.operators import apply
from einlang.ir.recurrences import offset_of
from einlang.tree import Node, fold

Guards = dict[Node, Expr | None]
"""None: always."""


def guards(body: Expr) -> Guards:
    """The condition under which each node under `body` counts: the branches chosen on some way from the root to it."""
    conditions: Guards = {body: None}
    for node in reversed(list(fold(body, lambda node, _: node))):
        for child, branch in _branches(node):
            _reach(conditions, child, _both(conditions[node], branch))
    return conditions


def _branches(node: Node) -> list[tuple[Node, Expr | None]]:
    """The children of a node, each with what must hold for it to count."""
    match node:
        case Select(condition, then, otherwise):
            return [(condition, None), (then, condition), (otherwise, apply("not", condition))]
        case Stack(entries, position):
            chosen: list[tuple[Node, Expr | None]] = [
                (entry, apply("==", position, number(n))) for n, entry in enumerate(entries) if not isinstance(entry, Number)
            ]
            return [(position, None), *((entry, None) for entry in entries if isinstance(entry, Number)), *chosen]
        case Mul(factors) if any(isinstance(factor, Delta) for factor in factors):
            held: Expr | None = None
            for factor in factors:
                if isinstance(factor, Delta):
                    held = _both(held, apply("==", factor.left, factor.right))
            return [(factor, None if isinstance(factor, Delta) else held) for factor in factors]
        case _:
            return [(child, None) for child in node.children]


def _both(one: Expr | None, other: Expr | None) -> Expr | None:
    if one is None or other is None:
        return one or other
    return one if one is other else apply("and", one, other)


def _reach(conditions: Guards, node: Node, condition: Expr | None) -> None:
    known = conditions.setdefault(node, condition)
    if known is None or condition is None:
        conditions[node] = None
    elif known is not condition:
        conditions[node] = apply("or", known, condition)


def is_hazard(node: Node) -> bool:
    """Whether an access could be out of bounds where its guard does not hold, or where its loops are empty."""
    return isinstance(node, Access) and not all(
        isinstance(subscript, Index) and subscript.extent is extent
        for subscript, extent in zip(node.subscripts, node.tensor.shape, strict=True)
    )


def is_moving(subscript: Expr, step: Index | None) -> bool:
    """Whether a subscript is the position of a loop, or a number of steps away, which conditions keep on the axis."""
    return step is not None and offset_of(subscript, step) is not None


def hazards(body: Expr) -> dict[Node, bool]:
    """For each node under `body`, whether it contains such an access."""
    return fold(body, lambda node, children: is_hazard(node) or any(children))
