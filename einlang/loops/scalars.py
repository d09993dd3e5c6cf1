"""Expressions as scalars of the loop tree: in go bodies and loops, out come values, and local values for each loop.

A part that is used twice, or is the same for all positions of the inner loops and not cheap, is a local value at the outermost
loop that it depends on; so the text grows with the number of nodes, and exp(m[i]) is not computed for each j. What could be out
of bounds is never moved: not out of the branch that guards it, nor out of the loop that may be empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from einlang.ir.kinds import kinds_of_all
from einlang.ir.nodes import Access, Apply, Delta, Div, Expr, Index, Infinity, Number, Pi, Pow, Size, Tensor, Zero
from einlang.loops.nodes import Array, Length, Let, Load, Scalar, Variable
from einlang.loops.operations import OPERATIONS, constant, convert
from einlang.plan.guards import guards, hazards
from einlang.tree import Node, fold, walk

DEEPEST = 24
"""An expression nested so deeply is cut by a local value."""
TRIVIAL = (Number, Index, Size, Pi, Infinity, Zero)


@dataclass(slots=True)
class Scope:
    """What a body is computed in: the loop variable of each index and its level (1 is the outermost loop), arrays, values.

    `values` are tensors of rank 0 that are local values; `depth` is the level at which the result is used.
    """

    arrays: Callable[[Tensor], Array]
    variables: Mapping[Index, Scalar]
    levels: Mapping[Index, int]
    depth: int
    values: Mapping[Tensor, tuple[Scalar, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """A value, and the local values that it needs, by level."""

    value: Scalar
    lets: Mapping[int, tuple[Let, ...]]

    def at(self, level: int) -> tuple[Let, ...]:
        """The local values that belong at the start of the body of the loop at a level; level 0 is outside all loops."""
        return self.lets.get(level, ())


def lower(body: Expr, scope: Scope, type: str) -> Placed:
    """The value of a body in a scope, converted to a type."""
    lowering = _Lowering.of(body, scope)
    results = fold(body, lowering.visit)
    value = convert(results[body], "int" if type == "int" else "real")
    needed = _needed(value, lowering.made)
    return Placed(value, {level: tuple(let for let in lets if let in needed) for level, lets in lowering.lets.items()})


def _needed(value: Scalar, made: Sequence[Let]) -> set[Let]:
    """The local values that a value is made of; what a structural zero hides is not."""
    mentioned = {node for node in walk(value) if isinstance(node, Variable)}
    needed = set()
    for let in reversed(made):
        if let.variable in mentioned:
            needed.add(let)
            mentioned |= {node for node in walk(let.value) if isinstance(node, Variable)}
    return needed


@dataclass(slots=True)
class _Lowering:
    scope: Scope
    kinds: Mapping[Node, str]
    levels: Mapping[Node, int]
    parents: Mapping[Node, int]
    uses: Counter[Node]
    fixed: frozenset[Node]
    inner: frozenset[Node]
    lets: dict[int, list[Let]] = field(default_factory=dict)
    made: list[Let] = field(default_factory=list)
    depths: dict[Scalar, int] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Expr, scope: Scope) -> _Lowering:
        """What lowering needs to know of each node."""
        levels: dict[Node, int] = fold(body, lambda node, children: max((_own_level(node, scope), *children)))
        parents: dict[Node, int] = {body: scope.depth}
        uses: Counter[Node] = Counter()
        for node, level in levels.items():
            for child in node.children:
                parents[child] = max(parents.get(child, 0), level)
                uses[child] += 1
            if isinstance(node, Pow) and node.exponent is _TWO:
                uses[node.base] += 1
        conditions, dangers = guards(body), hazards(body)
        fixed = frozenset(n for n, danger in dangers.items() if danger and conditions[n] is not None)
        inner = frozenset(n for n, danger in dangers.items() if danger)
        return cls(scope, kinds_of_all(body), levels, parents, uses, fixed, inner)

    def visit(self, node: Node, children: tuple[Scalar, ...]) -> Scalar:
        """The scalar of a node, as a local value where that pays."""
        scalar = self._lowered(node, children)
        self.depths[scalar] = 1 + max((self.depths.get(child, 0) for child in scalar.children), default=0)  # type: ignore[call-overload]
        if node in self.fixed or isinstance(node, TRIVIAL) or isinstance(scalar, Load | Variable):
            return scalar
        shared = self.uses[node] > 1
        invariant = self.levels[node] < self.parents[node] and _is_costly(node)
        return self._let(node, scalar) if shared or invariant or self.depths[scalar] > DEEPEST else scalar

    def _let(self, node: Node, scalar: Scalar) -> Variable:
        variable = Variable("v", scalar.type)
        level = self.scope.depth if node in self.inner else self.levels[node]
        self.made.append(Let(variable, scalar))
        self.lets.setdefault(level, []).append(self.made[-1])
        return variable

    def _lowered(self, node: Node, children: tuple[Scalar, ...]) -> Scalar:
        match node:
            case Index():
                return self.scope.variables[node]
            case Size(extent):
                return constant(extent.constant, "int") if extent.constant is not None else Length(extent, "int")
            case Access(tensor) if tensor in self.scope.values:
                return self.scope.values[tensor][0]
            case Access(tensor):
                kind = "int" if tensor.kind == "int" else "real"
                return Load(self.scope.arrays(tensor), tensor.shape, children, kind)  # type: ignore[arg-type]
            case _:
                type = self.kinds[node]
                return OPERATIONS[_row(node)](node, children, "real" if type == "float" else type)  # type: ignore[arg-type]


_TWO = Number(Fraction(2))


def _row(node: Node) -> str:
    return type(node).__name__


def _own_level(node: Node, scope: Scope) -> int:
    if isinstance(node, Index):
        return scope.levels[node]
    if isinstance(node, Access) and node.tensor in scope.values:
        return scope.values[node.tensor][1]
    return 0


def _is_costly(node: Node) -> bool:
    """Whether it is worth a local value not to compute it again in an inner loop."""
    return isinstance(node, Div | Pow | Delta) or (isinstance(node, Apply) and node.operator.expensive)
