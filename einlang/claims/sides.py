"""Equations to be computed: in goes a program and an equation of it, out comes the program whose outputs are its sides."""

from __future__ import annotations

from dataclasses import replace

from einlang.ir.naming import Names
from einlang.ir.nodes import Definition, Tensor
from einlang.ir.program import Equation, Program
from einlang.optimize.dead_code import dead_code


def sides_of(program: Program, equation: Equation) -> Program:
    """A program with an output for each side, over all indices of the equation, and no definition that they do not need."""
    names = Names.of(program)
    shape = tuple(index.extent for index in equation.indices)
    made = [
        Definition(Tensor(names.spare(f"side_{n}"), shape, "float", "definition", None), equation.indices, side)
        for n, side in enumerate(equation.sides, start=1)
    ]
    outputs = tuple(side.tensor for side in made)
    whole = replace(program, definitions=(*program.definitions, *made), outputs=outputs, assumptions=(), checks=())
    return dead_code(whole)
