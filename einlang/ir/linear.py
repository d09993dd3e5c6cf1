"""Linear subscripts: in goes an expression in tensor IR, out comes it as whole multiples of indices and a constant, or None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from einlang.ir.build import ONE, add, delta, mul, neg, number
from einlang.ir.extent import Extent, Monomial, fixed
from einlang.ir.nodes import Add, Expr, Index, Mul, Number, Size, Zero
from einlang.tree import Node, evaluate, rewrite

MOST_TERMS = 1000


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of `multiples`, each an index and what it is multiplied with, and of `constant`."""

    multiples: tuple[tuple[Index, Extent], ...]
    constant: Extent

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices that it depends on."""
        return tuple(index for index, _ in self.multiples)

    @property
    def index(self) -> Index | None:
        """The index that it is, None where it is more than that."""
        alone = len(self.multiples) == 1 and not self.constant.terms and self.multiples[0][1] is fixed(1)
        return self.multiples[0][0] if alone else None

    def __add__(self, other: Linear) -> Linear:
        factors = dict(self.multiples)
        for index, factor in other.multiples:
            factors[index] = factors.get(index, fixed(0)) + factor
        return Linear(tuple((i, factor) for i, factor in factors.items() if factor.terms), self.constant + other.constant)

    @property
    def parted(self) -> tuple[Linear, Linear]:
        """What is subtracted, and what is added."""
        parts = [
            Linear(
                tuple((i, _signed(f, sign)) for i, f in self.multiples if _signed(f, sign).terms), _signed(self.constant, sign)
            )
            for sign in (-1, 1)
        ]
        return parts[0], parts[1]

    def times(self, factor: Extent) -> Linear:
        """Multiplied with a constant."""
        multiples = tuple((index, own * factor) for index, own in self.multiples) if factor.terms else ()
        return Linear(multiples, self.constant * factor)

    @property
    def expr(self) -> Expr:
        """In tensor IR: what is added, the constant, and what is subtracted, in an order that starts with no minus if it can."""
        terms = [mul(_literal(factor), index) for index, factor in self.multiples]
        constant = [_literal(self.constant)] if self.constant.terms or not terms else []
        added = [term for term, (_, factor) in zip(terms, self.multiples, strict=True) if _signed(factor, 1).terms]
        subtracted = [term for term in terms if term not in added]
        return add(*added, *subtracted, *constant) if added else add(*constant, *subtracted)


def linear(expr: Expr) -> Linear | None:
    """An expression as a sum of multiples of indices; None where it is none."""
    return evaluate(expr, _linear)


def normal_position(expr: Expr) -> Expr:
    """A whole-number expression in the one form that linear ones have."""
    found = None if isinstance(expr, Index | Number | Size) else linear(expr)
    return expr if found is None else found.expr


def plain_positions(expr: Expr) -> Expr:
    """The expression with every sum of indices and whole numbers in normal form: `(t - 1) + 1` is `t`."""

    def rule(node: Node) -> Node | None:
        made = normal_position(node) if isinstance(node, Add) else node
        return None if made is node else made

    return cast(Expr, rewrite(expr, rule))


def linear_delta(left: Expr, right: Expr) -> Expr:
    """`δ[left, right]`; decided where the linear sides differ by a constant, and 1 where they are the same."""
    left, right = normal_position(left), normal_position(right)
    sides = linear(left), linear(right)
    if sides[0] is None or sides[1] is None:
        return delta(left, right)
    difference = sides[0] + sides[1].times(fixed(-1))
    constant = None if difference.multiples else difference.constant.constant
    return delta(left, right) if constant is None else Zero() if constant else ONE


def _linear(expr: Node, parts: tuple[Linear | None, ...]) -> Linear | None:
    known = [part for part in parts if part is not None]
    match expr:
        case Index():
            return Linear(((expr, fixed(1)),), fixed(0))
        case Number(value) if value.denominator == 1:
            return Linear((), fixed(int(value)))
        case Size(extent):
            return Linear((), extent)
        case Add() if len(known) == len(parts):
            return sum(known[1:], known[0])
        case Mul() if len(known) == len(parts):
            return _product(known)
        case _:
            return None


def _product(parts: Sequence[Linear]) -> Linear | None:
    """The product, of which at most one factor depends on indices; None too where it would be a polynomial of very many terms."""
    total = Linear((), fixed(1))
    for part in parts:
        if (total.multiples and part.multiples) or len(total.constant.terms) * len(part.constant.terms) > MOST_TERMS:
            return None
        total = part.times(total.constant) if part.multiples else total.times(part.constant)
    return total


def _signed(extent: Extent, sign: int) -> Extent:
    """The terms of an extent that have a sign."""
    return Extent(tuple((monomial, coefficient) for monomial, coefficient in extent.terms if coefficient * sign > 0))


def _literal(extent: Extent) -> Expr:
    """A whole number, negative too: a `Size` is a length, at least 0, so that each term stands by itself."""
    value = extent.constant
    if value is not None:
        return ONE if value == 1 else number(value)
    ordered = sorted(extent.terms, key=lambda term: (term[1] < 0, -len(term[0]), term[0]))
    return add(*(_term(monomial, coefficient) for monomial, coefficient in ordered))


def _term(monomial: Monomial, coefficient: int) -> Expr:
    """A multiple of a product of sizes."""
    if not monomial:
        return number(coefficient)
    length = Size(Extent(((monomial, abs(coefficient)),)))
    return length if coefficient > 0 else neg(length)
