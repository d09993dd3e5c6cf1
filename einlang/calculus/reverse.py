"""Reverse mode inside one definition: in go a definition and its adjoint, out come the contributions to what it accesses.

The adjoint is pushed down the body by the rules of `rules`. Where it arrives at an access A[s, t], the element A[p, q] gets the
sum, over all indices in scope, of what was multiplied on the way, times δ[s, p] δ[t, q]; then the δ are eliminated. Guards stand
outermost, around the finished product: what a branch not taken would multiply may be infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from string import ascii_uppercase

from einlang.calculus.mentions import live_nodes
from einlang.calculus.rules import RULES, Step
from einlang.ir.build import delta, mul, select, total
from einlang.ir.deltas import Eliminated, eliminate
from einlang.ir.indices import free_indices, substitute
from einlang.ir.measure import is_cheap, is_constant
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Add, Apply, Definition, Delta, Expr, Index, Mul, Number, Pi, Pow, Size, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.parts import Parts
from einlang.tree import Node, fold, walk


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one access adds to the adjoint of its tensor; zero by structure wherever one of the conditions is false."""

    tensor: Tensor
    body: Expr
    conditions: tuple[Expr, ...]


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


class Body:
    """The scope that the rules see: the body of one definition."""

    def __init__(self, definition: Definition, live: Collection[Tensor], names: Names) -> None:
        self.definition = definition
        self.own = Access(definition.tensor, definition.indices)
        self.parts = Parts(definition, names)
        self._live = live_nodes(definition.body, live)
        self._accesses = fold(definition.body, self._count)

    def _count(self, node: Node, children: tuple[int, ...]) -> int:
        return int(node in self._live) if isinstance(node, Access) else sum(children)

    def value(self, expr: Expr) -> Expr:
        """The value of a node: the tensor itself for the whole body."""
        return self.own if expr is self.definition.body else expr

    def name(self, expr: Expr, word: str) -> Expr:
        """A definition for something that the derivative needs."""
        return self.parts.name(expr, word)

    def accesses(self) -> Iterator[tuple[Access, Path]]:
        """Every access to a live tensor, and the path to it."""
        stack: list[tuple[Expr, Path]] = [(self.definition.body, Path())] if self.definition.body in self._live else []
        while stack:
            node, path = stack.pop()
            if isinstance(node, Access):
                yield node, path
                continue
            steps = [self._affordable(step) for step in RULES[type(node)](node, self) if step.child in self._live]
            stack.extend((step.child, path.then(step)) for step in reversed(steps))

    def _affordable(self, step: Step) -> Step:
        """The step, its costly factors named where they would be written for several accesses."""
        if self._accesses[step.child] < 2:
            return step
        named = [[self._affordable_factor(f) for f in side] for side in (step.before, step.after)]
        return Step(step.child, tuple(named[0]), tuple(named[1]), step.guard, step.indices)

    def _affordable_factor(self, factor: Expr) -> Expr:
        return factor if is_cheap(factor) or is_constant(factor) else self.parts.name(factor)


def contributions(
    body: Body, adjoint: Expr, conditions: Sequence[Expr], slots: Callable[[Tensor], tuple[Index, ...]]
) -> Iterator[Contribution]:
    """What the accesses of a definition add to the adjoints of their tensors, over the indices that `slots` gives for each.

    `adjoint` is zero by structure where one of `conditions` is false.
    """
    own = body.definition.indices
    for access, path in body.accesses():
        deltas = [delta(s, d) for s, d in zip(access.subscripts, slots(access.tensor), strict=True)]
        found = eliminate((*own, *path.indices), (*path.before, adjoint, *deltas, *path.after))
        known = conditions if _is_hazardous(path, body.own, bool(found.indices)) else ()
        yield _summed(access.tensor, found, (*known, *path.guards), conditions, own)


def _summed(
    tensor: Tensor, found: Eliminated, guards: Sequence[Expr], known: Sequence[Expr], own: Sequence[Index]
) -> Contribution:
    """The sum of the guarded product; a guard free of summed indices goes around the sum."""
    summed = _renamed(found.indices, dict(zip(own, ascii_uppercase, strict=False)))
    bound = set(summed.values())

    def renamed(exprs: Iterable[Expr]) -> list[Expr]:
        return [substitute(substitute(expr, found.renaming), summed) for expr in exprs]

    conditions = [*(substitute(condition, summed) for condition in found.ranges), *renamed(guards)]
    product = [substitute(factor, summed) for factor in found.factors]
    outer = [condition for condition in conditions if bound.isdisjoint(free_indices(condition))]
    inner = [condition for condition in conditions if condition not in outer]
    body = guarded(outer, total(tuple(summed.values()), guarded(inner, mul(*product))))
    also = [condition for condition in renamed(known) if bound.isdisjoint(free_indices(condition))]
    return Contribution(tensor, body, tuple(dict.fromkeys([*outer, *also, *_equalities(product, bound)])))


def _renamed(summed: Sequence[Index], names: Mapping[Index, str]) -> dict[Index, Index]:
    """Fresh indices for those of a sum. The first index of a definition is summed as A, the second as B, as is the custom."""
    renaming: dict[Index, Index] = {}
    for index in summed:
        wanted = names.get(index, index.name)
        taken = {other.name for other in renaming.values()}
        name = next(n for n in chain([wanted], ascii_uppercase, (f"{wanted}{k}" for k in count())) if n not in taken)
        renaming[index] = Index(name, index.extent)
    return renaming


def guarded(conditions: Sequence[Expr], body: Expr) -> Expr:
    """`body` where all conditions hold, structurally zero elsewhere."""
    for condition in reversed(conditions):
        match condition:
            case Apply(operator, (negated,)) if operator.name == "not":
                body = select(negated, Zero(), body)
            case _:
                body = select(condition, body, Zero())
    return body


def _equalities(factors: Sequence[Expr], bound: Collection[Index]) -> Iterator[Expr]:
    """The δ that are left and free of summed indices, as conditions."""
    for factor in factors:
        if isinstance(factor, Delta) and set(bound).isdisjoint(free_indices(factor)):
            yield apply("==", factor.left, factor.right)


def _is_hazardous(path: Path, own: Access, is_summed: bool) -> bool:
    """Whether what an adjoint is multiplied with may be infinite or NaN where the adjoint is zero by structure.

    Under a sum, where a guard is dear, inputs and definitions are taken to be finite, and so are polynomials of them; the value
    of the definition itself is not: it may be an exponential.
    """
    factors = [factor for factor in (*path.before, *path.after) if not is_constant(factor)]
    return any(_is_risky(node, own) for factor in factors for node in walk(factor)) if is_summed else bool(factors)


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
