"""Bodies made ready for text: in goes an expression, out comes one of the same value with fewer δ and smaller sums.

Optimised programs have little of this; text has to be right, and no slower than it must, for others too.
"""

from __future__ import annotations

from collections.abc import Sequence

from einlang.ir.bounds import surely_inside
from einlang.ir.build import ONE, mul, number
from einlang.ir.indices import free_indices, substitute
from einlang.ir.nodes import Delta, Expr, Index, Mul, Number, Reduce, Select, Size, Zero
from einlang.ir.operators import apply
from einlang.tree import Node, rewrite


def tidied(body: Expr) -> Expr:
    """The body, every rule applied where it fits."""
    made: Expr = rewrite(body, _rule)
    return made


def is_zero(expr: Expr) -> bool:
    """Whether an expression is 0 and nothing else."""
    return isinstance(expr, Zero) or (isinstance(expr, Number) and expr.value == 0)


def _rule(node: Node) -> Node | None:
    match node:
        case Delta(Index() as left, right) if left is right:
            return ONE
        case Mul(factors) if ONE in factors:
            return mul(*(factor for factor in factors if factor is not ONE))
        case Reduce("sum", indices, Select(condition, then, nothing)) if is_zero(nothing):
            outside = set(indices).isdisjoint(free_indices(condition))
            return Select(condition, Reduce("sum", indices, then), nothing) if outside else None
        case Reduce("sum", indices, body):
            return _eliminated(indices, body)
        case _:
            return None


def _eliminated(indices: Sequence[Index], body: Expr) -> Expr | None:
    """Σ_i δ[i, e] f(i) = f(e) where e is in the range of i, else 0."""
    factors = body.factors if isinstance(body, Mul) else (body,)
    for place, factor in enumerate(factors):
        solution = _solved(factor, indices) if isinstance(factor, Delta) else None
        if solution is None:
            continue
        index, value = solution
        others = [substitute(other, {index: value}) for other in (*factors[:place], *factors[place + 1 :])]
        rest = tuple(other for other in indices if other is not index)
        found = mul(*others) if others else ONE
        if not surely_inside(value, index.extent):
            inside = apply("and", apply(">=", value, number(0)), apply("<", value, Size(index.extent)))
            found = Select(inside, found, Zero())
        return tidied(Reduce("sum", rest, found)) if rest else found
    return None


def _solved(factor: Delta, indices: Sequence[Index]) -> tuple[Index, Expr] | None:
    """A summed index that is one side of a δ, and the other side, which does not depend on it."""
    for side, other in ((factor.left, factor.right), (factor.right, factor.left)):
        if isinstance(side, Index) and side in indices and side not in free_indices(other):
            return side, other
    return None
