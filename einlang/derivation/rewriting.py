"""Simplification line by line: in goes an expression that derivation brought forth, out come lines, one rule of algebra each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from einlang.derivation.lines import Line, Reason
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Definition, Div, Expr, Mul, Tensor
from einlang.ir.program import Program, tensors_in
from einlang.optimize.algebra import RULES, Rule
from einlang.optimize.assume import assume
from einlang.optimize.bodies import replaced
from einlang.optimize.monomials import Monomial
from einlang.optimize.promised import found_inside, searches
from einlang.optimize.reuse import Library
from einlang.optimize.unify import unified
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
    "sum_of_range": "the positions that count",
}
"""What people call the rules whose names say less than that."""


def _one_fraction(node: Mul | Div) -> Expr | None:
    """(a / b) c / d = a c / (b d)."""
    made = Monomial.of(node).expr
    return None if made is node else made


_ONE_FRACTION = Rule(_one_fraction, (Mul, Div), False)


class Rewriting:
    """Simplifies expressions over what definitions hold.

    What the program assumes is used where that was said: never of a tensor that is still to be derived by, for which all its
    elements are independent.
    """

    def __init__(self, program: Program) -> None:
        self._facts: tuple[tuple[str, Program], ...] = ()
        self._program = program
        self._library = Library()
        self._searches: dict[Tensor, Extent] = {}
        for definition in program.definitions:
            self._library.rewritten(definition)
        self.know(program.definitions)

    def know(self, definitions: Iterable[Definition]) -> None:
        """From now on use where each argmax that definitions hold is."""
        self._searches.update(searches(definitions))

    def assume(self, later: Collection[Tensor]) -> None:
        """Use facts from now on: those that do not name what is derived by later, and what means are, after the last."""
        own = self._program
        kept = tuple(fact for fact in own.assumptions if not set(later) & {t for side in fact.sides for t in tensors_in(side)})
        means = [] if later else [("a mean is one", replace(own, assumptions=()))]
        self._facts = (*means, *([("as assumed", replace(own, assumptions=kept))] if kept else []))

    def tidy(self, expr: Expr) -> Expr:
        """The expression after the rules that need no line."""
        asked = found_inside(unified(expr), self._searches)
        return _fixpoint(asked, [_ONE_FRACTION, *(rule for rule in RULES if rule.name in COSMETIC)])

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
        return self._assumed(body)

    def _assumed(self, body: Expr) -> Line | None:
        """The expression by what is known of means, or is assumed."""
        indices = free_indices(body)
        tensor = Tensor("", tuple(index.extent for index in indices), "float", "definition", None)
        last = Definition(tensor, indices, body)
        for words, program in self._facts:
            changed = assume(program.with_definitions((*program.definitions, last))).definitions[-1].body
            if changed is not body:
                return Line(changed, Reason(words))
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
