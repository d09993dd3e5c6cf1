"""Products and quotients as one thing: in goes an expression, out comes its coefficient and its bases with whole exponents.

`2 x x / (3 y)` is the coefficient 2 over 3, x to the 2nd above, y to the 1st below. A δ hides what it is multiplied with, so it
is never divided: it stands outside of the quotient, and it is its own square. A power of a whole number stays one base.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from einlang.ir.build import LARGEST, ONE, SMALLEST, div, mul, number, power
from einlang.ir.kinds import kind
from einlang.ir.nodes import Delta, Div, Expr, Mul, Number, Pow

HIGHEST = 16
"""A power of a quotient, up to this one, is a quotient of powers."""


@dataclass(frozen=True, slots=True)
class Monomial:
    """`coefficient · Π above / (divisor · Π below)`."""

    coefficient: Fraction = Fraction(1)
    divisor: Fraction = Fraction(1)
    above: Mapping[Expr, int] = field(default_factory=dict)
    below: Mapping[Expr, int] = field(default_factory=dict)

    @classmethod
    def of(cls, expr: Expr) -> Monomial:
        """The monomial of an expression; one that is no product is its own base."""
        return _monomial(expr)

    @property
    def expr(self) -> Expr:
        """The monomial as an expression: one product over one product, the sign in front."""
        bottom = mul(number(self.divisor), *(power(base, number(n)) for base, n in self.below.items()))
        outside = [base for base in self.above if isinstance(base, Delta)] if bottom is not ONE else []
        inside = (power(base, number(n)) for base, n in self.above.items() if base not in outside)
        sign = number(-1 if self.coefficient < 0 and bottom is not ONE else 1)
        return mul(sign, *outside, div(mul(number(self.coefficient * sign.value), *inside), bottom))

    @property
    def deltas(self) -> list[Expr]:
        """The δ among the factors."""
        return [base for base in self.above if isinstance(base, Delta)]

    @property
    def core(self) -> Expr:
        """The expression without its coefficient: like terms have the same."""
        return replace(self, coefficient=Fraction(1), divisor=Fraction(1)).expr

    @property
    def value(self) -> Fraction:
        """The coefficient over its divisor."""
        return self.coefficient / self.divisor

    def reduced(self) -> Monomial:
        """Bases and numbers that stand above and below cancelled. Wrong where what cancels is zero or infinite."""
        above = {base: n - self.below.get(base, 0) for base, n in self.above.items()}
        below = {base: n - self.above.get(base, 0) for base, n in self.below.items()}
        coefficient, divisor = self.coefficient, self.divisor
        if coefficient.denominator == divisor.denominator == 1 and divisor:
            coefficient, divisor = Fraction((coefficient / divisor).numerator), Fraction((coefficient / divisor).denominator)
        return Monomial(coefficient, divisor, _positive(above), _positive(below))

    def split(self, belongs: Callable[[Expr], bool]) -> tuple[Monomial, Monomial]:
        """The factors that belong, and the others with the coefficient."""
        inside = Monomial(
            above={base: n for base, n in self.above.items() if belongs(base)},
            below={base: n for base, n in self.below.items() if belongs(base)},
        )
        return inside, self.over(inside)

    def common(self, other: Monomial) -> Monomial:
        """The factors of both; the coefficient and divisor where they are the same but for the sign."""
        return Monomial(
            abs(self.coefficient) if self.coefficient and abs(self.coefficient) == abs(other.coefficient) else Fraction(1),
            self.divisor if self.divisor == other.divisor else Fraction(1),
            _shared(self.above, other.above),
            _shared(self.below, other.below),
        )

    def without(self, above: Collection[Expr], below: Collection[Expr] = ()) -> Monomial:
        """The monomial without some of its bases, to whatever power."""
        return replace(
            self,
            above={base: n for base, n in self.above.items() if base not in above},
            below={base: n for base, n in self.below.items() if base not in below},
        )

    def over(self, other: Monomial) -> Monomial:
        """The monomial without the factors of another that divides it."""
        return Monomial(
            self.coefficient / other.coefficient,
            self.divisor / other.divisor,
            _positive({base: n - other.above.get(base, 0) for base, n in self.above.items()}),
            _positive({base: n - other.below.get(base, 0) for base, n in self.below.items()}),
        )


def _shared(left: Mapping[Expr, int], right: Mapping[Expr, int]) -> dict[Expr, int]:
    return {base: min(n, right[base]) for base, n in left.items() if base in right}


def _positive(exponents: Mapping[Expr, int]) -> dict[Expr, int]:
    return {base: n for base, n in exponents.items() if n > 0}


def _monomial(expr: Expr) -> Monomial:
    """Nested products, quotients and whole powers taken apart, first factors first."""
    numbers = {True: Fraction(1), False: Fraction(1)}
    bases: dict[bool, dict[Expr, int]] = {True: {}, False: {}}
    stack = [(expr, 1)]
    while stack:
        node, exponent = stack.pop()
        match node:
            case Mul(factors) if not is_whole_power(node):
                stack.extend((factor, exponent) for factor in reversed(factors))
            case Div(numerator, denominator):
                stack += [(denominator, -exponent), (numerator, exponent)]
            case Number(value) if (value or exponent > 0) and _folds(numbers[exponent > 0], value ** abs(exponent)):
                numbers[exponent > 0] *= value ** abs(exponent)
            case Delta():
                bases[exponent > 0][node] = 1
            case Pow(Div() as quotient, Number(power_of)) if power_of.denominator == 1 and 0 < abs(power_of) <= HIGHEST:
                stack.append((quotient, exponent * int(power_of)))
            case Pow(base, Number(power_of)) if power_of.denominator == 1:
                _count(bases, base, exponent * int(power_of))
            case _:
                _count(bases, node, exponent)
    return Monomial(numbers[True], numbers[False], bases[True], bases[False])


def is_whole_power(node: Mul) -> bool:
    """Whether a factor of a whole number stands in it twice: as a power it would be no whole number, and no position."""
    if len(set(node.factors)) == len(node.factors) or any(isinstance(factor, Delta) for factor in node.factors):
        return False
    return kind(node) == "int"


def _count(bases: Mapping[bool, dict[Expr, int]], base: Expr, exponent: int) -> None:
    counted = bases[exponent > 0]
    counted[base] = counted.get(base, 0) + abs(exponent)


def _folds(left: Fraction, right: Fraction) -> bool:
    """Whether float32 can hold two literals and their product."""
    return all(value == 0 or SMALLEST <= abs(value) <= LARGEST for value in (left, right, left * right))
