"""Algebra: in goes a program, out comes one whose bodies a person would write so; the rules are a table.

What the user wrote is changed only by rules that hold for every float, NaN and infinity included. What a derivative brought
forth has no form of its own yet: there the others hold too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from einlang.ir.nodes import Add, Apply, Delta, Div, Expr, Mul, Pow, Reduce, Select, Size
from einlang.ir.program import Program
from einlang.optimize import products, selections, sums, terms
from einlang.optimize.bodies import with_bodies
from einlang.optimize.unify import unified
from einlang.optimize.uses import is_derived
from einlang.tree import Node, rewrite

LIMIT = 20
"""So many rules are applied to one node, and so many times to a whole body."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: the rule, the kinds of node that it looks at, and whether it holds for every float."""

    apply: Callable[[Any], Expr | None]
    nodes: tuple[type[Node], ...]
    exact: bool

    @property
    def name(self) -> str:
        return self.apply.__name__


RULES = (
    Rule(products.literal_operator, (Apply,), True),
    Rule(products.zero_argument, (Apply, Pow), True),
    Rule(products.literal_last, (Apply,), True),
    Rule(products.literal_delta, (Delta,), True),
    Rule(products.literal_size, (Size,), True),
    Rule(products.as_built, (Add, Mul, Div, Pow, Reduce, Select), True),
    Rule(products.power_of_power, (Pow,), True),
    Rule(products.power_of_root, (Pow,), False),
    Rule(products.roots_of_constants, (Mul,), False),
    Rule(products.powers_of_factors, (Mul,), True),
    Rule(products.sign_of_quotient, (Div,), True),
    Rule(products.delta_of_quotient, (Div,), True),
    Rule(products.canonical_quotient, (Mul, Div, Pow), False),
    Rule(terms.like_terms, (Add,), True),
    Rule(terms.terms_of_choice, (Add,), True),
    Rule(terms.opposite_terms, (Add,), False),
    Rule(terms.common_factors, (Add,), False),
    Rule(terms.multiplied_out, (Add, Mul, Div), False),
    Rule(terms.positive_first, (Add,), False),
    Rule(terms.opposite_product, (Mul,), False),
    Rule(selections.decided, (Select,), True),
    Rule(selections.not_condition, (Select,), True),
    Rule(selections.same_condition, (Select,), True),
    Rule(selections.choice_of_delta, (Select,), True),
    Rule(sums.sum_of_sum, (Reduce,), True),
    Rule(sums.sum_of_multiple, (Reduce,), True),
    Rule(sums.sum_of_delta, (Reduce,), True),
    Rule(sums.sum_of_position, (Reduce,), True),
    Rule(sums.sum_of_range, (Reduce,), True),
    Rule(sums.sum_of_constant, (Reduce,), True),
    Rule(sums.sum_of_choice, (Reduce,), True),
    Rule(sums.sum_of_product, (Reduce,), False),
)

_BY_NODE = {
    (kind, exact): tuple(rule.apply for rule in RULES if kind in rule.nodes and (rule.exact or not exact))
    for kind in dict.fromkeys(kind for rule in RULES for kind in rule.nodes)
    for exact in (True, False)
}


def algebra(program: Program) -> Program:
    """The program with every body simplified."""
    known: dict[tuple[Expr, bool], Expr] = {}
    return with_bodies(program, lambda definition: simplified(definition.body, not is_derived(definition, program), known))


def simplified(body: Expr, exact: bool, known: dict[tuple[Expr, bool], Expr] | None = None) -> Expr:
    """An expression simplified, by the exact rules or by all; `known` remembers what was simplified before."""
    remembered = {} if known is None else known
    if (body, exact) not in remembered:
        result = body
        for _ in range(LIMIT):
            before, result = result, rewrite(unified(result), lambda node: _at_node(node, exact))
            if result is before:
                break
        remembered[body, exact] = result
    return remembered[body, exact]


def _at_node(node: Expr, exact: bool) -> Expr:
    """A node after as many rules as apply."""
    for _ in range(LIMIT):
        changed = next((c for rule in _BY_NODE.get((type(node), exact), ()) if (c := rule(node)) is not None), None)
        if changed is None:
            return node
        node = changed
    return node
