"""Simplification line by line: in goes an expression that derivation brought forth, out come lines, one rule of algebra each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from einlang.derivation.lines import Line, Reason
from einlang.ir.build import mul, neg, sub
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Add, Definition, Div, Expr, Mul, Number, Tensor
from einlang.ir.program import Program
from einlang.optimize.algebra import RULES, Rule
from einlang.optimize.assume import assume
from einlang.optimize.bodies import replaced
from einlang.optimize.monomials import Monomial
from einlang.optimize.reuse import Library
from einlang.tree import Node, rewrite

LIMIT = 100
"""So many lines at most."""

COSMETIC = (
    "as_built",
    "sign_of_quotient",
    "delta_of_quotient",
    "literal_operator",
    "literal_last",
    "literal_delta",
    "literal_size",
    "power_of_power",
    "powers_of_factors",
    "positive_first",
    "opposite_product",
    "sum_of_sum",
    "sum_of_multiple",
    "not_condition",
    "same_condition",
)
"""Rules that need no line of their own."""

WORDS = {
    "canonical_quotient": "cancelled",
    "terms_of_choice": "one condition",
    "sum_of_delta": "δ under the sum",
    "sum_of_constant": "a sum of equal terms",
    "sum_of_product": "out of the sum",
    "sum_of_choice": "the condition out of the sum",
    "sum_of_position": "one position of the sum",
}
"""What people call the rules whose names say less than that."""


def _one_fraction(node: Mul | Div) -> Expr | None:
    """(a / b) c / d = a c / (b d)."""
    made = Monomial.of(node).expr
    return None if made is node else made


_ONE_FRACTION = Rule(_one_fraction, (Mul, Div), False)


class Rewriting:
    """Simplifies expressions over what definitions hold.

    What the program assumes is used where `may_assume` is set: never before a further differentiation, for which all elements
    of a tensor are independent.
    """

    def __init__(self, program: Program) -> None:
        self.may_assume = False
        self._program = program
        self._library = Library()
        for definition in program.definitions:
            self._library.rewritten(definition)

    def tidy(self, expr: Expr) -> Expr:
        """The expression after the rules that need no line."""
        return _fixpoint(expr, [_ONE_FRACTION, *(rule for rule in RULES if rule.name in COSMETIC)])

    def lines(self, body: Expr) -> Iterator[Line]:
        """Line after line until no rule applies."""
        for _ in range(LIMIT):
            line = self._next(body)
            if line is None:
                break
            body = self.tidy(line.body)
            yield Line(body, line.reason)

    def _next(self, body: Expr) -> Line | None:
        found = self._library.occurrences(body)
        if found:
            return Line(replaced(body, found), Reason("{} is {}", next(iter(found.items()))))
        for rule in RULES:
            changed = _everywhere(body, rule)
            if rule.name not in COSMETIC and changed is not body:
                return Line(changed, Reason(WORDS.get(rule.name, rule.name.replace("_", " "))))
        return self._assumed(body) if self.may_assume else None

    def _assumed(self, body: Expr) -> Line | None:
        """The expression by what is known of means, or is assumed; a difference counts from either side."""
        bare = replace(self._program, assumptions=())
        for words, program in (("a mean is one", bare), ("as assumed", self._program)):
            for said in (body, cast(Expr, rewrite(body, _turned))):
                changed = _with_facts(said, program)
                if changed is not said:
                    return Line(changed, Reason(words))
        return None


def _with_facts(body: Expr, program: Program) -> Expr:
    indices = free_indices(body)
    tensor = Tensor("", tuple(index.extent for index in indices), "float", "definition", None)
    definitions = (*program.definitions, Definition(tensor, indices, body))
    return assume(replace(program, definitions=definitions)).definitions[-1].body


def _turned(node: Node) -> Expr | None:
    """a - b = -(b - a)."""
    match node:
        case Add((first, Mul((Number(value), *others)))) if value == -1:
            return neg(sub(mul(*others), first))
        case _:
            return None


def _everywhere(expr: Expr, rule: Rule) -> Expr:
    """The expression with a rule applied at every node."""

    def at_node(node: Node) -> Node | None:
        return rule.apply(node) if isinstance(node, rule.nodes) else None

    result: Expr = rewrite(expr, at_node)
    return result


def _fixpoint(expr: Expr, rules: Sequence[Rule]) -> Expr:
    for _ in range(LIMIT):
        before = expr
        for rule in rules:
            expr = _everywhere(expr, rule)
        if expr is before:
            break
    return expr
