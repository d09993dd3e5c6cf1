"""Rules of sums of terms: in goes an `Add`, out comes one with like terms collected or common factors taken out, or None."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from functools import reduce

from einlang.ir.build import ONE, add, div, mul, neg, number, select, total
from einlang.ir.equality import key
from einlang.ir.indices import free_indices
from einlang.ir.linear import linear
from einlang.ir.measure import REDUCTION, operations
from einlang.ir.nodes import Add, Div, Expr, Index, Mul, Number, Reduce, Select
from einlang.optimize.monomials import Monomial


def like_terms(node: Add) -> Expr | None:
    """2 x + 3 x = 5 x, where all have one sign: ∞ - ∞ stays what it is."""
    return _collected(node, lambda values: all(v > 0 for v in values) or all(v < 0 for v in values))


def opposite_terms(node: Add) -> Expr | None:
    """3 x - 2 x = x and x - x = 0: wrong where x is infinite."""
    return _collected(node, lambda values: True)


def terms_of_choice(node: Add) -> Expr | None:
    """(f if c else nothing) + (nothing if c else g) = f if c else g."""
    groups: dict[Expr, list[Expr]] = {}
    for term in node.terms:
        groups.setdefault(term.condition if isinstance(term, Select) else term, []).append(term)
    if not any(len(group) > 1 and isinstance(group[0], Select) for group in groups.values()):
        return None
    return add(*(_one_choice(group) for group in groups.values()))


def _one_choice(group: Sequence[Expr]) -> Expr:
    choices = [term for term in group if isinstance(term, Select)]
    if len(choices) < 2:
        return add(*group)
    return select(choices[0].condition, add(*(c.then for c in choices)), add(*(c.otherwise for c in choices)))


def _collected(node: Add, may_join: Callable[[Sequence[Fraction]], bool]) -> Expr | None:
    free = free_indices(node)
    groups: dict[Hashable, list[tuple[Fraction, Expr, Expr]]] = {}
    for term in node.terms:
        value, core = coefficient(term)
        groups.setdefault(_identity(core, free), []).append((value, core, term))
    terms = [term for group in groups.values() for term in _joined(group, may_join)]
    return add(*terms) if len(terms) < len(node.terms) else None


def _joined(group: Sequence[tuple[Fraction, Expr, Expr]], may_join: Callable[[Sequence[Fraction]], bool]) -> list[Expr]:
    values = [value for value, _, _ in group]
    core = group[0][1]
    if len(group) == 1 or not (core is ONE or may_join(values)):
        return [term for _, _, term in group]
    value = sum(values, Fraction(0))
    return [mul(number(value), core)] if value else []


def _identity(core: Expr, free: Sequence[Index]) -> Hashable:
    """What equal cores share: a reduction is the same whatever its index is called, a product in whatever order."""
    if operations(core) >= REDUCTION:
        return key(core, free)
    product = Monomial.of(core)
    return frozenset(product.above.items()), frozenset(product.below.items())


def coefficient(term: Expr) -> tuple[Fraction, Expr]:
    """A term as a literal times the rest."""
    match term:
        case Number(value):
            return value, ONE
        case Mul((Number(), Div())) | Div():
            monomial = Monomial.of(term)
            return monomial.value, monomial.core
        case Mul((Number(value), *others)):
            return value, mul(*others)
        case _:
            return Fraction(1), term


def opposite_product(node: Mul) -> Expr | None:
    """-(a - b) = b - a, where that takes fewer signs; a (-b - c) = -a (b + c)."""
    negative = isinstance(node.factors[0], Number) and node.factors[0].value < 0
    for place, factor in enumerate(node.factors):
        if isinstance(factor, Add):
            signs = sum(coefficient(term)[0] < 0 for term in factor.terms)
            if signs == len(factor.terms) or (negative and 2 * signs >= len(factor.terms)):
                return neg(mul(*node.factors[:place], opposite(factor), *node.factors[place + 1 :]))
        elif negative and isinstance(factor, Reduce) and factor.operation == "sum":
            turned = _turned(factor.body)
            if turned is not None:
                return neg(mul(*node.factors[:place], total(factor.indices, turned), *node.factors[place + 1 :]))
    return None


def opposite(node: Add) -> Expr:
    """-(a - b) as b - a."""
    return _leading(add(*(neg(term) for term in node.terms)))


def _turned(body: Expr) -> Expr | None:
    """-body for a product of x - 1, which is written with 1 - x."""
    product = body.numerator if isinstance(body, Div) else body
    for place, factor in enumerate(product.factors if isinstance(product, Mul) else ()):
        if isinstance(factor, Add) and any(isinstance(term, Number) and term.value < 0 for term in factor.terms):
            assert isinstance(product, Mul)
            turned = mul(*product.factors[:place], opposite(factor), *product.factors[place + 1 :])
            return div(turned, body.denominator) if isinstance(body, Div) else turned
    return None


def positive_first(node: Add) -> Expr | None:
    """-a + b = b - a."""
    leading = _leading(node)
    return None if leading is node else leading


def _leading(node: Expr) -> Expr:
    if not isinstance(node, Add) or coefficient(node.terms[0])[0] > 0:
        return node
    positive = [term for term in node.terms if coefficient(term)[0] > 0]
    return add(positive[0], *(term for term in node.terms if term is not positive[0])) if positive else node


def common_factors(node: Add) -> Expr | None:
    """a b + a c = a (b + c), where that takes fewer operations. Wrong where a is infinite and b + c is 0.

    Positions stay sums of multiples, the one form that they have.
    """
    if linear(node) is not None:
        return None
    monomials = [Monomial.of(term) for term in node.terms]
    common = reduce(Monomial.common, monomials)
    if not (common.above or common.below or common.coefficient != 1 or common.divisor != 1):
        return None
    rest = _leading(add(*(monomial.over(common).expr for monomial in monomials)))
    factored = Monomial.of(mul(common.expr, rest)).expr
    as_long = 0 if any(set(monomial.over(common).above) & set(common.above) for monomial in monomials) else 1
    return factored if operations(factored) < operations(node) + as_long else None


MOST_TERMS = 16
"""So many terms a product is multiplied out to."""


def multiplied_out(node: Add | Mul | Div) -> Expr | None:
    """p (1 - y) - y (1 - p) = p - y: products of sums multiplied out, where that takes fewer operations in the end."""
    if not _has_sum_inside(node):
        return None
    terms = _polynomial(node)
    if terms is None:
        return None
    plain = add(*(monomial.expr for monomial in terms))
    collected = opposite_terms(plain) if isinstance(plain, Add) else None
    shorter = plain if collected is None else collected
    factored = common_factors(shorter) if isinstance(shorter, Add) else None
    shortest = shorter if factored is None else factored
    return shortest if operations(shortest) < operations(node) else None


def _has_sum_inside(node: Add | Mul | Div) -> bool:
    """Whether there is a product of a sum, among few terms."""
    terms = node.terms if isinstance(node, Add) else (node,)
    if len(terms) > MOST_TERMS:
        return False
    return any(isinstance(base, Add) for term in terms if isinstance(term, Mul | Div) for base in Monomial.of(term).above)


def _polynomial(node: Expr) -> list[Monomial] | None:
    """The terms of a sum of products, those of the sums among their factors multiplied out; None where they are many."""
    pending, found = [Monomial.of(term) for term in (node.terms if isinstance(node, Add) else (node,))], list[Monomial]()
    while pending:
        monomial = pending.pop(0).reduced()
        inner = next((base for base, n in monomial.above.items() if isinstance(base, Add) and n == 1), None)
        if inner is None:
            found.append(monomial)
        else:
            assert isinstance(inner, Add)
            rest = monomial.over(Monomial(above={inner: 1})).expr
            pending[:0] = [Monomial.of(mul(rest, term)) for term in inner.terms]
        if len(pending) + len(found) > MOST_TERMS:
            return None
    return found
