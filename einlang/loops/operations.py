"""One row for each node of the tensor IR that computes: in go the node and the scalars of its children, out comes its scalar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any

from einlang.ir.build import MINUS_ONE
from einlang.ir.nodes import Add, Apply, Delta, Expr, Mul, Number, Pow, Select, Stack, Zero
from einlang.loops.nodes import Binary, Choose, Constant, Convert, Entry, Function, Load, Scalar, Special, Type, Unary, Variable

Row = Callable[[Any, tuple[Scalar, ...], Type], Scalar]
LARGEST_POWER = 4
"""Up to here a power is a product; each factor adds up to one unit in the last place of error."""


def constant(value: Fraction | int, type: Type) -> Constant:
    """A literal."""
    return Constant(Fraction(value), type)


def convert(scalar: Scalar, type: Type) -> Scalar:
    """The scalar as another type; truth is 1."""
    own: Type = scalar.type
    if own == type:
        return scalar
    if isinstance(scalar, Constant | Special) and type == "real":
        return replace(scalar, type=type)
    return Convert(scalar, type)


def _number(node: Number, children: tuple[Scalar, ...], type: Type) -> Scalar:
    return constant(node.value, type)


def _add(node: Add, children: tuple[Scalar, ...], type: Type) -> Scalar:
    """Terms from left to right; one that starts with the factor -1 is subtracted."""

    def plus(left: Scalar, right: Scalar) -> Scalar:
        if isinstance(right, Unary) and right.operator == "-":
            return Binary("-", left, right.operand, type)
        if isinstance(right, Binary) and right.operator == "*" and isinstance(right.left, Unary) and right.left.operator == "-":
            return Binary("-", left, replace(right, left=right.left.operand), type)
        if isinstance(right, Constant) and right.value < 0:
            return Binary("-", left, replace(right, value=-right.value), type)
        return Binary("+", left, right, type)

    return reduce(plus, [convert(child, type) for child in children])


def _mul(node: Mul, children: tuple[Scalar, ...], type: Type) -> Scalar:
    """Factors from left to right; nothing is multiplied where a δ is 0."""
    if any(isinstance(factor, Zero) for factor in node.factors):
        return constant(0, type)
    deltas = [child for factor, child in zip(node.factors, children, strict=True) if isinstance(factor, Delta)]
    rest = [(f, c) for f, c in zip(node.factors, children, strict=True) if not isinstance(f, Delta)]
    product = _product([f for f, _ in rest], [convert(c, type) for _, c in rest], type)
    for delta in reversed(deltas):
        product = Choose(_truth(delta), product, constant(0, type), type)
    return product


def _product(factors: Sequence[Expr], scalars: Sequence[Scalar], type: Type) -> Scalar:
    if not scalars:
        return constant(1, type)
    if factors[0] is MINUS_ONE and len(scalars) > 1:
        scalars = [Unary("-", scalars[1], type), *scalars[2:]]
    return reduce(lambda left, right: Binary("*", left, right, type), scalars)


def _truth(delta: Scalar) -> Scalar:
    """The comparison that a δ is."""
    return delta.operand if isinstance(delta, Convert) else Binary("==", delta, constant(1, "int"), "bool")


def _delta(node: Delta, children: tuple[Scalar, ...], type: Type) -> Scalar:
    return Convert(Binary("==", children[0], children[1], "bool"), "int")


def _div(node: Expr, children: tuple[Scalar, ...], type: Type) -> Scalar:
    return Binary("/", convert(children[0], "real"), convert(children[1], "real"), "real")


def _pow(node: Pow, children: tuple[Scalar, ...], type: Type) -> Scalar:
    """A product for a small whole exponent, a root for a half."""
    base = convert(children[0], "real")
    exponent = node.exponent.value if isinstance(node.exponent, Number) else None
    if exponent is None or exponent.denominator > 2 or abs(exponent.numerator) > LARGEST_POWER:
        return Function("ein_pow", "real", (base, convert(children[1], "real")), "real")
    if exponent.denominator == 2:
        if abs(exponent.numerator) != 1:
            return Function("ein_pow", "real", (base, convert(children[1], "real")), "real")
        power: Scalar = Function("ein_root", "real", (base,), "real")
    elif exponent == 2 and isinstance(base, Variable | Load | Constant):
        power = Binary("*", base, base, "real")
    else:
        power = Function("ein_power", "real", (base, constant(abs(exponent), "int")), "real")
    return power if exponent > 0 else Binary("/", constant(1, "real"), power, "real")


_TAKEN: dict[str, Type] = {"bool": "bool", "int": "int", "number": "int", "float": "real"}
"""The type of the arguments of an operator that takes them; whole numbers stay such where it takes any."""


def _apply(node: Apply, children: tuple[Scalar, ...], type: Type) -> Scalar:
    operator = node.operator
    whole = all(child.type == "int" for child in children)
    taken: Type = "real" if operator.takes == "number" and not whole else _TAKEN[operator.takes]
    arguments = tuple(convert(child, taken) for child in children)
    if operator.c.startswith("ein_"):
        return Function(operator.c.split("(")[0], taken, arguments, type)
    symbol = operator.c.strip("()").replace("{0}", "").replace("{1}", "").strip()
    if len(arguments) == 1:
        return Unary(symbol, arguments[0], type)
    if operator.result == "bool" and taken == "int" and arguments[0] is arguments[1]:
        return constant(symbol in ("==", "<=", ">="), "bool")
    return Binary(symbol, arguments[0], arguments[1], type)


def _select(node: Select, children: tuple[Scalar, ...], type: Type) -> Scalar:
    condition, then, otherwise = children
    return Choose(condition, convert(then, type), convert(otherwise, type), type)


def _stack(node: Stack, children: tuple[Scalar, ...], type: Type) -> Scalar:
    """A table of literals, else a choice in as many comparisons as the number of entries has digits."""
    *entries, position = children
    if all(isinstance(entry, Number) for entry in node.entries) and len(entries) > 1:
        values = tuple(entry.value for entry in node.entries if isinstance(entry, Number))
        return Entry(values, position, type)
    return _halved([convert(entry, type) for entry in entries], 0, position, type)


def _halved(entries: Sequence[Scalar], first: int, position: Scalar, type: Type) -> Scalar:
    if len(entries) == 1:
        return entries[0]
    half = len(entries) // 2
    below = Binary("<", position, constant(first + half, "int"), "bool")
    then = _halved(entries[:half], first, position, type)
    return Choose(below, then, _halved(entries[half:], first + half, position, type), type)


OPERATIONS: dict[str, Row] = {
    "Number": _number,
    "Zero": lambda node, children, type: constant(0, type),
    "Pi": lambda node, children, type: Special("pi", "real"),
    "Infinity": lambda node, children, type: Special("inf", "real"),
    "Delta": _delta,
    "Add": _add,
    "Mul": _mul,
    "Div": _div,
    "Pow": _pow,
    "Apply": _apply,
    "Select": _select,
    "Stack": _stack,
    "Stop": lambda node, children, type: children[0],
}
