"""In goes a syntax tree, out comes a stable text of it: a line for each node with its place, what it holds indented below."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from einlang.tree import Node


def dump(root: Node) -> str:
    """One line a node: its class, its fields that are no nodes, and the line and column where it starts and ends."""
    lines: list[str] = []
    stack: list[tuple[str, Node, int]] = [("", root, 0)]
    while stack:
        field, node, depth = stack.pop()
        lines.append("  " * depth + field + _headline(node))
        stack.extend((name, child, depth + 1) for name, child in reversed(_labelled(node)))
    return "".join(f"{line}\n" for line in lines)


def _labelled(node: Node) -> list[tuple[str, Node]]:
    """The children, each with the field that it stands in."""
    children: list[tuple[str, Node]] = []
    for name in node.child_fields:
        value = getattr(node, name)
        values = value if isinstance(value, tuple) else (value,)
        children.extend((f"{name}: ", child) for child in values if isinstance(child, Node))
    return children


def _headline(node: Node) -> str:
    words = [type(node).__name__]
    words.extend(f"{name}={_plain(value)}" for name, value in _values(node))
    span = getattr(node, "span", None)
    if span is not None:
        (line, column), (last, end) = span.position, span.source.position(span.end)
        words.append(f"@ {line}:{column}-{last}:{end}")
    return " ".join(words)


def _values(node: Node) -> Iterator[tuple[str, object]]:
    """The fields that hold neither nodes nor nothing."""
    for name in node.field_names:
        value = getattr(node, name)
        held = isinstance(value, Node) or (isinstance(value, tuple) and any(isinstance(part, Node) for part in value))
        if name != "span" and not held and value is not None and value is not False and value != ():
            yield name, value


def _plain(value: object) -> str:
    return str(value) if isinstance(value, Fraction) else repr(value)
