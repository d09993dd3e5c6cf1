"""What loop nests are made of: in go a kernel of the plan and bounds, out come loops with the local values of each level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from einlang.ir.build import access
from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import Linear
from einlang.ir.nodes import Expr, Index, Reduce, Tensor
from einlang.loops.nodes import (
    Array,
    Binary,
    Function,
    Length,
    Let,
    Loop,
    Scalar,
    Step,
    Store,
    Type,
    Variable,
)
from einlang.loops.operations import constant
from einlang.loops.scalars import Placed, Scope
from einlang.plan.kernel import Kernel
from einlang.tree import rewrite

CHUNK = 256
ZERO, ONE = constant(0, "int"), constant(1, "int")
ArrayOf = Callable[[Tensor], Array]
Bound = tuple[Variable, Scalar, Scalar]
"""A loop: its position, where it starts, and what it stays below."""


def length(extent: Extent) -> Scalar:
    """An extent as a scalar."""
    return constant(extent.constant, "int") if extent.constant is not None else Length(extent, "int")


def position(form: Linear, at: Mapping[Index, Scalar]) -> Scalar:
    """A linear position as a scalar."""
    terms = [
        at[index] if factor is fixed(1) else Binary("*", length(factor), at[index], "int") for index, factor in form.multiples
    ]
    terms += [length(form.constant)] if form.constant.terms or not terms else []
    return reduce(lambda left, right: Binary("+", left, right, "int"), terms)


def whole(variable: Variable, extent: Extent) -> Bound:
    """All positions of an extent."""
    return variable, ZERO, length(extent)


def loop(bound: Bound, body: tuple[Step, ...]) -> Loop:
    """A loop, position by position."""
    return Loop(*bound, ONE, body)


def nest(bounds: Sequence[Bound], first: int, placed: Sequence[Placed], inner: tuple[Step, ...]) -> tuple[Step, ...]:
    """Loops around `inner`, the outermost at level `first`, each with the local values of its level."""
    steps = inner
    for level in reversed(range(first, first + len(bounds))):
        lets = tuple(let for part in placed for let in part.at(level))
        steps = (loop(bounds[level - first], (*lets, *steps)),)
    return steps


def block(bound: Bound, body: Callable[[Variable, Scalar], tuple[Step, ...]]) -> Loop:
    """A loop over blocks of at most `CHUNK` positions; `body` is made of where a block starts and how many positions it has."""
    position, first, stop = bound
    start, count = Variable(f"{position.name}_start", "int"), Variable("count", "int")
    left = Binary("-", stop, start, "int")
    counted = Let(count, Function("ein_min", "int", (left, constant(CHUNK, "int")), "int"))
    return Loop(start, first, stop, constant(CHUNK, "int"), (counted, *body(start, count)))


def within(position: Variable, start: Variable, count: Scalar) -> Bound:
    """The positions of a block."""
    return position, start, Binary("+", start, count, "int")


@dataclass(frozen=True, slots=True)
class Nest:
    """A kernel of the plan and the arrays it works on."""

    kernel: Kernel
    array: ArrayOf
    fixed: Mapping[Index, Variable] = field(default_factory=dict)
    """The index that stands at one position, and the parameter that says which."""
    ranges: Mapping[Index, tuple[Variable, Variable]] = field(default_factory=dict)
    """The indices of which a part may have some positions only, and the parameters that say from where and below what."""
    segments: Array | None = None
    """Where the parts of a reduction to one number put what they give."""

    def variables(self, indices: Sequence[Index]) -> dict[Index, Variable]:
        """A loop variable for each index, and what stands at one position."""
        return {**self.fixed, **{index: Variable(index.name, "int") for index in indices}}

    @property
    def target(self) -> Tensor:
        return self.kernel.definition.tensor

    @property
    def type(self) -> Type:
        return "int" if self.target.kind == "int" else "real"

    def scope(
        self, vars: Mapping[Index, Variable], order: Sequence[Index], depth: int, values: Mapping[Tensor, tuple[Scalar, int]]
    ) -> Scope:
        """The scope of a body under loops in an order."""
        levels = {**dict.fromkeys(self.fixed, 0), **{index: level for level, index in enumerate(order, start=1)}}
        return Scope(self.array, vars, levels, depth, values)

    def store(self, vars: Mapping[Index, Variable], value: Scalar) -> Store:
        """The element of the result at the loops' positions, set."""
        subscripts = tuple(vars[index] for index in self.kernel.definition.indices)
        return Store(self.array(self.target), self.target.shape, subscripts, value)

    def bounds(self, vars: Mapping[Index, Variable], indices: Sequence[Index]) -> list[Bound]:
        return [(vars[index], *self.range(index)) for index in indices]

    def range(self, index: Index) -> tuple[Scalar, Scalar]:
        """Where the loop of an index starts, and what it stays below."""
        return self.ranges.get(index) or (ZERO, length(index.extent))

    @property
    def reduction(self) -> Reduce:
        """The reduction that the kernel computes."""
        assert self.kernel.reduction is not None
        return self.kernel.reduction

    def epilogue(self, result: Tensor) -> Expr:
        """What is done to the result of the reduction."""
        reduction = self.reduction
        body: Expr = rewrite(self.kernel.definition.body, lambda node: access(result, ()) if node is reduction else None)
        return body


def around(bounds: Sequence[Bound], body: Placed, epilogue: Placed | None, last: tuple[Step, ...]) -> tuple[Step, ...]:
    """The outer loops, whose innermost body is `last`; the local values of the levels above it."""
    parts = [body, *([epilogue] if epilogue else [])]
    steps = last
    for level in reversed(range(len(bounds))):
        lets = tuple(let for part in parts for let in part.at(level))
        steps = (*lets, loop(bounds[level], steps))
    return steps
