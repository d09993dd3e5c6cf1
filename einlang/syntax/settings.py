"""A file with its consts as they were set: in goes a file and values for its consts, out comes its text or an item with those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import isfinite

from einlang.source import Span
from einlang.syntax import nodes


def with_consts(file: nodes.File, values: Mapping[str, float]) -> str:
    """The text of a file in which the consts that are set, and stand in it by name alone, have their values."""
    text, made, position = file.span.source.text, "", 0
    for item in file.items:
        if isinstance(item, nodes.ConstDeclaration) and _is_set(item, values):
            made += f"{text[position : item.value.span.start]}{values[item.name.name]!r}"
            position = item.value.span.end
    return made + text[position:]


def with_value(item: nodes.Item, values: Mapping[str, float]) -> nodes.Item:
    """The item, with its value if it is a const that is set."""
    if not isinstance(item, nodes.ConstDeclaration) or not _is_set(item, values):
        return item
    value, span = values[item.name.name], item.value.span
    magnitude = nodes.Number(Fraction(abs(value)), repr(abs(value)), span) if isfinite(value) else _infinity(span)
    return replace(item, value=nodes.Negative(magnitude, span) if value < 0 else magnitude)


def _is_set(item: nodes.ConstDeclaration, values: Mapping[str, float]) -> bool:
    return not item.axes and not item.name.superscripts and item.name.name in values


def _infinity(span: Span) -> nodes.Name:
    return nodes.Name(nodes.TensorName("inf", (), span), span)
