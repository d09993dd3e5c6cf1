"""Grouping: in goes a program, out comes one whose derived products multiply first what depends on few indices.

`a[i] E[i,j] / s[i]` is `(a[i] / s[i]) E[i,j]`: what is in parentheses is computed once for all j. What the user wrote is divided
as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from einlang.ir.build import div, mul, number
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Definition, Div, Expr, Index, Mul, Reduce
from einlang.ir.program import Program
from einlang.optimize.bodies import with_bodies
from einlang.optimize.monomials import Monomial
from einlang.tree import Node, evaluate


def group_factors(program: Program) -> Program:
    """The program with the quotients of derivatives grouped by the indices that their factors carry."""
    return with_bodies(program, lambda d: d.body if d.tensor.declared is not None else _grouped_in(d))


def _grouped_in(definition: Definition) -> Expr:
    """The body with each outermost quotient grouped; sums have an order of their own."""
    if not definition.indices:
        return definition.body

    def visit(node: Node, children: tuple[Node, ...]) -> Node:
        if isinstance(node, Reduce):
            return node
        rebuilt = node.rebuild(children)
        return _grouped(rebuilt) if isinstance(rebuilt, Mul | Div) else rebuilt

    result = evaluate(definition.body, visit)
    assert isinstance(result, Expr)
    return result


def _grouped(node: Mul | Div) -> Expr:
    """The factors that carry the fewest indices first, each group a product of its own."""
    product = Monomial.of(node)
    if not product.below or product.deltas:
        return node
    carried = {base: frozenset(free_indices(base)) for base in (*product.above, *product.below)}
    sets = sorted(dict.fromkeys(carried.values()), key=len)
    if len(sets) < 2:
        return node
    groups = [product.split(_carrying(carried, indices))[0].expr for indices in sets]
    return mul(number(product.coefficient), div(groups[0], number(product.divisor)), *groups[1:])


def _carrying(carried: Mapping[Expr, frozenset[Index]], indices: frozenset[Index]) -> Callable[[Expr], bool]:
    return lambda base: carried[base] == indices
