"""Builders that simplify: in go expressions, out comes an expression of the same value, smaller where that is exact.

Only what holds for every float, NaN and infinity included, is done here; structural zeros (`Zero`) prune.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from einlang.ir.nodes import Access, Add, Delta, Div, Expr, Index, Mul, Number, Pow, Reduce, ReductionName, Select, Tensor, Zero

ONE = Number(Fraction(1))
MINUS_ONE = Number(Fraction(-1))
SMALLEST, LARGEST = Fraction(1, 2**126), Fraction(2**127)
"""Between these float32 neither overflows nor underflows; literals are folded only where they and the result lie there."""


def number(value: int | Fraction) -> Number:
    """A literal."""
    return Number(Fraction(value))


def access(tensor: Tensor, subscripts: Sequence[Expr]) -> Access:
    """`tensor[subscripts]`."""
    return Access(tensor, tuple(subscripts))


def add(*terms: Expr) -> Expr:
    """The sum, flattened, structural zeros dropped, numbers folded where both are literals side by side."""
    kept: list[Expr] = []
    for term in (flat for t in terms for flat in (t.terms if isinstance(t, Add) else (t,))):
        if isinstance(term, Zero):
            continue
        last = kept[-1] if kept else None
        if isinstance(term, Number) and isinstance(last, Number) and _folds(term.value, last.value, term.value + last.value):
            kept[-1] = Number(last.value + term.value)
        else:
            kept.append(term)
    return Zero() if not kept else kept[0] if len(kept) == 1 else Add(tuple(kept))


def mul(*factors: Expr) -> Expr:
    """The product, flattened, its literal coefficient folded and put first; zero where a factor is structurally zero."""
    coefficient = Fraction(1)
    kept: list[Expr] = []
    for factor in (flat for f in factors for flat in (f.factors if isinstance(f, Mul) else (f,))):
        if isinstance(factor, Zero):
            return Zero()
        if isinstance(factor, Number) and _multiply(coefficient, factor.value):
            coefficient *= factor.value
        else:
            kept.append(factor)
    if coefficient != 1 or not kept:
        kept.insert(0, Number(coefficient))
    return kept[0] if len(kept) == 1 else Mul(tuple(kept))


def neg(operand: Expr) -> Expr:
    """`-operand`."""
    return mul(MINUS_ONE, operand)


def sub(left: Expr, right: Expr) -> Expr:
    """`left - right`."""
    return add(left, neg(right))


def div(numerator: Expr, denominator: Expr) -> Expr:
    """The quotient; a literal quotient is folded, a structurally zero numerator stays zero."""
    if isinstance(numerator, Zero):
        return numerator
    if isinstance(denominator, Number) and denominator.value == 1:
        return numerator
    if isinstance(numerator, Number) and isinstance(denominator, Number) and denominator.value != 0:
        quotient = numerator.value / denominator.value
        if _folds(numerator.value, denominator.value, quotient):
            return Number(quotient)
    return Div(numerator, denominator)


def power(base: Expr, exponent: Expr) -> Expr:
    """`base ^ exponent`; exponent 1 gives the base, exponent 0 gives 1 (as IEEE 754's pow does)."""
    if isinstance(exponent, Number):
        if exponent.value == 1:
            return base
        if exponent.value == 0:
            return ONE
        small = exponent.value.denominator == 1 and abs(exponent.value) <= 64
        if isinstance(base, Number) and small and (base.value != 0 or exponent.value > 0):
            value = base.value ** int(exponent.value)
            if _folds(base.value, value):
                return Number(value)
    return Pow(base, exponent)


def delta(left: Expr, right: Expr) -> Expr:
    """`δ[left, right]`; 1 where both are the same expression, decided where both are literals."""
    if left is right:
        return ONE
    if isinstance(left, Number) and isinstance(right, Number):
        return ONE if left.value == right.value else Zero()
    return Delta(left, right)


def select(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """`then if condition else otherwise`."""
    return then if then is otherwise else Select(condition, then, otherwise)


def reduce(operation: ReductionName, indices: Sequence[Index], body: Expr) -> Expr:
    """The reduction; over no index the body itself; a sum of structural zero is zero."""
    if not indices or (operation == "sum" and isinstance(body, Zero)):
        return body
    return Reduce(operation, tuple(indices), body)


def total(indices: Sequence[Index], body: Expr) -> Expr:
    """The sum of `body` over `indices`."""
    return reduce("sum", indices, body)


def _folds(*values: Fraction) -> bool:
    return all(value == 0 or SMALLEST <= abs(value) <= LARGEST for value in values)


def _multiply(left: Fraction, right: Fraction) -> bool:
    """Whether two literal factors may become one: a sign may always."""
    return abs(left) == 1 or abs(right) == 1 or _folds(left, right, left * right)
