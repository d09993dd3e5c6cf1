"""What the chain rule mentions: in go a node and which children are live, out come the children and values its steps speak of.

A node is live where its value depends, differentiably, on a tensor that derivatives are taken by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import cast

from einlang.calculus.rules import passes_on
from einlang.ir.extent import fixed
from einlang.ir.nodes import Abstract, Access, Apply, Div, Expr, Index, Mul, Number, Pow, Reduce, Select, Solve, Stack, Tensor
from einlang.ir.operators import Operator
from einlang.tree import Node, fold, walk


def live_nodes(body: Expr, tensors: Collection[Tensor]) -> set[Node]:
    """The nodes under `body` that depend, differentiably, on one of `tensors`."""

    def visit(node: Node, children: tuple[bool, ...]) -> bool:
        if isinstance(node, Access):
            return node.tensor in tensors and node.tensor.kind == "float"
        passing = passes_on(cast(Expr, node))
        return any(live for child, live in zip(node.children, children, strict=True) if child in passing)

    return {node for node, live in fold(body, visit).items() if live}


def mentioned(node: Expr, flows: Sequence[bool]) -> Collection[int]:
    """The positions of the children that the steps to the children in `flows` mention."""
    match node:
        case Mul():
            return [k for k in range(len(flows)) if any(flows[:k]) or any(flows[k + 1 :])]
        case Div():
            return [0, 1] if flows[1] else [1] if flows[0] else []
        case Pow():
            return [0, 1] if any(flows) else []
        case Apply(operator) if any(flows):
            return [k for k in _in_partials(operator, tuple(flows)) if k < operator.arity]
        case Reduce(operation) if flows[0] and operation != "sum":
            return [0]
        case Abstract(_, positions, _, arguments) if any(flows):
            return range(len(positions), len(positions) + len(arguments))
        case Solve() if any(flows):
            return [0]
        case Stack() if any(flows):
            return [len(flows) - 1]
        case _:
            return []


def mentions_itself(node: Expr) -> bool:
    """Whether the steps from a node mention its own value."""
    match node:
        case Apply(operator):
            return operator.arity in _in_partials(operator, (True,) * operator.arity)
        case Reduce(operation):
            return operation == "logsumexp"
        case Pow(_, exponent):
            return not isinstance(exponent, Number)
        case _:
            return False


@cache
def _in_partials(operator: Operator, flows: tuple[bool, ...]) -> tuple[int, ...]:
    """The arguments, and `arity` for the value, that occur in the partial derivatives by the arguments in `flows`."""
    if operator.partials is None:
        return ()
    stand_ins = [Index(f"x{n}", fixed(1)) for n in range(operator.arity + 1)]
    partials = operator.partials(*stand_ins)
    found = {node for partial, flow in zip(partials, flows, strict=True) if flow for node in walk(partial)}
    return tuple(n for n, stand_in in enumerate(stand_ins) if stand_in in found)


def live_comparisons(body: Expr, live: Collection[Node]) -> set[Node]:
    """The comparisons in the conditions that guard live branches: they are written again for each access below."""
    return {
        node
        for select in walk(body)
        if isinstance(select, Select) and select in live
        for node in walk(select.condition)
        if isinstance(node, Apply) and node.operator.takes == "number" and node.operator.result == "bool"
    }


def shared_nodes(body: Expr) -> set[Node]:
    """The nodes that occur in several places."""
    seen: set[Node] = set()
    return {child for node in walk(body) for child in node.children if child in seen or seen.add(child)}  # type: ignore[func-returns-value]


def own_values(body: Expr) -> set[Expr]:
    """The body, and the branches of it that stand nowhere else: where the derivative speaks of one, it is chosen."""
    found, places = {body: 1}, Counter(child for node in walk(body) for child in node.children)
    waiting = [body]
    while waiting:
        node = waiting.pop()
        for branch in (node.then, node.otherwise) if isinstance(node, Select) and found[node] == max(1, places[node]) else ():
            found[branch] = found.get(branch, 0) + 1
            waiting.append(branch)
    return {node for node, count in found.items() if count == max(1, places[node])}
