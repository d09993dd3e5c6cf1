"""Rules of sums over indices: in goes a `Reduce`, out comes a smaller one of the same value, or None."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from einlang.ir.build import ONE, delta, div, mul, number, select, total
from einlang.ir.deltas import eliminate
from einlang.ir.extent import fixed
from einlang.ir.indices import free_indices, substitute
from einlang.ir.inside import inside_of
from einlang.ir.linear import Linear
from einlang.ir.nodes import Apply, Delta, Div, Expr, Index, Mul, Number, Reduce, Select, Size, Zero
from einlang.ir.operators import apply
from einlang.optimize.monomials import Monomial
from einlang.tree import walk

SMALL = Fraction(1, 10**30)
"""A literal between this and its reciprocal may leave a sum."""


def sum_of_sum(node: Reduce) -> Expr | None:
    """A sum over I of a sum over J is a sum over both; likewise of products, and of the largest and smallest."""
    joins = node.operation not in ("argmax", "argmin", "logdet")
    if not joins or not isinstance(node.body, Reduce) or node.body.operation != node.operation:
        return None
    return Reduce(node.operation, (*node.indices, *node.body.indices), node.body.body)


def sum_of_delta(node: Reduce) -> Expr | None:
    """Σ_i δ[i, j] f(i) = f(j)."""
    product, divisor = (node.body.numerator, node.body.denominator) if isinstance(node.body, Div) else (node.body, ONE)
    factors = product.factors if isinstance(product, Mul) else (product,)
    if node.operation != "sum" or not any(isinstance(factor, Delta) for factor in factors):
        return None
    found = eliminate(node.indices, factors)
    if len(found.indices) == len(node.indices):
        return None
    body = div(mul(*found.factors), substitute(divisor, found.renaming))
    return total(found.indices, _where(found.ranges, body))


def _where(conditions: Sequence[Expr], body: Expr) -> Expr:
    for condition in reversed(conditions):
        body = select(condition, body, Zero())
    return body


def sum_of_multiple(node: Reduce) -> Expr | None:
    """Σ (2 f) = 2 Σ f, where the literal neither overflows nor underflows what it multiplies."""
    match node:
        case Reduce("sum", indices, Mul((Number(value), *others))) if SMALL < abs(value) < 1 / SMALL:
            return mul(number(value), total(indices, mul(*others)))
        case Reduce("sum", indices, Div(Mul((Number(value), *others)), divisor)) if SMALL < abs(value) < 1 / SMALL:
            return mul(number(value), total(indices, div(mul(*others), divisor)))
        case _:
            return None


def sum_of_position(node: Reduce) -> Expr | None:
    """Σ_I (f(I) if I == j else nothing) = f(j)."""
    match node:
        case Reduce("sum", indices, Select(Apply(compared, (left, right)), then, Zero())) if compared.name == "==":
            found = eliminate(indices, [delta(left, right)])
            if len(found.indices) < len(indices):
                return total(found.indices, _where(found.ranges, substitute(then, found.renaming)))
    return None


def sum_of_range(node: Reduce) -> Expr | None:
    """Σ_{I : n} (f(I) if I != 0 else nothing) = Σ_{I : n - 1} f(I + 1): a sum over the positions where something is chosen."""
    match node:
        case Reduce("sum", indices, Select(condition, then, Zero())):
            return _within(indices, condition, then)
        case Reduce("sum", indices, Select(condition, Zero(), otherwise)):
            return _within(indices, apply("not", condition), otherwise)
        case _:
            return None


def _within(indices: Sequence[Index], condition: Expr, chosen: Expr) -> Expr | None:
    for index in indices:
        found = inside_of(condition, index)
        if found is not None:
            first, last = found
            within = Index(index.name, last - first)
            others = [within if other is index else other for other in indices]
            return total(others, substitute(chosen, {index: Linear(((within, fixed(1)),), fixed(first)).expr}))
    return None


def sum_of_constant(node: Reduce) -> Expr | None:
    """Σ_I f = n f where f does not carry I."""
    carried = free_indices(node.body)
    idle = [index for index in node.indices if index not in carried]
    if node.operation != "sum" or not idle:
        return None
    return mul(*(Size(index.extent) for index in idle), total([i for i in node.indices if i not in idle], node.body))


def sum_of_choice(node: Reduce) -> Expr | None:
    """Σ_I (f if c else nothing) = Σ_I f if c else nothing, where c does not carry I."""
    match node:
        case Reduce("sum", indices, Select(condition, then, Zero())) if _idle(condition, indices):
            return select(condition, total(indices, then), Zero())
        case Reduce("sum", indices, Select(condition, Zero(), otherwise)) if _idle(condition, indices):
            return select(condition, Zero(), total(indices, otherwise))
        case _:
            return None


def sum_of_product(node: Reduce) -> Expr | None:
    """Σ_I (c f) = c Σ_I f, where c does not carry I. Wrong where c is infinite and the sum is 0."""
    if node.operation != "sum" or not isinstance(node.body, Mul | Div):
        return None
    inside, outside = Monomial.of(node.body).split(lambda factor: not _idle(factor, node.indices))
    lengths = {base: n for base, n in outside.below.items() if _lengths(base, node.indices)}
    outside = outside.over(Monomial(below=lengths))
    if outside == Monomial() or not (inside.above or inside.below):
        return None
    return mul(outside.expr, total(node.indices, replace(inside, below={**inside.below, **lengths}).expr))


def outside_of_sum(product: Monomial, indices: Collection[Index]) -> Monomial:
    """A product that goes outside of a sum over `indices`: the length n of a range as a divisor becomes max(n, 1).

    Where the range is empty, a sum of terms that are divided by n is 0, and 0 / n would be NaN.
    """
    return replace(product, below={_positive_divisor(base, indices): n for base, n in product.below.items()})


def _positive_divisor(base: Expr, indices: Collection[Index]) -> Expr:
    lengths = _lengths(base, indices)
    if base in lengths:
        return apply("max", base, ONE)
    for length in lengths:
        base = select(apply(">", length, number(0)), base, ONE)
    return base


def _lengths(expr: Expr, indices: Collection[Index]) -> list[Size]:
    """The lengths of the ranges of `indices` that occur in an expression, unless they are known."""
    extents = [index.extent for index in indices if index.extent.constant is None]
    return [node for node in walk(expr) if isinstance(node, Size) and node.extent in extents]


def _idle(expr: Expr, indices: Collection[Index]) -> bool:
    return not any(index in indices for index in free_indices(expr))
