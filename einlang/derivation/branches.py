"""Derivatives worked out rule by rule: in goes the derivative of a body, out come lines until only those of tensors are left.

What is left of a derivative is a sum of branches. A branch is a product in which one factor is still a derivative; a rule puts in
its place what the table of `calculus.rules` says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from einlang.calculus.mentions import live_nodes, own_values
from einlang.calculus.rules import RULES, UNSAID, Step, title
from einlang.derivation.lines import Line, Reason
from einlang.ir.build import MINUS_ONE, ONE, add, delta, mul, total
from einlang.ir.deltas import eliminate
from einlang.ir.elsewhere import guarded
from einlang.ir.indices import renewed, substitute
from einlang.ir.kinds import kind
from einlang.ir.nodes import Access, Definition, Delta, Derivative, Expr, Index, Mul, Solve, Target, Tensor
from einlang.ir.parts import Parts
from einlang.optimize.monomials import Monomial
from einlang.tree import rewrite


class Whole:
    """The definition whose body is derived: the scope that the rules see."""

    def __init__(self, definition: Definition, live: Collection[Tensor], parts: Parts) -> None:
        self.definition = definition
        self.live = live_nodes(definition.body, live)
        self.parts = parts
        self.guards: tuple[Expr, ...] = ()
        self._values = own_values(definition.body)

    def value(self, expr: Expr) -> Expr:
        """The value of a node: the tensor itself for the whole body, or a branch of it where it is chosen."""
        whole = self.definition
        return Access(whole.tensor, whole.indices) if expr in self._values else expr

    def name(self, expr: Expr, word: str) -> Expr:
        """The expression; a position by a name, since it is to be a subscript, and the solution of equations."""
        is_named = kind(expr) == "int" or isinstance(expr, Solve)
        return self.parts.name(expr, word, self.guards) if is_named else expr


@dataclass(frozen=True, slots=True)
class Branch:
    """The sum over `indices` of `before`, `adjoint`, the derivative of `node`, `after`, multiplied; zero where a guard is false.

    `node` is None where nothing is left to be derived.
    """

    node: Expr | None
    whole: Whole
    adjoint: tuple[Expr, ...] = ()
    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()
    guards: tuple[Expr, ...] = ()
    indices: tuple[Index, ...] = ()

    @property
    def title(self) -> str | None:
        """The name of the rule that comes next; None where a tensor is to be derived, or nothing."""
        if self.node is None or isinstance(self.node, Access):
            return None
        return title(self.node, [child in self.whole.live for child in self.node.children])

    def branches(self) -> Iterator[Branch]:
        """The branches that the rule makes of it."""
        assert self.node is not None
        self.whole.guards = self.guards
        for step in RULES[type(self.node)](self.node, self.whole):
            if step.child in self.whole.live:
                guards = self.guards if step.guard is None else (*self.guards, step.guard)
                past = self._past(step)
                before, adjoint, after = (_apart(side, step.indices) for side in (past.before, past.adjoint, past.after))
                indices = (*self.indices, *step.indices)
                yield Branch(step.child, self.whole, adjoint, before, after, guards, indices)

    def _past(self, step: Step) -> Branch:
        """The branch with what the rule multiplies by: the factors of a product in their places, all else with the adjoint."""
        if isinstance(self.node, Mul):
            return replace(self, before=(*self.before, *step.before), after=(*step.after, *self.after))
        return replace(self, adjoint=(*self.adjoint, *step.before, *step.after))

    def of(self, node: Expr) -> Branch:
        """The branch with another derivative in it."""
        return replace(self, node=node)

    def factors(self, middle: Sequence[Expr]) -> Branch:
        """The branch with factors in place of the derivative."""
        return replace(self, node=None, adjoint=(), before=(*self.before, *self.adjoint, *middle))

    def expr(self, derivative: Callable[[Expr], Expr]) -> Expr:
        """The branch as an expression."""
        own = Access(self.whole.definition.tensor, self.whole.definition.indices)
        middle = () if self.node is None else (derivative(own if isinstance(self.node, Solve) else self.node),)
        product = Monomial.of(mul(*self.before, *self.adjoint, *middle, *self.after))
        sign, value = MINUS_ONE if product.coefficient < 0 else ONE, abs(product.coefficient)
        above, below = Fraction(value.numerator), product.divisor * value.denominator
        positive = replace(product, coefficient=above, divisor=below).expr
        return mul(sign, total(self.indices, guarded(self.guards, positive)))


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a derivative by `target[slots]` has come to. `known` gives the derivatives of other tensors, where there are such."""

    target: Tensor
    slots: tuple[Index, ...]
    known: Callable[[Access], Expr | None]

    def line(self, branches: Sequence[Branch], reason: Reason) -> Line:
        """A line that says it."""
        return Line(add(*(branch.expr(self._derivative) for branch in branches)), reason)

    def _derivative(self, node: Expr) -> Expr:
        found = self.known(node) if isinstance(node, Access) else None
        return Derivative(node, (Target(self.target, self.slots),)) if found is None else found

    def worked_out(self, branches: list[Branch]) -> Iterator[Line]:
        """Line by line down to the derivatives of tensors, and on until there is none; `branches` becomes what is left."""
        while True:
            _apply(branches, UNSAID, Expr)
            name = next((branch.title for branch in branches if branch.title is not None), None)
            if name is None:
                break
            _apply(branches, name, Expr)
            _apply(branches, UNSAID, Mul)
            yield self.line(branches, Reason(name))
        own = next((b.node for b in branches if isinstance(b.node, Access) and b.node.tensor is self.target), None)
        branches[:] = [self._known(branch) for branch in branches]
        done = Reason("sum rule") if own is None else Reason("{} is {}", (self._derivative(own), mul(*self._deltas(own))))
        yield self.line(branches, done)
        yield from self._eliminated(branches)

    def _known(self, branch: Branch) -> Branch:
        """The branch with the derivative of a tensor put in."""
        if not isinstance(branch.node, Access):
            return branch
        found = self.known(branch.node)
        return branch.factors(self._deltas(branch.node) if found is None else (found,))

    def _deltas(self, access: Access) -> tuple[Expr, ...]:
        found = (delta(subscript, slot) for subscript, slot in zip(access.subscripts, self.slots, strict=True))
        return tuple(found)

    def _eliminated(self, branches: list[Branch]) -> Iterator[Line]:
        """One line in which δ rename what they can."""
        renamed: list[tuple[Index, Expr]] = []
        for position, branch in enumerate(branches):
            found = eliminate(branch.indices, (*branch.before, *branch.after))
            if found.renaming:
                renamed += found.renaming.items()
                guards = (*found.ranges, *(substitute(guard, found.renaming) for guard in branch.guards))
                branches[position] = replace(branch, before=found.factors, after=(), guards=guards, indices=found.indices)
        if renamed:
            kept = tuple({factor: None for branch in branches for factor in branch.before if isinstance(factor, Delta)})
            words = ", ".join(["{}"] * len(kept)) + (" is structure" if len(kept) == 1 else " are structure") if kept else ""
            yield self.line(branches, Reason(words, kept, tuple(renamed)))


def _apart(factors: Sequence[Expr], indices: Sequence[Index]) -> tuple[Expr, ...]:
    """Factors in which nothing binds indices that are now summed around them."""
    if not indices:
        return tuple(factors)

    def rule(node: Expr) -> Expr | None:
        return renewed(node) if not set(indices).isdisjoint(node.binds) else None

    return tuple(cast(Expr, rewrite(factor, rule)) for factor in factors)


def _apply(branches: list[Branch], name: str, kind: type[Expr]) -> None:
    """The rule of a name put to all nodes of a kind, until there is none."""

    def wanted(branch: Branch) -> bool:
        return branch.title == name and isinstance(branch.node, kind)

    while any(map(wanted, branches)):
        branches[:] = [made for branch in branches for made in (branch.branches() if wanted(branch) else (branch,))]
