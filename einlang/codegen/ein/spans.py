"""Syntax nodes that nobody wrote: in go names and numbers, out come nodes at a place of no file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Literal

from einlang.ir.extent import Extent
from einlang.ir.naming import name_parts
from einlang.ir.program import Bound, Computed
from einlang.ir.reaches import never_negative
from einlang.source import Source, Span
from einlang.syntax import nodes

NOWHERE = Span(Source("", ""), 0, 0)


def tensor_name(text: str) -> nodes.TensorName:
    """A name with its superscripts: `W{2}`, `w'`."""
    word, primes, superscripts = name_parts(text)
    numbers = tuple(number(Fraction(int(n))) for n in re.findall(r"-?\d+", superscripts))
    return nodes.TensorName(f"{word}{primes}", numbers, NOWHERE)


def name(text: str) -> nodes.Name:
    """A bare name."""
    return nodes.Name(tensor_name(text), NOWHERE)


def number(value: Fraction) -> nodes.Expression:
    """A literal: whole, a short decimal, or the quotient of two whole numbers; negative ones have a sign in front."""
    if value < 0:
        return nodes.Negative(number(-value), NOWHERE)
    text = _decimal(value)
    if text is not None:
        return nodes.Number(value, text, NOWHERE)
    above, below = (nodes.Number(Fraction(n), str(n), NOWHERE) for n in (value.numerator, value.denominator))
    return product([(above, False), (below, True)])


def _decimal(value: Fraction) -> str | None:
    """Digits of a number that has at most twelve; a power of ten where that saves more than three zeros."""
    if value.denominator == 1 and value < 10**15:
        return str(value.numerator)
    exponent = 0
    while value and value.denominator == 1 and value % 10 == 0:
        value, exponent = value / 10, exponent + 1
    while value.denominator != 1 and exponent > -400 and value < 10**12:
        value, exponent = value * 10, exponent - 1
    if value.denominator != 1 or value >= 10**12:
        return None
    digits = str(value.numerator)
    if exponent >= 0:
        return f"{digits}e{exponent}" if exponent else digits
    if len(digits) + exponent > -4:
        digits = digits.rjust(1 - exponent, "0")
        return f"{digits[:exponent]}.{digits[exponent:]}"
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{exponent + len(digits) - 1}"


def product(factors: Sequence[tuple[nodes.Expression, bool]]) -> nodes.Expression:
    """Factors, each with whether it divides; side by side where the language lets them stand so."""
    if len(factors) == 1:
        return factors[0][0]
    chain: list[nodes.Factor] = []
    for operand, divides in factors:
        after_slash = bool(chain) and chain[-1].joined == "/"
        signed = isinstance(operand, nodes.Number | nodes.Negative)
        joined: Literal["*", "/", "juxtaposed"] = "juxtaposed"
        if divides:
            joined = "/"
        elif not chain or after_slash or signed:
            joined = "*"
        chain.append(nodes.Factor(joined, operand, NOWHERE))
    return nodes.Product(tuple(chain), NOWHERE)


def additive(terms: Sequence[tuple[bool, nodes.Expression]]) -> nodes.Expression:
    """Terms, each with whether it is subtracted."""
    (negative, first), *rest = terms
    first = _negated(first) if negative else first
    if not rest:
        return first
    others = (nodes.Term("-" if subtracted else "+", operand, NOWHERE) for subtracted, operand in rest)
    return nodes.Additive((nodes.Term("+", first, NOWHERE), *others), NOWHERE)


def _negated(term: nodes.Expression) -> nodes.Expression:
    """The sign in front of a product is its first factor's."""
    if not isinstance(term, nodes.Product):
        return nodes.Negative(term, NOWHERE)
    first, *others = term.factors
    return nodes.Product((nodes.Factor(first.joined, nodes.Negative(first.operand, NOWHERE), NOWHERE), *others), NOWHERE)


def extent(value: Extent, sizes: Mapping[str, nodes.Expression], *, as_number: bool = False) -> nodes.Expression:
    """An extent as arithmetic of sizes: `2*h + 1`; outside brackets `2 h + 1`."""
    terms = []
    for monomial, coefficient in sorted(value.terms, key=lambda term: (term[1] < 0, -len(term[0]), term[0])):
        factors = [sizes[size] for size in monomial]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, number(Fraction(abs(coefficient))))
        starred = nodes.Product(tuple(nodes.Factor("*", factor, NOWHERE) for factor in factors), NOWHERE)
        beside = product([(factor, False) for factor in factors])
        terms.append((coefficient < 0, beside if as_number or len(factors) == 1 else starred))
    return additive(terms) if terms else number(Fraction(0))


def range_of(value: Extent, sizes: Mapping[str, nodes.Expression], *, may_be_negative: bool) -> nodes.Expression:
    """An extent as a range: `n - 1`, or `max(0, n - 1)`."""
    written = extent(value, sizes)
    return written if never_negative(value) or not may_be_negative else call("max", number(Fraction(0)), written)


def plus(term: nodes.Expression, added: int) -> nodes.Expression:
    """`t + 1`."""
    return additive([(False, term), (added < 0, number(Fraction(abs(added))))]) if added else term


def computed_size(found: Computed, sizes: Mapping[str, nodes.Expression]) -> nodes.Expression:
    """`max(0, floor((n - k + 2) / 2))`, the least of its bounds."""

    def rounded(bound: Bound) -> nodes.Expression:
        above = extent(bound.extent, sizes)
        if bound.divisor == 1:
            return above
        above = nodes.Parenthesised(above, NOWHERE) if isinstance(above, nodes.Additive) else above
        return call("floor", product([(above, False), (number(Fraction(bound.divisor)), True)]))

    least = reduce(lambda one, other: call("min", one, other), map(rounded, found.bounds))
    return least if all(never_negative(bound.extent) for bound in found.bounds) else call("max", number(Fraction(0)), least)


def call(function: str, *arguments: nodes.Expression) -> nodes.Expression:
    """`f(a, b)`."""
    return nodes.Call(function, (), (), arguments, NOWHERE)


def size_of_axis(tensor: nodes.TensorName, axis: int) -> nodes.Expression:
    """`size(X, 0)`."""
    return call("size", nodes.Name(tensor, NOWHERE), number(Fraction(axis)))
