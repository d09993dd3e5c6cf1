"""Settling: in goes a simplified program, out comes one whose definitions all count as written.

Code is made from what `program.source` says. A program that is read back from that text has nothing but definitions of the
user's, and so computes the same to the last bit.
"""

from __future__ import annotations

from dataclasses import replace

from einlang.ir.build import number, select
from einlang.ir.guarded import joined
from einlang.ir.nodes import Expr, Select, Zero
from einlang.ir.program import Program
from einlang.optimize.bodies import with_bodies
from einlang.tree import rewrite


def settle(program: Program) -> Program:
    """The program with its definitions settled: passes that follow take away only what they bring themselves."""
    written = with_bodies(program, lambda definition: rewrite(definition.body, _written))
    return replace(written, settled=frozenset(definition.tensor for definition in program.definitions))


def _written(node: Expr) -> Expr | None:
    """What is zero by structure has hidden what it had to; in a text it is 0. Choices that nest are written with `and`."""
    match node:
        case Zero():
            return number(0)
        case Select(condition, then, otherwise) if len(conditions := tuple(joined(condition))) > 1:
            for part in reversed(conditions):
                then = select(part, then, otherwise)
            return then
        case _:
            return None
