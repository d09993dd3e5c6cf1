"""A text with its consts as they were set: in goes a file and other values for its consts, out comes its text with those."""

from __future__ import annotations

from collections.abc import Mapping

from einlang.syntax import nodes


def with_consts(file: nodes.File, values: Mapping[str, float]) -> str:
    """The text of a file in which the consts that are set, and stand in it by name alone, have their values."""
    text, made, position = file.span.source.text, "", 0
    for item in file.items:
        if isinstance(item, nodes.ConstDeclaration) and not item.axes and not item.name.superscripts and item.name.name in values:
            made += f"{text[position : item.value.span.start]}{values[item.name.name]!r}"
            position = item.value.span.end
    return made + text[position:]
