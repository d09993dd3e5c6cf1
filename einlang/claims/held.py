"""What `stop` holds still: in goes a program, out comes it with a definition for each expression under a `stop`."""

from __future__ import annotations

from typing import cast

from einlang.ir.indices import free_indices
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define
from einlang.ir.nodes import Access, Definition, Expr, Stop
from einlang.ir.program import Program
from einlang.tree import rewrite, walk


def with_held(program: Program) -> Program:
    """`f = stop(x) x` becomes `held = x`, `f = stop(held) x`: `held` can keep its value while x is moved."""
    if not any(isinstance(node, Stop) for definition in program.definitions for node in walk(definition.body)):
        return program
    names, made = Names.of(program), list[Definition]()

    def hold(node: Expr) -> Expr | None:
        if not isinstance(node, Stop):
            return None
        indices = free_indices(node.body)
        made.append(define(names.spare("held"), indices, node.body, "int" if kind(node.body) == "int" else "float"))
        return Stop(Access(made[-1].tensor, indices))

    for definition in program.definitions:
        body = cast(Expr, rewrite(definition.body, hold))
        made.append(Definition(definition.tensor, definition.indices, body))
    return program.with_definitions(tuple(made))
