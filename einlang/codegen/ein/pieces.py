"""What the rules of summation see of a formula: in go factors, out comes which capital indices they would sum by themselves.

A sum may be left unsaid where the language says it by itself (section 5 of the language reference). `Piece` is a formula with
what decides that: the factors of its outermost product, and the indices that products inside it share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from einlang.codegen.ein.spans import NOWHERE, product
from einlang.ir.nodes import Index
from einlang.syntax import nodes

Indices = frozenset[Index]
NONE: Indices = frozenset()


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a product.

    Attributes:
        operand: how it is written.
        carried: the indices that it carries.
        shared: the indices that products inside it share.
        copies: n for a power with a literal whole n, else 1.
        is_reference: whether it is one tensor reference or derivative.
        divides: whether it is a denominator.
    """

    operand: nodes.Expression
    carried: Indices = NONE
    shared: Indices = NONE
    copies: int = 1
    is_reference: bool = False
    divides: bool = False


Factors = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A formula: a product with a sign.

    Attributes:
        factors: what it adds to a product around it.
        negative: whether a sign stands in front.
        alone: its factors where it is a product of its own, if others: there a sum may be left unsaid.
        as_term: its factors as a term of a right side, if others.
        hidden: the indices that its own unsaid sums bind.
    """

    factors: Factors
    negative: bool = False
    alone: Factors = ()
    as_term: Factors = ()
    hidden: Indices = NONE

    @property
    def expression(self) -> nodes.Expression:
        """How it is written where it is a product of its own."""
        return chained(self.alone or self.factors, self.negative)

    @property
    def unsigned(self) -> nodes.Expression:
        """The same without its sign."""
        return chained(self.alone or self.factors, False)

    @property
    def term(self) -> Piece:
        """The formula as a term of a right side."""
        return replace(self, alone=self.as_term or self.alone)

    @property
    def carried(self) -> Indices:
        """Its indices."""
        return union(factor.carried for factor in self.factors)

    @property
    def shared(self) -> Indices:
        """The indices that it shares as a product of its own, or that a product inside it does, but for those that it sums."""
        factors = self.alone or self.factors
        return (shared_by(factors) | union(factor.shared for factor in factors)) - self.hidden

    @property
    def factor(self) -> Factor:
        """The formula as one factor of a product around it."""
        if len(self.factors) == 1 and not self.negative:
            return self.factors[0]
        return Factor(chained(self.factors, self.negative), self.carried, self.inside | shared_by(self.factors))

    @property
    def inside(self) -> Indices:
        """The indices that products inside its factors share."""
        return union(factor.shared for factor in self.factors)


def chained(factors: Sequence[Factor], negative: bool) -> nodes.Expression:
    """Factors as one product; the sign goes to the first."""
    operands = [(factor.operand, factor.divides) for factor in factors]
    if negative:
        operands[0] = (nodes.Negative(operands[0][0], NOWHERE), False)
    return product(operands)


def shared_by(factors: Sequence[Factor]) -> Indices:
    """Rule 1: two or more factors carry the index, not all of them denominators."""
    copies: Counter[Index] = Counter()
    above: set[Index] = set()
    for factor in factors:
        for index in factor.carried:
            copies[index] += factor.copies
            if not factor.divides:
                above.add(index)
    return frozenset(index for index, count in copies.items() if count > 1 and index in above)


def union(found: Iterable[Indices]) -> Indices:
    """All the indices."""
    return NONE.union(*found)
