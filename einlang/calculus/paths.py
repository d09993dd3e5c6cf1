"""The chain rule within one definition: in goes a definition, out come its accesses and what is multiplied on the way to each.

Both modes walk these paths: reverse mode pushes the adjoint of the definition down each, forward mode brings the tangent of what
is accessed up. Guards are kept apart from factors: what a branch not taken would multiply may be infinite.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from einlang.calculus.mentions import live_nodes, own_values
from einlang.calculus.rules import RULES, Step
from einlang.ir.measure import is_cheap, is_constant
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Add, Definition, Delta, Expr, Index, Mul, Number, Pi, Pow, Size, Tensor, Zero
from einlang.ir.parts import Parts
from einlang.tree import Node, fold, walk


@dataclass(frozen=True, slots=True)
class Path:
    """What stands between a definition and a node of its body."""

    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()
    guards: tuple[Expr, ...] = ()
    indices: tuple[Index, ...] = ()

    def then(self, step: Step) -> Path:
        """The path one step further down."""
        guards = self.guards if step.guard is None else (*self.guards, step.guard)
        return Path((*self.before, *step.before), (*step.after, *self.after), guards, (*self.indices, *step.indices))

    def is_hazardous(self, own: Access, is_summed: bool) -> bool:
        """Whether what a derivative is multiplied with may be infinite or NaN where that is zero by structure.

        Under a sum, where a guard is dear, inputs and definitions are taken to be finite, and so are polynomials of them; the
        value of the definition itself, `own`, is not: it may be an exponential.
        """
        factors = [factor for factor in (*self.before, *self.after) if not is_constant(factor)]
        return any(_is_risky(node, own) for factor in factors for node in walk(factor)) if is_summed else bool(factors)


class Body:
    """The scope that the rules see: the body of one definition."""

    def __init__(self, definition: Definition, live: Collection[Tensor], names: Names) -> None:
        self.definition = definition
        self.own = Access(definition.tensor, definition.indices)
        self.parts = Parts(definition, names)
        self._guards: tuple[Expr, ...] = ()
        self._live = live_nodes(definition.body, live)
        self._values = own_values(definition.body)
        self._accesses = fold(definition.body, self._count)

    def _count(self, node: Node, children: tuple[int, ...]) -> int:
        return int(node in self._live) if isinstance(node, Access) else sum(children)

    def value(self, expr: Expr) -> Expr:
        """The value of a node: the tensor itself for the whole body, or a branch of it where it is chosen."""
        return self.own if expr in self._values else expr

    def name(self, expr: Expr, word: str) -> Expr:
        """A definition for something that the derivative needs."""
        return self.parts.name(expr, word, self._guards)

    @cached_property
    def accesses(self) -> tuple[tuple[Access, Path], ...]:
        """Every access to a live tensor, and the path to it."""
        return tuple(self._walked())

    def _walked(self) -> Iterator[tuple[Access, Path]]:
        stack: list[tuple[Expr, Path]] = [(self.definition.body, Path())] if self.definition.body in self._live else []
        while stack:
            node, path = stack.pop()
            if isinstance(node, Access):
                yield node, path
                continue
            self._guards = path.guards
            steps = [self._affordable(step) for step in RULES[type(node)](node, self) if step.child in self._live]
            stack.extend((step.child, path.then(step)) for step in reversed(steps))

    def _affordable(self, step: Step) -> Step:
        """The step, its costly factors named where they would be written for several accesses."""
        if self._accesses[step.child] < 2:
            return step
        named = [[self._affordable_factor(f) for f in side] for side in (step.before, step.after)]
        return Step(step.child, tuple(named[0]), tuple(named[1]), step.guard, step.indices)

    def _affordable_factor(self, factor: Expr) -> Expr:
        return factor if is_cheap(factor) or is_constant(factor) else self.name(factor, "")


def _is_risky(node: Node, own: Access) -> bool:
    match node:
        case Pow(_, Number(exponent)):
            return exponent not in (1, 2)
        case Access():
            return node is own
        case Number() | Pi() | Size() | Index() | Delta() | Add() | Mul() | Zero():
            return False
        case _:
            return True
