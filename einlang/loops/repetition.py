"""Loops over positions: in goes a plan, out come the loops around its runs, and the position and conditions of each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Expr, Index, Tensor
from einlang.ir.recurrences import is_last
from einlang.loops.nests import ZERO, length
from einlang.loops.nodes import Array, Binary, Blocks, Convert, Function, Repeat, Scalar, Variable
from einlang.loops.operations import constant
from einlang.loops.scalars import Scope, lower
from einlang.plan.kernel import ROOM, Kernel, Loop, Plan, Strip
from einlang.plan.merge import product
from einlang.tree import rewrite

TURN = 16
"""Rows of a matrix that two kernels take in turns; a multiple of those that are added at once, so that sums are the same."""
BLOCK = Variable("block", "int")
"""The first of them."""


@dataclass(frozen=True, slots=True)
class Positions:
    """The loops of a plan, with a variable for each."""

    plan: Plan
    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, plan: Plan) -> Positions:
        """A variable for each loop, named as the index of its first kernel."""
        names = {kernel.step.loop: kernel.step.index.name for kernel in reversed(plan.kernels) if kernel.step}
        return cls(plan, tuple(Variable(names[number], "int") for number in range(len(plan.loops))))

    def loops(self) -> tuple[Repeat, ...]:
        """The loops around the runs."""
        found = []
        for number, loop in enumerate(self.plan.loops):
            own = [n for n, kernel in enumerate(self.plan.kernels) if kernel.step and kernel.step.loop == number]
            ends = dict.fromkeys(loop.ends)
            longest = [end for end in ends if is_last(end, ends)][:1] or ends
            stops = [_moved(length(extent), -shift) for extent, shift in longest]
            stop = reduce(lambda one, other: Function("ein_max", "int", (one, other), "int"), stops)
            found.append(Repeat(self.variables[number], -_most(loop), stop, loop.forward, own[0], own[-1] + 1))
        return tuple(sorted([*found, *self._turns()], key=lambda loop: loop.first))

    def _turns(self) -> Iterator[Repeat]:
        """The loops over blocks of rows of two kernels that take turns; one block at least, for what is done after the last."""
        number, kernels = 0, self.plan.kernels
        while number < len(kernels):
            rows = kernels[number].turn
            if rows is not None:
                most = Function("ein_max", "int", (length(rows.extent), constant(1, "int")), "int")
                yield Repeat(BLOCK, 0, most, True, number, number + 2, TURN)
            number += 1 if rows is None else 2

    def at(self, kernel: Kernel) -> Scalar | None:
        """The position that a kernel computes, or the first of a block."""
        if kernel.turn is not None:
            return BLOCK
        return None if kernel.step is None else _moved(self.variables[kernel.step.loop], kernel.step.shift)

    def strides(self, kernel: Kernel, tensors: Mapping[str, Tensor]) -> tuple[Extent | None, ...]:
        """The numbers of one position of each tensor that a kernel is given, where it has more than those of a block."""
        strip = kernel.strip
        if strip is None:
            return ()
        inner = {k.source.tensor.name for k in self.plan.kernels if k.strip is strip} - strip.kept
        return tuple(_stride(tensor, strip) if name not in inner else None for name, tensor in tensors.items())

    def conditions(self, kernel: Kernel) -> tuple[Scalar, ...]:
        """When a kernel runs: where it has a position at all, and its case applies."""
        position = self.at(kernel)
        if kernel.step is None or position is None:
            return ()
        step, loop = kernel.step, self.plan.loops[kernel.step.loop]
        conditions: list[Scalar] = []
        if step.shift < _most(loop):
            conditions.append(Binary(">=", position, ZERO, "bool"))
        if not is_last((step.index.extent, step.shift), loop.ends):
            conditions.append(Binary("<", position, length(step.index.extent), "bool"))
        return (*conditions, *(_condition(condition, step.index, position) for condition in step.conditions))


def _stride(tensor: Tensor, strip: Strip) -> Extent | None:
    """The numbers of one position of a tensor, where it has an axis of positions."""
    return product(tensor.shape).substitute({strip.size: fixed(1)}) if strip.holds(tensor) else None


def blocks(plan: Plan) -> tuple[Blocks, ...]:
    """The loops over blocks of positions around the kernels of strips."""
    found = []
    for strip in plan.strips:
        own = [number for number, kernel in enumerate(plan.kernels) if kernel.strip is strip]
        found.append(Blocks(strip.size, strip.total, strip.each, ROOM, own[0], own[-1] + 1))
    return tuple(found)


def _most(loop: Loop) -> int:
    """How far the member that is furthest ahead is."""
    return max(shift for _, shift in loop.ends)


def _moved(scalar: Scalar, by: int) -> Scalar:
    return Binary("+" if by > 0 else "-", scalar, constant(abs(by), "int"), "int") if by else scalar


def _condition(condition: Expr, index: Index, position: Scalar) -> Scalar:
    """A condition of the index alone, where it is at a position."""
    variable = Variable(index.name, "int")
    scope = Scope(lambda tensor: Array(tensor.name, "int", None), {index: variable}, {index: 0}, 0)
    value = lower(condition, scope, "int").value
    made: Scalar = rewrite(value, lambda node: position if node is variable else None)
    return made.operand if isinstance(made, Convert) else made
