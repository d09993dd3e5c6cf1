"""Which positions a refused call has outside: in goes a program with refusals, out comes one whose outputs are such positions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from einlang.ir.abstract import depended_on
from einlang.ir.build import ONE, neg
from einlang.ir.nodes import Apply, Definition, Expr, Infinity, Number, Reduce, Select, Tensor
from einlang.ir.program import Program
from einlang.tree import rewrite


def outside_program(program: Program, number: int) -> Program:
    """A program with two outputs: the largest and the least position for which the n-th refusal refuses a call.

    It refuses nothing; what earlier refusals refuse does not come so far.
    """
    refusal = program.refusals[number]
    counted = next(definition for definition in program.definitions if definition.tensor is refusal.tensor)
    ends = [_end(counted, "max"), _end(counted, "min")]
    outputs = tuple(end.tensor for end in ends)
    definitions = depended_on(program.with_definitions((*program.definitions, *ends)), outputs)
    made = program.with_definitions(definitions)
    return replace(made, name="outside", outputs=outputs, refusals=(), assumptions=(), checks=(), requirements=(), updates={})


def _end(counted: Definition, operation: Literal["max", "min"]) -> Definition:
    """The largest or least of the positions that a definition counts, infinite where it counts none."""
    nothing: Expr = neg(Infinity()) if operation == "max" else Infinity()

    def rule(node: Expr) -> Expr | None:
        match node:
            case Select(Apply(_, (Apply(_, (position, _)), _)), then, _) if then is ONE:
                return replace(node, then=position, otherwise=nothing)
            case Select(otherwise=Number()):
                return replace(node, otherwise=nothing)
            case Reduce("sum"):
                return replace(node, operation=operation)
            case _:
                return None

    return Definition(Tensor(f"{operation} outside", (), "float", "definition", None), (), rewrite(counted.body, rule))
