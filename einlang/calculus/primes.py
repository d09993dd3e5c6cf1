"""Derivatives of functions that have a body: in goes a program with `tanh'(x)`, out comes one with what that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from einlang.calculus.differentiate import differentiate
from einlang.ir.indices import renewed, substitute
from einlang.ir.nodes import Abstract, Access, Body, Definition, Derivative, Expr, Function, Target, Tensor
from einlang.ir.program import Equation, Program
from einlang.tree import evaluate, rewrite


def work_out_primes(program: Program) -> Program:
    """The program without derivatives of functions that have a body; those of abstract ones stay."""
    found: dict[tuple[Body, tuple[int, ...]], Expr] = {}

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Abstract) or not isinstance(node.function, Function) or node.function.body is None:
            return None
        key = node.function.body, tuple(argument for argument, _ in node.by)
        if key not in found:
            found[key] = _partial(*key)
        return _over(found[key], key[0].parameters, node.arguments)

    def equation(old: Equation) -> Equation:
        return replace(old, sides=tuple(cast(Expr, rewrite(side, rule)) for side in old.sides))

    definitions = tuple(Definition(d.tensor, d.indices, cast(Expr, rewrite(d.body, rule))) for d in program.definitions)
    checks, assumptions = (tuple(map(equation, equations)) for equations in (program.checks, program.assumptions))
    return replace(program, definitions=definitions, checks=checks, assumptions=assumptions)


def _partial(body: Body, by: Sequence[int]) -> Expr:
    """The partial derivative of a function's body by its parameters, as an expression of these."""
    value, result = (Tensor(name, (), "float", "definition", None) for name in ("value", "result"))
    asked = Derivative(Access(value, ()), tuple(Target(body.parameters[argument], ()) for argument in by))
    definitions = (Definition(value, (), body.expr), Definition(result, (), asked))
    worked_out = differentiate(Program("function", body.parameters, definitions, (result,)))
    values: dict[Tensor, Definition] = {}

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Access) or node.tensor not in values:
            return None
        known = values[node.tensor]
        return substitute(known.body, dict(zip(known.indices, node.subscripts, strict=True)))

    for definition in worked_out.definitions:
        values[definition.tensor] = Definition(definition.tensor, definition.indices, cast(Expr, rewrite(definition.body, rule)))
    return values[result].body


def _over(expr: Expr, parameters: Sequence[Tensor], arguments: Sequence[Expr]) -> Expr:
    """An expression of parameters over arguments; its sums get indices of their own."""
    values = {Access(parameter, ()): argument for parameter, argument in zip(parameters, arguments, strict=True)}

    def visit(node: Expr, children: tuple[Expr, ...]) -> Expr:
        return values[node] if node in values else renewed(node.rebuild(children))

    return evaluate(expr, visit)
