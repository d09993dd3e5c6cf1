"""Dead code: in goes a program, out comes one without the definitions that nothing asked for needs."""

from __future__ import annotations

from dataclasses import replace

from einlang.ir.program import Program, tensors_in
from einlang.optimize.uses import kept_tensors


def dead_code(program: Program) -> Program:
    """The definitions that outputs and equations depend on."""
    needed = kept_tensors(program)
    for definition in reversed(program.definitions):
        if definition.tensor in needed:
            needed.update(tensors_in(definition.body))
    return program.with_definitions(tuple(definition for definition in program.definitions if definition.tensor in needed))


def drop_checks(program: Program) -> Program:
    """A program without its claims: they do nothing in a call."""
    return replace(program, checks=())
