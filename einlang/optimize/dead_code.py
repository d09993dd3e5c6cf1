"""Dead code: in goes a program, out comes one without the definitions that nothing asked for needs."""

from __future__ import annotations

from dataclasses import replace

from einlang.ir.abstract import depended_on
from einlang.ir.program import Program
from einlang.optimize.uses import kept_tensors


def dead_code(program: Program) -> Program:
    """The definitions that outputs and equations depend on."""
    return program.with_definitions(depended_on(program, kept_tensors(program)))


def drop_checks(program: Program) -> Program:
    """A program without its claims: they do nothing in a call."""
    return replace(program, checks=())
