"""What `stop` holds still: in goes a program, out comes it with a definition for each expression under a `stop`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import cast

from einlang.ir.elsewhere import moved
from einlang.ir.indices import free_indices
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define
from einlang.ir.nodes import Access, Definition, Expr, Stop
from einlang.ir.program import Program
from einlang.ir.recurrences import grouped
from einlang.ir.safety import conditions_of_all
from einlang.tree import Node, rewrite, walk


def with_held(program: Program) -> Program:
    """`f = stop(x) x` becomes `held = x`, `f = stop(held) x`: `held` can keep its value while x is moved."""
    if not any(isinstance(node, Stop) for definition in program.definitions for node in walk(definition.body)):
        return program
    names, made = Names.of(program), list[Definition]()

    def hold(node: Expr, conditions: Mapping[Node, tuple[Expr, ...] | None]) -> Expr | None:
        if not isinstance(node, Stop):
            return None
        found = moved(node.body, conditions.get(node) or ())
        indices = free_indices(found.expr)
        made.append(define(names.spare("held"), indices, found.expr, "int" if kind(node.body) == "int" else "float"))
        return Stop(Access(made[-1].tensor, tuple(found.at.get(index, index) for index in indices)))

    for definition in program.definitions:
        conditions = conditions_of_all(definition.body)
        body = cast(Expr, rewrite(definition.body, partial(hold, conditions=conditions)))
        made.append(Definition(definition.tensor, definition.indices, body))
    return program.with_definitions(grouped(made))
