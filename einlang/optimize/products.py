"""Rules of products, quotients, powers and operators: in goes a node, out comes a simpler one of the same value, or None."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from einlang.ir.build import add, delta, div, mul, neg, number, power, reduce, select
from einlang.ir.kinds import kind
from einlang.ir.measure import is_constant
from einlang.ir.nodes import Add, Apply, Delta, Div, Expr, Mul, Number, Pow, Reduce, Select, Size, Zero
from einlang.ir.operators import apply
from einlang.optimize.monomials import Monomial


def as_built(node: Expr) -> Expr | None:
    """x · 1 = x, (a b) c = a b c, x + 0 = x and 0 x = 0 where 0 is structurally zero: all that the builders do."""
    match node:
        case Mul(factors):
            made = mul(*factors)
        case Add(terms):
            made = add(*terms)
        case Div(numerator, denominator):
            made = div(numerator, denominator)
        case Pow(base, exponent):
            made = power(base, exponent)
        case Reduce(operation, indices, body):
            made = reduce(operation, indices, body)
        case Select(condition, then, otherwise):
            made = select(condition, then, otherwise)
        case _:
            return None
    return None if made is node else made


def powers_of_factors(node: Mul) -> Expr | None:
    """x x = x^2 and x^2 x = x^3; but a product of whole numbers is one too, and may be a position, which no power is."""
    exponents: dict[Expr, Fraction] = {}
    for factor in node.factors:
        base, exponent = _whole_power(factor)
        exponents[base] = exponents.get(base, Fraction(0)) + exponent
    if len(exponents) == len(node.factors):
        return None
    if kind(node) == "int":
        made = mul(*(base for base, n in exponents.items() for _ in range(1 if isinstance(base, Delta) else int(n))))
        return None if made is node else made
    return mul(*(base if isinstance(base, Delta) else power(base, Number(n)) for base, n in exponents.items()))


def _whole_power(factor: Expr) -> tuple[Expr, Fraction]:
    """A factor as a base and a positive whole exponent."""
    match factor:
        case Pow(base, Number(exponent)) if _counts(exponent):
            return base, exponent
        case _:
            return factor, Fraction(1)


def power_of_power(node: Pow) -> Expr | None:
    """(x^2)^3 = x^6, and (-x)^2 = x^2."""
    match node:
        case Pow(Pow(base, Number(inner)), Number(outer)) if _counts(inner) and _counts(outer):
            return power(base, number(inner * outer))
        case Pow(Mul((Number(value), *others)), Number(exponent)) if value == -1 and exponent.denominator == 1:
            body = power(mul(*others), node.exponent)
            return body if exponent % 2 == 0 else mul(number(-1), body)
        case _:
            return None


def _counts(exponent: Fraction) -> bool:
    return exponent.denominator == 1 and exponent > 0


def delta_of_quotient(node: Div) -> Expr | None:
    """(δ[i,j] a) / b = δ[i,j] (a / b): δ hides what it is multiplied with, so it is never divided."""
    factors = node.numerator.factors if isinstance(node.numerator, Mul) else (node.numerator,)
    deltas = [factor for factor in factors if isinstance(factor, Delta)]
    if not deltas:
        return None
    return mul(*deltas, div(mul(*(factor for factor in factors if factor not in deltas)), node.denominator))


def canonical_quotient(node: Mul | Div | Pow) -> Expr | None:
    """(a / b) c / d = a c / (b d), and what stands above and below cancels. Wrong where that is zero or infinite."""
    if isinstance(node, Pow) and not (
        isinstance(node.exponent, Number) and (node.exponent.value < 0 or isinstance(node.base, Div))
    ):
        return None
    canonical = Monomial.of(node).reduced().expr
    return None if canonical is node else canonical


def sign_of_quotient(node: Div) -> Expr | None:
    """(-a) / b = -(a / b)."""
    match node.numerator:
        case Number(value) if value < 0:
            return neg(div(number(-value), node.denominator))
        case Mul((Number(value), *others)) if value < 0:
            return neg(div(mul(number(-value), *others), node.denominator))
        case _:
            return None


def roots_of_constants(node: Mul) -> Expr | None:
    """sqrt(2) sqrt(pi) = sqrt(2 pi)."""
    roots = [factor for factor in node.factors if _is_root(factor) and is_constant(factor)]
    if len(roots) < 2:
        return None
    others = [factor for factor in node.factors if factor not in roots]
    return mul(*others, apply("sqrt", mul(*(argument for root in roots for argument in root.children))))  # type: ignore[arg-type]


def power_of_root(node: Pow) -> Expr | None:
    """sqrt(x)^2 = x, and sqrt(x)^6 = x^3. Wrong where x is negative."""
    match node:
        case Pow(Apply(operator, (inner,)), Number(exponent)) if operator.name == "sqrt" and _counts(exponent / 2):
            return power(inner, number(exponent / 2))
        case _:
            return None


def _is_root(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.operator.name == "sqrt"


KNOWN_VALUES: dict[tuple[str, int], int] = {
    ("exp", 0): 1,
    ("log", 1): 0,
    ("log1p", 0): 0,
    ("expm1", 0): 0,
    ("sqrt", 0): 0,
    ("sqrt", 1): 1,
    ("sin", 0): 0,
    ("cos", 0): 1,
    ("tan", 0): 0,
    ("sinh", 0): 0,
    ("cosh", 0): 1,
    ("tanh", 0): 0,
    ("asin", 0): 0,
    ("atan", 0): 0,
    ("erf", 0): 0,
}
"""Values of functions that are exact."""

LITERALS: dict[str, Callable[..., Fraction]] = {
    "abs": abs,
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "max": max,
    "min": min,
}
"""Operators that are worked out on literals."""


def literal_operator(node: Apply) -> Expr | None:
    """exp(0) = 1, max(2, 3) = 3."""
    values = [argument.value for argument in node.arguments if isinstance(argument, Number)]
    if len(values) < len(node.arguments):
        return None
    if node.operator.name in LITERALS:
        return number(LITERALS[node.operator.name](*values))
    known = KNOWN_VALUES.get((node.operator.name, int(values[0]))) if values[0].denominator == 1 else None
    return None if known is None else number(known)


def zero_argument(node: Apply | Pow) -> Expr | None:
    """To a function structural zero is the number 0."""
    if not any(isinstance(child, Zero) for child in node.children):
        return None
    return node.rebuild([number(0) if isinstance(child, Zero) else child for child in node.children])


FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def literal_last(node: Apply) -> Expr | None:
    """0 < x is written x > 0."""
    match node.arguments:
        case (Number(), right) if node.operator.name in FLIPPED and not isinstance(right, Number):
            return apply(FLIPPED[node.operator.name], right, node.arguments[0])
        case _:
            return None


def literal_delta(node: Delta) -> Expr | None:
    """δ[i,i] is 1; δ[0,i] is written δ[i,0]."""
    decided = delta(node.left, node.right)
    if decided is not node:
        return decided
    return delta(node.right, node.left) if isinstance(node.left, Number) else None


def literal_size(node: Size) -> Expr | None:
    """The size of an axis that is 5 long is 5."""
    return None if node.extent.constant is None else number(node.extent.constant)
