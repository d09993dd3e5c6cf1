"""What is the same for each layer: in go syntax trees in order, out come fewer, superscripts in a variable with its range.

Two trees are of one family if they differ by the same number in all their superscripts. Members whose superscripts follow each
other become one tree, at the place of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from einlang.codegen.ein.spans import NOWHERE, additive, name, number
from einlang.syntax import nodes
from einlang.tree import Node, evaluate, walk

_LETTERS = "mplrstuvwxyzabcdefghijknoq"
LONGEST_CHUNK = 8
"""How many neighbours in a list are looked at together."""


@dataclass(frozen=True, slots=True)
class Family:
    """A tree, and the range that its variable runs through; a tree that stands for itself has none."""

    tree: Any
    range: nodes.Repetition | None = None


def families(trees: Sequence[Node], variable: str) -> list[Family]:
    """The trees, those of a family as one, in the order of their first members."""
    keys = _Keys()
    alike: dict[int, dict[int, int]] = {}
    for place, tree in enumerate(trees):
        layer = _layer(tree)
        if layer is not None:
            alike.setdefault(keys.of(tree, layer), {}).setdefault(layer, place)
    found = {place: Family(tree) for place, tree in enumerate(trees)}
    for members in alike.values():
        for run in (run for run in _runs(sorted(members)) if len(run) > 1):
            first, *others = sorted(members[layer] for layer in run)
            said = _in_variable(trees[members[run[0]]], run[0], variable)
            found = {place: kept for place, kept in found.items() if place not in others}
            found[first] = Family(said, _range(variable, run))
    return [found[place] for place in sorted(found)]


def chunks(parts: Sequence[Node], variable: str) -> Iterator[tuple[tuple[Any, ...], nodes.Repetition | None]]:
    """Neighbours in a list in their order: as they are, or a few of them repeated through a range."""
    keys, start, plain = _Keys(), 0, 0
    while start < len(parts):
        size, count = _most_repeated(parts, start, keys)
        if count > 1:
            if plain < start:
                yield tuple(parts[plain:start]), None
            layer = _layer(parts[start]) or 0
            made = tuple(_in_variable(part, layer, variable) for part in parts[start : start + size])
            yield made, _range(variable, range(layer, layer + count))
            plain = start + size * count
        start += size * count
    if plain < len(parts):
        yield tuple(parts[plain:]), None


def spare_variable(trees: Sequence[Node]) -> str:
    """A letter that names nothing in some trees."""
    taken = {word for tree in trees for node in walk(tree) if (word := getattr(node, "name", None)) and isinstance(word, str)}
    return next((letter for letter in _LETTERS if letter not in taken), "layer")


# --- superscripts -------------------------------------------------------------------------------------------------------------


def _numbers(node: nodes.TensorName) -> list[int]:
    """The superscripts of a name."""
    values = [s.operand.value * -1 if isinstance(s, nodes.Negative) else s.value for s in node.superscripts]  # type: ignore[attr-defined]
    return [int(value) for value in values]


def _layer(tree: Node) -> int | None:
    """The layer that a tree is of: the superscript of the first name that has one; none where it speaks of several already."""
    if isinstance(tree, nodes.Repeated):
        return None
    first = next((node for node in walk(tree) if isinstance(node, nodes.TensorName) and node.superscripts), None)
    return _numbers(first)[0] if first is not None and len(first.superscripts) == 1 else None


def _in_variable(tree: Node, layer: int, variable: str) -> Node:
    """The tree with superscripts counted from a variable in the place of a layer."""

    def visit(node: Node, children: tuple[Node, ...]) -> Node:
        if isinstance(node, nodes.TensorName) and node.superscripts:
            return replace(node, superscripts=tuple(_counted(value - layer, variable) for value in _numbers(node)))
        return node.rebuild(children)

    return evaluate(tree, visit)


def _counted(offset: int, variable: str) -> nodes.Expression:
    distance = number(Fraction(abs(offset)))
    return additive([(False, name(variable)), (offset < 0, distance)]) if offset else name(variable)


def _range(variable: str, layers: Sequence[int]) -> nodes.Repetition:
    first, last = (number(Fraction(layer)) for layer in (layers[0], layers[-1]))
    return nodes.Repetition(variable, first, last, NOWHERE)


def _runs(layers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Numbers in order, cut where one is missing."""
    cuts = [k for k in range(1, len(layers)) if layers[k] != layers[k - 1] + 1]
    yield from (layers[a:b] for a, b in zip([0, *cuts], [*cuts, len(layers)], strict=True))


def _most_repeated(parts: Sequence[Node], start: int, keys: _Keys) -> tuple[int, int]:
    """How many neighbours from `start` on belong together, and how often they follow each other, layer by layer."""
    layer = _layer(parts[start])
    best = (1, 1)
    for size in range(1, LONGEST_CHUNK + 1) if layer is not None else ():
        count = 1
        while _follows(parts, start, size, count, layer or 0, keys):
            count += 1
        best = max(best, (size, count), key=lambda found: (found[1] > 1) * found[0] * found[1])
    return best


def _follows(parts: Sequence[Node], start: int, size: int, count: int, layer: int, keys: _Keys) -> bool:
    """Whether the next `size` neighbours are those from `start` on, `count` layers further, all of them with a layer."""
    here, there = parts[start : start + size], parts[start + size * count : start + size * (count + 1)]
    if len(there) < size or any(_layer(part) is None for part in here):
        return False
    return [keys.of(part, layer) for part in here] == [keys.of(part, layer + count) for part in there]


class _Keys:
    """Numbers for trees, equal for trees that are equal, places aside, when superscripts are counted from a layer."""

    def __init__(self) -> None:
        self._known: dict[object, int] = {}

    def of(self, tree: Node, layer: int) -> int:
        """The number of a tree."""

        def visit(node: Any, children: tuple[int, ...]) -> int:
            if isinstance(node, nodes.TensorName):
                shape: tuple[object, ...] = (node.name, *(value - layer for value in _numbers(node)))
            else:
                shape = (
                    type(node),
                    *map(_atom, (getattr(node, field) for field in node.field_names if field != "span")),
                    children,
                )
            return self._known.setdefault(shape, len(self._known))

        return evaluate(tree, visit)


def _atom(value: object) -> object:
    """What of a field is no node: its value, or how many nodes there are."""
    if isinstance(value, tuple):
        return tuple(map(_atom, value))
    return Node if isinstance(value, Node) else value
