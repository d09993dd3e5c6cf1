"""The work of expressions: in go bodies of definitions and sizes, out come the scalar operations that computing them takes.

Every expression is counted once for each position of its free indices, a product under a sum as contracted in pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from einlang.ir.indices import free_indices_of_all
from einlang.ir.measure import count
from einlang.ir.nodes import Expr, Index, Mul, Reduce
from einlang.ir.ordering import contraction_order, order_cost, typical
from einlang.tree import Node, walk


def work(bodies: Iterable[Expr], sizes: Mapping[str, int]) -> int:
    """The operations, and one for each element; sizes that are not known count as typical ones."""
    return sum(sum(_operations(body, sizes)) for body in bodies)


def volume(indices: Iterable[Index], sizes: Mapping[str, int]) -> int:
    """The number of positions of some indices."""
    product = 1
    for index in indices:
        product *= typical(index.extent, sizes)
    return product


def _operations(body: Expr, sizes: Mapping[str, int]) -> Iterator[int]:
    free = free_indices_of_all(body)
    yield volume(free[body], sizes)
    pairwise = {node.body for node in walk(body) if isinstance(node, Reduce) and isinstance(node.body, Mul)}
    for node in walk(body):
        if isinstance(node, Reduce):
            yield volume(dict.fromkeys([*free[node.body], *node.indices]), sizes)
            if node.body in pairwise:
                yield _contraction(node, free, sizes)
        elif node not in pairwise:
            yield count(node, ()) * volume(free[node], sizes)


def _contraction(node: Reduce, free: Mapping[Node, tuple[Index, ...]], sizes: Mapping[str, int]) -> int:
    operands = [free[factor] for factor in node.body.children]
    kept = [index for index in free[node.body] if index not in node.indices]
    return order_cost(operands, kept, contraction_order(operands, kept, sizes), sizes)
