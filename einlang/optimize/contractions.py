"""Contraction order: in goes a program, out comes one whose sums of products have few operands and cost little.

A sum of a product of three tensors and more is worked out pair by pair where that takes fewer operations than all at once; what
does not carry a summed index goes outside of the sum, and an index that one operand alone carries is summed there first. Sizes
that the program does not fix count as `ordering.TYPICAL_SIZE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from einlang.ir.build import add, mul, total
from einlang.ir.indices import free_indices, fresh, substitute
from einlang.ir.naming import Names
from einlang.ir.nodes import Add, Definition, Div, Expr, Index, Mul, Pow, Reduce, Size, Zero
from einlang.ir.ordering import Pair, at_once_cost, contraction_order, order_cost
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.bodies import replaced, with_bodies, with_body
from einlang.optimize.monomials import Monomial
from einlang.optimize.sums import outside_of_sum, sum_of_constant
from einlang.tree import Node, rewrite, walk

DEFINITION = 500
"""Operations that an intermediate result counts as, beside those that it takes."""


def merge_sums(program: Program) -> Program:
    """The program with sums of products of sums written as one sum, which can then be put in the best order."""
    return with_bodies(program, lambda definition: rewrite(definition.body, _merged))


def _merged(node: Expr) -> Expr | None:
    """Σ_I (f Σ_J g) = Σ_I,J f g where the inner sum carries I."""
    if not isinstance(node, Reduce) or node.operation != "sum" or not isinstance(node.body, Mul | Div):
        return None
    product = Monomial.of(node.body)
    inner = next((base for base, n in product.above.items() if n == 1 and _is_sum(base) and _carries(base, node.indices)), None)
    if not isinstance(inner, Reduce):
        return None
    renaming = {index: fresh(index) for index in inner.indices}
    rest = replace(product, above={base: n for base, n in product.above.items() if base is not inner})
    merged = Monomial.of(mul(rest.expr, substitute(inner.body, dict(renaming)))).expr
    return Reduce("sum", (*node.indices, *renaming.values()), merged)


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Reduce) and expr.operation == "sum"


def _carries(expr: Expr, indices: Sequence[Index]) -> bool:
    return not set(indices).isdisjoint(free_indices(expr))


def order_contractions(program: Program) -> Program:
    """The program with every sum of a product in a good order, intermediate results being definitions."""
    names, sizes = Names.of(program), dict(program.sizes)
    return program.with_definitions(tuple(part for d in program.definitions for part in _ordered(d, names, sizes)))


def _ordered(definition: Definition, names: Names, sizes: Mapping[str, int]) -> list[Definition]:
    unsafe = unsafe_nodes(definition.body)
    sums = [node for node in walk(definition.body) if isinstance(node, Reduce) and node.operation == "sum" and node not in unsafe]
    if not sums:
        return [definition]
    order = _Order(Parts(definition, names), sizes)
    found: dict[Node, Expr] = {node: order.sum(node.indices, node.body) for node in sums}
    return [*order.parts.definitions, with_body(definition, replaced(definition.body, found))]


@dataclass(frozen=True, slots=True)
class _Order:
    """Puts the sums of one definition in order."""

    parts: Parts
    sizes: Mapping[str, int]

    def sum(self, indices: Sequence[Index], body: Expr) -> Expr:
        """The sum of `body` over `indices`, as an expression with one reduction at most for each term."""
        match body:
            case Add():
                return self._sum_of_terms(indices, body)
            case Mul() | Div() | Pow():
                return self._sum_of_product(indices, body)
            case _:
                return self._plain(indices, body)

    def _plain(self, indices: Sequence[Index], body: Expr) -> Expr:
        """A sum of one operand; an index that it does not carry gives a factor."""
        whole = total(indices, body)
        shorter = sum_of_constant(whole) if isinstance(whole, Reduce) else None
        return whole if shorter is None else shorter

    def _sum_of_terms(self, indices: Sequence[Index], body: Add) -> Expr:
        """Contractions among the terms are summed apart; other terms together, for what cancels should cancel early."""
        contractions = [term for term in body.terms if self._is_contraction(indices, term)]
        others = [term for term in body.terms if term not in contractions]
        if not contractions:
            return self._plain(indices, body)
        return add(*(self._group(indices, term) for term in (*contractions, add(*others)) if not isinstance(term, Zero)))

    def _is_contraction(self, indices: Sequence[Index], term: Expr) -> bool:
        """Whether a term multiplies what carries different indices, some of them summed."""
        inside, _ = Monomial.of(term).split(lambda factor: _carries(factor, indices))
        return len(_operands(inside)) > 1

    def _group(self, indices: Sequence[Index], body: Expr) -> Expr:
        """A sum over indices of its own."""
        renaming = {index: fresh(index) for index in indices}
        summed = self._plain if isinstance(body, Add) else self.sum
        return summed(tuple(renaming.values()), substitute(body, dict(renaming)))

    def _sum_of_product(self, indices: Sequence[Index], body: Expr) -> Expr:
        """What carries no summed index goes outside; the rest is contracted."""
        inside, outside = Monomial.of(body).split(lambda factor: _carries(factor, indices))
        carried = free_indices(inside.expr)
        sizes = (Size(index.extent) for index in indices if index not in carried)
        summed = tuple(index for index in indices if index in carried)
        contracted = total(summed, inside.expr) if inside.deltas else self._contracted(summed, _operands(inside))
        return Monomial.of(mul(outside_of_sum(outside, indices).expr, *sizes, contracted)).expr

    def _contracted(self, indices: tuple[Index, ...], operands: Sequence[Expr]) -> Expr:
        """The sum of a product of operands, in pairs where that is cheaper."""
        indices, operands = self._summed_alone(indices, operands)
        carried = [free_indices(operand) for operand in operands]
        kept = [index for index in _union(carried) if index not in indices]
        pairs = contraction_order(carried, kept, self.sizes)
        if len(operands) < 3 or self._cost(carried, kept, pairs) >= at_once_cost(carried, self.sizes):
            return total(indices, _product(operands))
        alive = dict(enumerate(operands))
        for result, (first, second) in enumerate(pairs[:-1], len(operands)):
            pair = _product([alive.pop(first), alive.pop(second)])
            elsewhere = {*kept, *_union([free_indices(other) for other in alive.values()])}
            inner = tuple(index for index in indices if index in free_indices(pair) and index not in elsewhere)
            indices = tuple(index for index in indices if index not in inner)
            alive[result] = self.parts.name(total(inner, pair), first=() if inner else indices)
        return total(indices, _product(list(alive.values())))

    def _cost(self, carried: Sequence[Sequence[Index]], kept: Sequence[Index], pairs: Sequence[Pair]) -> int:
        return order_cost(carried, kept, pairs, self.sizes) + DEFINITION * (len(pairs) - 1)

    def _summed_alone(self, indices: tuple[Index, ...], operands: Sequence[Expr]) -> tuple[tuple[Index, ...], list[Expr]]:
        """Each operand summed over what it alone carries, where others carry more."""
        carried = [free_indices(operand) for operand in operands]
        everything = _union(carried)
        summed = []
        for position, operand in enumerate(operands):
            others = _union(carried[:position] + carried[position + 1 :])
            alone = tuple(index for index in indices if index in carried[position] and index not in others)
            worthwhile = alone and len(carried[position]) < len(everything)
            indices = tuple(index for index in indices if index not in alone) if worthwhile else indices
            summed.append(self.parts.name(total(alone, operand)) if worthwhile else operand)
        return indices, summed


def _operands(product: Monomial) -> list[Expr]:
    """The factors of a product, those that carry the same indices as one operand."""
    carried = {base: frozenset(free_indices(base)) for base in (*product.above, *product.below)}
    return [_part(product, [base for base in carried if carried[base] == group]) for group in dict.fromkeys(carried.values())]


def _part(product: Monomial, bases: Sequence[Expr]) -> Expr:
    return product.split(lambda base: base in bases)[0].expr


def _product(operands: Sequence[Expr]) -> Expr:
    return Monomial.of(mul(*operands)).expr


def _union(groups: Sequence[Sequence[Index]]) -> list[Index]:
    return list(dict.fromkeys(index for group in groups for index in group))
