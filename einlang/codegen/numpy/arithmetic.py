"""Sums, products, quotients and powers as NumPy text: in go the operands' values, out comes their combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from einlang.codegen.numpy.values import (
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Value,
    aligned,
    alike,
    applied,
    as_float,
    literal,
    negated,
    typed,
    union,
)
from einlang.codegen.numpy.writer import LONGEST, Writer
from einlang.ir.nodes import Index

Order = Mapping[Index, int]


def total(terms: Sequence[Value], order: Order, writer: Writer) -> Value:
    """The terms, added or subtracted from left to right; long chains are cut into lines."""
    signs = [1 if term.opposite is None else -1 for term in terms]
    values = alike([term if term.opposite is None else term.opposite for term in terms])
    if signs[:2] == [-1, 1]:
        signs[:2], values[:2] = [1, -1], [values[1], values[0]]
    result = negated(values[0]) if signs[0] < 0 else values[0]
    for sign, value in zip(signs[1:], values[1:], strict=True):
        if not result.weak and len(result.text) + len(value.text) > LONGEST:
            result = writer.stored(result)
        result = _joined(result, " + " if sign > 0 else " - ", value, SUM, order)
    return result


def product(factors: Sequence[Value], order: Order, writer: Writer) -> Value:
    """The factors multiplied from left to right."""
    values = alike(factors)
    result = values[0]
    for value in values[1:]:
        if not result.weak and len(result.text) + len(value.text) > LONGEST:
            result = writer.stored(result)
        result = _joined(result, " * ", value, PRODUCT, order)
    return result


def quotient(numerator: Value, denominator: Value, order: Order) -> Value:
    """`numerator / denominator` as floats, by NumPy's rules where the denominator is 0."""
    if numerator.opposite is not None:
        return negated(quotient(numerator.opposite, denominator, order))
    top, bottom = as_float(numerator), as_float(denominator)
    return _joined(typed(top) if bottom.weak else top, " / ", bottom, PRODUCT, order)


def _joined(left: Value, operator: str, right: Value, level: int, order: Order) -> Value:
    """`left operator right`; the operators are left-associative, and the right side has to bind more tightly."""
    axes = union([left.axes, right.axes], order)
    a, b = aligned(left, axes), aligned(right, axes)
    text = f"{a.within(level)}{operator}{b.within(SIGN if level == PRODUCT else level + 1)}"
    depth = max(a.depth, b.depth + 1)
    return Value(text, axes, left.kind, level, weak=left.weak and right.weak, depth=depth)


def power(base: Value, exponent: Value | Fraction, order: Order, writer: Writer) -> Value:
    """`base ^ exponent`; small whole exponents by multiplication."""
    base = typed(as_float(base))
    if isinstance(exponent, Fraction) and exponent.denominator == 1 and 0 < abs(exponent) <= 64:
        raised = _whole_power(base, abs(exponent.numerator), writer)
        return raised if exponent > 0 else quotient(literal(Fraction(1)), raised, order)
    value = literal(exponent) if isinstance(exponent, Fraction) else exponent
    value = as_float(value)
    axes = union([base.axes, value.axes], order)
    return applied("np.power({0}, {1})", [aligned(base, axes), aligned(value, axes)], axes)


def _whole_power(base: Value, exponent: int, writer: Writer) -> Value:
    if exponent == 1:
        return base
    if exponent == 2:
        text = f"{base.within(POWER + 1)} ** 2"
        return Value(text, base.axes, level=POWER, depth=base.depth + 1)
    return applied(f"{writer.call('_power')}({{0}}, {exponent})", [base], base.axes)
