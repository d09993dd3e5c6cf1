"""Bodies of definitions: in goes a program and a change of bodies or of nodes in them, out comes the program changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from einlang.ir.nodes import Definition, Expr
from einlang.ir.program import Program
from einlang.tree import Node, evaluate


def with_bodies(program: Program, change: Callable[[Definition], Expr]) -> Program:
    """The program with the body of each definition changed."""
    return program.with_definitions(tuple(with_body(definition, change(definition)) for definition in program.definitions))


def with_body(definition: Definition, body: Expr) -> Definition:
    """The definition with another body."""
    return definition if body is definition.body else Definition(definition.tensor, definition.indices, body)


def replaced(body: Expr, replacements: Mapping[Node, Expr]) -> Expr:
    """`body` with nodes replaced, the outermost where they are nested."""
    if not replacements:
        return body

    def visit(node: Node, children: tuple[Node, ...]) -> Node:
        return replacements[node] if node in replacements else node.rebuild(children)

    result = evaluate(body, visit)
    assert isinstance(result, Expr)
    return result
