"""Left sides: in goes a subscript on the left of `=`, out comes its index with what is added, or the position that it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from einlang.syntax import nodes
from einlang.tree import Node, evaluate


class Step(NamedTuple):
    """`t + 1`: an index, and the whole number that is added to it."""

    name: str
    shift: int


class _Whole(NamedTuple):
    """The sum of names, each so often, and a number."""

    names: tuple[tuple[str, int], ...]
    number: int


def step(subscript: nodes.Expression) -> Step | None:
    """An index plus or minus a whole number; None for anything else."""
    found = evaluate(subscript, _whole)
    if found is None or len(found.names) != 1 or found.names[0][1] != 1:
        return None
    return Step(found.names[0][0], found.number)


def position(subscript: nodes.Expression) -> int | None:
    """The whole number that a subscript is; None where it is none."""
    found = evaluate(subscript, _whole)
    return None if found is None or found.names else found.number


def is_start(item: nodes.Definition | nodes.Solve) -> bool:
    """Whether an item gives the elements at one position of an axis."""
    return any(position(index.subscript) is not None for index in item.indices)


def is_stepped(item: nodes.Item) -> bool:
    """Whether a subscript on the left is more than an index: `t + 1`."""
    left = item.indices if isinstance(item, nodes.Definition | nodes.Update | nodes.Solve) else ()
    return any(not isinstance(index.subscript, nodes.Name) and position(index.subscript) is None for index in left)


def indexed(item: nodes.Item) -> list[tuple[nodes.LeftIndex, str]]:
    """The subscripts on the left that have an index, and which."""
    left: Sequence[nodes.LeftIndex] = item.indices if isinstance(item, nodes.Definition | nodes.Update | nodes.Solve) else ()
    return [(index, found.name) for index in left if (found := step(index.subscript)) is not None]


def left_names(item: nodes.Item) -> list[str]:
    """The indices on the left side of a definition."""
    return [name for _, name in indexed(item)]


def _whole(node: Node, parts: tuple[_Whole | None, ...]) -> _Whole | None:
    """A node as a sum of names and a whole number."""
    known = [part for part in parts if part is not None]
    match node:
        case nodes.Name(nodes.TensorName(name, ())):
            return _Whole(((name, 1),), 0)
        case nodes.TensorName():
            return _Whole((), 0)
        case nodes.Number(value) if value.denominator == 1:
            return _Whole((), int(value))
        case nodes.Parenthesised() | nodes.Term() if known:
            return known[0]
        case nodes.Negative() if known:
            return _times(known[0], -1)
        case nodes.Additive(terms) if len(known) == len(terms):
            signed = [_times(part, -1 if term.sign == "-" else 1) for term, part in zip(terms, known, strict=True)]
            return _Whole(tuple(name for part in signed for name in part.names), sum(part.number for part in signed))
        case _:
            return None


def _times(whole: _Whole, factor: int) -> _Whole:
    return _Whole(tuple((name, count * factor) for name, count in whole.names), whole.number * factor)
