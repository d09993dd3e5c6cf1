"""The syntax tree: in go the parts of a rule of the grammar (tokens and nodes), out comes its node.

A method for each rule or alias of grammar/einlang.lark, named like it. What a rule cannot say, though it needs no names to be
decided, is refused here, by `einlang.syntax.refuse`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from einlang.source import Span
from einlang.syntax import nodes as n
from einlang.syntax import refuse
from einlang.syntax.number import exact
from einlang.syntax.token import Token
from einlang.tree import Node

COMPARISONS = {"LESS": "<", "LESS_EQUAL": "<=", "GREATER": ">", "GREATER_EQUAL": ">=", "SAME": "==", "DIFFERENT": "!="}


@dataclass(frozen=True, slots=True)
class Bracketed:
    """What stands in brackets, separated by commas."""

    items: tuple[Any, ...]
    span: Span


Parts = list[Any]


def _span(parts: Parts) -> Span:
    return parts[0].span.to(parts[-1].span)  # type: ignore[no-any-return]


def _items(parts: Sequence[object]) -> tuple[Any, ...]:
    """The content of the bracket among the parts, if there is one."""
    return next((part.items for part in parts if isinstance(part, Bracketed)), ())


def _nodes(parts: Parts) -> tuple[Any, ...]:
    return tuple(part for part in parts if isinstance(part, Node))


class Builder:
    """A method for each rule, given its parts in order, every token included."""

    # --- brackets ---------------------------------------------------------------------------------------------------------

    def subscripts(self, parts: Parts) -> Bracketed:
        return Bracketed(tuple(parts[1::2]), _span(parts))

    axes = superscripts = subscripts

    def indices(self, parts: Parts) -> Bracketed:
        return Bracketed(_nodes(parts), _span(parts))

    left_side = indices

    # --- statements -------------------------------------------------------------------------------------------------------

    def repeated(self, parts: Parts) -> n.Item:
        return n.Repeated(parts[0], tuple(parts[2::2]), _span(parts))

    def repetition(self, parts: Parts) -> n.Repetition:
        return n.Repetition(parts[0].text, parts[2], parts[4], _span(parts))

    def declaration(self, parts: Parts) -> n.Item:
        return n.Declaration(parts[0].text, _nodes(parts), _span(parts))

    def declarator(self, parts: Parts) -> n.Declarator:
        integer = isinstance(parts[-1], Token)
        if integer:
            refuse.type_name(parts[-1])
        return n.Declarator(parts[0], _items(parts), integer, _span(parts))

    def size_declaration(self, parts: Parts) -> n.Item:
        return n.SizeDeclaration(_nodes(parts), _span(parts))

    def size_declarator(self, parts: Parts) -> n.SizeDeclarator:
        return n.SizeDeclarator(parts[0], parts[2] if len(parts) > 1 else None, _span(parts))

    def const_declaration(self, parts: Parts) -> n.Item:
        return n.ConstDeclaration(parts[1], _items(parts), parts[-1], _span(parts))

    def use(self, parts: Parts) -> n.Item:
        return n.Use(parts[1].text[1:-1], _span(parts))

    def assume(self, parts: Parts) -> n.Item:
        return n.Assume(parts[1], parts[3], _span(parts))

    def abstract(self, parts: Parts) -> n.Item:
        name, *arguments = _nodes(parts)
        return n.Abstract(name, _items(parts), tuple(arguments), _span(parts))

    def check(self, parts: Parts) -> n.Item:
        return n.Check(_nodes(parts), _span(parts))

    def output(self, parts: Parts) -> n.Item:
        return n.Output(_nodes(parts), _span(parts))

    def function(self, parts: Parts) -> n.Item:
        refuse.primed_function(parts[1])
        parameters = tuple(part for part in parts if isinstance(part, n.Parameter))
        body = parts[-1] if isinstance(parts[-1], n.Expression) else None
        return n.Function(parts[1].text, _items(parts), parameters, body, _span(parts))

    def parameter(self, parts: Parts) -> n.Parameter:
        return n.Parameter(parts[0].text, _items(parts), _span(parts))

    def definition(self, parts: Parts) -> n.Item:
        return n.Definition(parts[0], _items(parts), parts[-1], _span(parts))

    def update(self, parts: Parts) -> n.Item:
        return n.Update(parts[0], _items(parts), parts[-1], _span(parts))

    def solve(self, parts: Parts) -> n.Item:
        return n.Solve(parts[1], _items(parts), parts[-3], parts[-1], _span(parts))

    def left_index(self, parts: Parts) -> n.LeftIndex:
        refuse.left_index(parts[0])
        return n.LeftIndex(parts[0], parts[2] if len(parts) > 1 else None, _span(parts))

    # --- names and indices ------------------------------------------------------------------------------------------------

    def name(self, parts: Parts) -> n.TensorName:
        made = n.TensorName(parts[0].text, _items(parts), _span(parts))
        refuse.latex_subscript(made)
        return made

    def index(self, parts: Parts) -> n.IndexName:
        refuse.index(parts[0].text, parts[0].span)
        return n.IndexName(parts[0].text, parts[2] if len(parts) > 1 else None, _span(parts))

    # --- conditions -------------------------------------------------------------------------------------------------------

    def conditional(self, parts: Parts) -> n.Expression:
        return n.Conditional(parts[0], parts[2], parts[4], _span(parts))

    def logical(self, parts: Parts) -> n.Expression:
        return n.Logical(parts[1].text, _nodes(parts), _span(parts))

    def inverted(self, parts: Parts) -> n.Expression:
        return n.Not(parts[1], _span(parts))

    def compared(self, parts: Parts) -> n.Expression:
        return n.Comparison(COMPARISONS[parts[1].type], parts[0], parts[2], _span(parts))  # type: ignore[arg-type]

    # --- arithmetic -------------------------------------------------------------------------------------------------------

    def total(self, parts: Parts) -> n.Expression:
        first = n.Term("+", parts[0], parts[0].span)
        return n.Additive((first, *parts[1:]), _span(parts))

    def term(self, parts: Parts) -> n.Term:
        return n.Term("-" if parts[0].type == "MINUS" else "+", parts[1], _span(parts))

    def product(self, parts: Parts) -> n.Expression:
        factors = (n.Factor("*", parts[0], parts[0].span), *parts[1:])
        refuse.juxtaposed_after_division(factors)
        refuse.grouped_digits(factors)
        return n.Product(factors, _span(parts))

    def factor(self, parts: Parts) -> n.Factor:
        return n.Factor("/" if parts[0].type == "OVER" else "*", parts[1], _span(parts))

    def juxtaposed_factor(self, parts: Parts) -> n.Factor:
        return n.Factor("juxtaposed", parts[0], parts[0].span)

    def negative(self, parts: Parts) -> n.Expression:
        return n.Negative(parts[1], _span(parts))

    def power(self, parts: Parts) -> n.Expression:
        refuse.power_of_reduction(parts[0], parts[2])
        return n.Power(parts[0], parts[2], _span(parts))

    # --- operands ---------------------------------------------------------------------------------------------------------

    def number(self, parts: Parts) -> n.Expression:
        return n.Number(exact(parts[0]), parts[0].text, parts[0].span)

    def bare(self, parts: Parts) -> n.Expression:
        return n.Name(parts[0], parts[0].span)

    def reference(self, parts: Parts) -> n.Expression:
        return n.Reference(parts[0], parts[1].items, _span(parts))

    def filled(self, parts: Parts) -> n.Expression:
        return n.Filled(int(parts[0].text), parts[1].items, _span(parts))

    def delta(self, parts: Parts) -> n.Expression:
        return n.Delta(parts[1].items, _span(parts))

    def levicivita(self, parts: Parts) -> n.Expression:
        return n.LeviCivita(parts[1].items, _span(parts))

    def parenthesised(self, parts: Parts) -> n.Expression:
        return n.Parenthesised(parts[1], _span(parts))

    def call(self, parts: Parts) -> n.Expression:
        function = parts[0].text.partition("'")[0]
        runs = re.findall(r"('+)(\d*)", parts[0].text)
        by = tuple(int(argument or 0) for primes, argument in runs for _ in primes)
        made = n.Call(function, by, _items(parts), _nodes(parts), _span(parts))
        refuse.call(made, parts[0].span)
        return made

    def written(self, parts: Parts) -> n.Written:
        return n.Written(_nodes(parts), _span(parts))

    def written_reference(self, parts: Parts) -> n.Expression:
        return n.WrittenReference(parts[0], parts[1].items, _span(parts))

    def derivative(self, parts: Parts) -> n.Expression:
        numerator, *denominators = _nodes(parts)
        return n.Derivative(len(denominators), numerator, tuple(denominators), _span(parts))

    def denominator(self, parts: Parts) -> n.Expression:
        return self.reference(parts[1:]) if len(parts) > 2 else self.bare(parts[1:])
