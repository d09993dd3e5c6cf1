"""Superscripts and ranges of `for`: in goes an expression of numbers, consts and variables, out comes its whole number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Any

from einlang.diagnostics import Report
from einlang.sema.names import did_you_mean
from einlang.sema.rational import power
from einlang.syntax import nodes
from einlang.tree import Node, evaluate

Value = Fraction | None
"""None after an error, which is reported, and where a const has an error of its own."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What names are worth before any data.

    Attributes:
        consts: the rational value of each const of rank 0, None for one that has none.
        others: what messages call the names that are no consts: sizes, tensors.
    """

    consts: Mapping[str, Value]
    others: Mapping[str, str]
    report: Report
    said: set[str] = field(default_factory=set)
    """The consts of which it is said that they are no whole number."""

    def whole(self, expression: nodes.Expression) -> int | None:
        """The whole number that an expression says; None, reported, where it says none."""
        value = evaluate(expression, self._visit)
        if value is None or value.denominator == 1:
            return None if value is None else int(value)
        text = expression.span.text
        if isinstance(expression, nodes.Name) and text in self.said:
            return None
        self.said.add(text)
        message = f"`{text}` is {value}, which is no whole number"
        self.report.add("not-a-whole-number", expression.span, message, label="a whole number is wanted here")
        return None

    def _visit(self, node: Any, parts: tuple[Value, ...]) -> Value:
        match node:
            case nodes.Number(value):
                return value
            case nodes.Name(nodes.TensorName(name)):
                if name not in self.consts:
                    self._unknown(node)
                return self.consts.get(name)
            case nodes.TensorName():
                return None
        if type(node) in _ARITHMETIC:
            return None if None in parts else self._computed(node, parts)
        self._wrong(node, "is no whole number known before the call")
        return None

    def _computed(self, node: nodes.Expression, parts: tuple[Value, ...]) -> Value:
        value = _ARITHMETIC[type(node)](node, parts)
        if value is None:
            self._wrong(node, "has no value")
        return value

    def _wrong(self, node: nodes.Expression, what: str) -> None:
        help = "a superscript, and an end of a `for`, is arithmetic of whole numbers, consts and variables of the `for`"
        self.report.add("not-a-whole-number", node.span, f"`{node.span.text}` {what}", label="must be known now", help=help)

    def _unknown(self, node: nodes.Name) -> None:
        name = node.name.name
        if name in self.others:
            message = f"`{name}` is {self.others[name]}, which only a call tells"
            self.report.add("not-a-constant", node.span, message, help=f"make it a const: `const {name} = 3`")
        else:
            help = did_you_mean(name, self.consts) or f"declare it: `const {name} = 3`"
            self.report.add("undefined-name", node.span, f"nothing defines `{name}`", label="no const, no variable", help=help)


def _product(node: nodes.Product, parts: tuple[Any, ...]) -> Value:
    divisors = [part for factor, part in zip(node.factors, parts, strict=True) if factor.joined == "/"]
    factors = [part for factor, part in zip(node.factors, parts, strict=True) if factor.joined != "/"]
    return Fraction(reduce(mul, factors)) / reduce(mul, divisors, Fraction(1)) if all(divisors) else None


def _total(node: nodes.Additive, parts: tuple[Any, ...]) -> Value:
    return sum((part if term.sign == "+" else -part for term, part in zip(node.terms, parts, strict=True)), Fraction(0))


_ARITHMETIC: dict[type[Node], Callable[[Any, tuple[Any, ...]], Value]] = {
    nodes.Parenthesised: lambda _, parts: parts[0],
    nodes.Term: lambda _, parts: parts[0],
    nodes.Factor: lambda _, parts: parts[0],
    nodes.Negative: lambda _, parts: -parts[0],
    nodes.Power: lambda _, parts: power(*parts),
    nodes.Product: _product,
    nodes.Additive: _total,
}
