"""Assumptions: in goes a program, out comes one whose derived definitions use the facts that it states.

`assume sum[J](Y[i,J]) = 1` makes `sum[J](Y[i,J]) P[i,j]` the same as `P[i,j]`; and what `m[i] = mean[J](X[i,J])` says is that
`sum[J](X[i,J] - m[i])` is 0. Facts are used after differentiation alone, and never in what the user wrote: a derivative by `Y`
takes all elements of `Y` as independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from einlang.ir.build import add, mul, neg, number, power, total
from einlang.ir.indices import free_indices, substitute
from einlang.ir.means import mean
from einlang.ir.measure import operations
from einlang.ir.nodes import Access, Definition, Div, Expr, Index, Mul, Number, Reduce, Tensor, Zero
from einlang.ir.program import Equation, Program, tensors_in
from einlang.optimize.bodies import with_body
from einlang.optimize.matching import Binding, match, matches
from einlang.optimize.monomials import Monomial
from einlang.optimize.uses import is_derived
from einlang.tree import rewrite


@dataclass(frozen=True, slots=True)
class Fact:
    """Σ over `summed` of the product of `factors`, or this itself, is `value`."""

    summed: tuple[Index, ...]
    factors: tuple[Expr, ...]
    value: Expr


def assume(program: Program) -> Program:
    """The program with what is known put into the definitions that derivatives brought forth."""
    facts = _Facts()
    for equation in program.assumptions:
        facts.add(_stated(equation))
    definitions = []
    for definition in program.definitions:
        known = facts.about(definition.body)
        derived = is_derived(definition, program)
        definitions.append(_with(definition, known) if derived and known else definition)
        if not derived:
            facts.add(_said(definition, known))
    return program.with_definitions(tuple(definitions))


class _Facts:
    """Facts by the first tensor that they speak of."""

    def __init__(self) -> None:
        self._by_tensor: dict[Tensor, list[Fact]] = {}

    def add(self, facts: Iterator[Fact]) -> None:
        for fact in facts:
            first = next((tensor for factor in fact.factors for tensor in tensors_in(factor)), None)
            if first is not None:
                self._by_tensor.setdefault(first, []).append(fact)

    def about(self, body: Expr) -> list[Fact]:
        """The facts that may be of use in a body."""
        if not self._by_tensor:
            return []
        return [fact for tensor in dict.fromkeys(tensors_in(body)) for fact in self._by_tensor.get(tensor, ())]


def _with(definition: Definition, facts: Sequence[Fact]) -> Definition:
    body: Expr = rewrite(definition.body, lambda node: _known(node, facts))
    return with_body(definition, body)


# --- where facts come from --------------------------------------------------------------------------------------------------


def _stated(equation: Equation) -> Iterator[Fact]:
    """The fact that an equation states of its longer side, the left one where both are as long."""
    shorter, longer = sorted((equation.sides[1], equation.sides[0]), key=operations)
    if set(free_indices(shorter)) <= set(free_indices(longer)) and not isinstance(longer, Number):
        summed, body = (longer.indices, longer.body) if _is_sum(longer) else ((), longer)
        product = Monomial.of(body)
        if not product.below and product.value == 1:
            yield Fact(summed, tuple(_powers(product)), shorter)


def _said(definition: Definition, facts: Sequence[Fact]) -> Iterator[Fact]:
    """What a definition of the user's says: that a mean is one; and what is known of its body is known of its tensor."""
    own, averaged = Access(definition.tensor, definition.indices), mean(definition.body)
    if averaged is not None and set(free_indices(averaged)) == set(definition.indices):
        for centred in (add(averaged.body, neg(own)), add(own, neg(averaged.body))):
            yield Fact(averaged.indices, (centred,), Zero())
    for fact in facts:
        known = _known(definition.body, [fact])
        if known is not None and operations(known) < operations(definition.body):
            yield Fact((), (own,), known)
        elif fact.summed and isinstance(fact.value, Zero):
            yield from _summed_away(definition, fact)


def _summed_away(definition: Definition, fact: Fact) -> Iterator[Fact]:
    """Σ_J N[i,J] = 0 where N[i,j] is (X[i,j] - m[i]) / s[i], and Σ_J (X[i,J] - m[i]) = 0."""
    product = Monomial.of(definition.body)
    for binding, taken in matches(fact.factors, list(product.above), fact.summed):
        bound = [binding[index] for index in fact.summed]
        rest = free_indices(product.without(taken).expr)
        if set(bound) <= set(definition.indices) and not set(bound) & set(rest):
            summed = tuple(index for index in bound if isinstance(index, Index))
            yield Fact(summed, (Access(definition.tensor, definition.indices),), Zero())


# --- where facts are used -----------------------------------------------------------------------------------------------------


def _known(node: Expr, facts: Sequence[Fact]) -> Expr | None:
    """What a node is by the first fact that speaks of it."""
    for fact in facts:
        if fact.summed:
            found = _sum(node, fact) if _is_sum(node) else None
        elif len(fact.factors) > 1:
            found = _product(node, fact) if isinstance(node, Mul | Div) else None
        else:
            binding = match(fact.factors[0], node, {})
            found = None if binding is None else substitute(fact.value, binding)
        if found is not None:
            return found
    return None


def _sum(node: Reduce, fact: Fact) -> Expr | None:
    """Σ_I,J Y[I,J] c[I] = Σ_I c[I]: what else stands under the sum does not carry what the fact sums over."""
    product = Monomial.of(node.body)
    powers = _powers(product)
    for binding, taken in matches(fact.factors, list(powers), fact.summed):
        bound = {binding[index] for index in fact.summed}
        rest = product.without([powers[power] for power in taken]).expr
        if len(bound) == len(fact.summed) and bound <= set(node.indices) and not bound & set(free_indices(rest)):
            left = tuple(index for index in node.indices if index not in bound)
            return total(left, _times(fact, binding, rest))
    return None


def _product(node: Expr, fact: Fact) -> Expr | None:
    """A product that has all factors of the fact's."""
    product = Monomial.of(node)
    powers = _powers(product)
    for binding, taken in matches(fact.factors, list(powers)):
        return _times(fact, binding, product.without([powers[power] for power in taken]).expr)
    return None


def _powers(product: Monomial) -> dict[Expr, Expr]:
    """The factors of a product, equal ones joined, each with its base."""
    return {power(base, number(n)): base for base, n in product.above.items()}


def _times(fact: Fact, binding: Binding, rest: Expr) -> Expr:
    return Monomial.of(mul(substitute(fact.value, binding), rest)).expr


def _is_sum(expr: Expr) -> TypeGuard[Reduce]:
    return isinstance(expr, Reduce) and expr.operation == "sum"
