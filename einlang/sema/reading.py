"""How each part of an expression is read: in goes an expression, out comes the place of every node in it.

The rules of summation ask whether a node is a term of a right side, a product of its own or a factor; names mean other things
in subscripts, in ranges and beside ∂; what an operation names is left alone inside it. All of this comes from above a node, so
it is found once, top-down, and every later step works bottom-up with `tree.fold`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TypeGuard

from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import Node, walk


class Reading(Enum):
    """What a node is within the expression around it."""

    TERM = auto()
    """A term of a right side, or the whole of one."""
    PRODUCT = auto()
    """A product of its own: in parentheses, an argument, a side of a comparison, …"""
    FACTOR = auto()
    """A factor, or what stands under its sign or power."""
    INDEX = auto()
    """Alone as a subscript."""
    SUBSCRIPT = auto()
    """Part of a subscript that is more than a name."""
    RANGE = auto()
    """A given range, or part of one."""
    TENSOR = auto()
    """Above or below the slash of a derivative."""
    SIZED = auto()
    """The tensor that `size` is applied to."""
    NUMERATOR = auto()
    """The parentheses of a numerator: what stands in them is read like a right side."""


ARITHMETIC = frozenset({Reading.TERM, Reading.PRODUCT, Reading.FACTOR})
WHOLE = frozenset({Reading.SUBSCRIPT, Reading.RANGE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands.

    Attributes:
        reading: how it is read.
        condition: whether a comparison or logic is wanted there, and not a number; None where either will do, since it
            stands in logic that is itself out of place.
        conditions: those of the `if`s that compare positions and numbers whose branch it is, and which branch.
        padded: whether it is what `pad` reads, which may be out of bounds.
        named: the indices that the operations around it name, and where.
    """

    reading: Reading
    condition: bool | None = False
    conditions: tuple[tuple[Node, bool], ...] = ()
    padded: bool = False
    named: Mapping[str, Span] = field(default_factory=dict)


def places(root: nodes.Expression, reading: Reading = Reading.TERM) -> dict[Node, Place]:
    """The place of every node under `root`, parents before children."""
    found: dict[Node, Place] = {}
    stack: list[tuple[Node, Place]] = [(root, Place(reading))]
    while stack:
        current, place = stack.pop()
        found[current] = place
        stack.extend(reversed(list(_below(current, place))))
    return found


def index_names(found: Mapping[Node, Place]) -> Iterator[str]:
    """The indices of an expression: the names in `op[…]` and alone as a subscript."""
    for current, place in found.items():
        if isinstance(current, nodes.IndexName):
            yield current.name
        elif isinstance(current, nodes.Name) and place.reading is Reading.INDEX:
            yield current.name.name


def is_index(node: Node, place: Place, indices: Collection[str]) -> TypeGuard[nodes.Name]:
    """Whether a node is one of the indices of its item, alone as a subscript or as a position."""
    return isinstance(node, nodes.Name) and node.name.name in indices and place.reading is not Reading.TENSOR


def may_be_size(node: Node) -> bool:
    """Whether a node may be part of a range or an axis: arithmetic of numbers, names, `size(…)`, quotients, minima and maxima."""
    arithmetic = isinstance(
        node, nodes.Additive | nodes.Product | nodes.Negative | nodes.Parenthesised | nodes.Term | nodes.Factor
    )
    atom = isinstance(node, nodes.Number | nodes.Name | nodes.IndexName)
    return arithmetic or atom or (isinstance(node, nodes.Call) and node.function in ("size", "floor", "min", "max"))


def unparenthesised(expression: nodes.Expression) -> nodes.Expression:
    """What stands in the parentheses, if there are any."""
    while isinstance(expression, nodes.Parenthesised):
        expression = expression.body
    return expression


Below = Iterable[tuple[Node, Place]]


def _below(current: Node, place: Place) -> Below:
    """The children of a node and their places."""
    within = place.reading not in ARITHMETIC and place.reading is not Reading.NUMERATOR
    match current:
        case _ if place.reading is Reading.SIZED or (place.reading is Reading.RANGE and not may_be_size(current)):
            return ()
        case nodes.Additive() | nodes.Term() | nodes.Parenthesised() if within:
            return _all(current, replace(place, reading=_inner(place)))
        case nodes.Additive() | nodes.Term():
            return _all(current, _number(place, place.reading))
        case nodes.Parenthesised(body):
            reading = Reading.TERM if place.reading is Reading.NUMERATOR else Reading.PRODUCT
            return [(body, replace(place, reading=reading))]
        case nodes.Negative() | nodes.Product() | nodes.Factor():
            return _all(current, _number(place, _inner(place) if within else Reading.FACTOR))
        case nodes.Power(base, exponent):
            readings = (_inner(place),) * 2 if within else (Reading.FACTOR, Reading.PRODUCT)
            return [(base, _number(place, readings[0])), (exponent, _number(place, readings[1]))]
        case nodes.Conditional(then, condition, otherwise):
            return _conditional((then, otherwise), condition, place)
        case nodes.Logical() | nodes.Not():
            return _all(current, replace(place, reading=Reading.PRODUCT, condition=True if place.condition else None))
        case nodes.Call():
            return _call(current, place)
        case nodes.IndexName():
            return _all(current, _number(place, Reading.RANGE))
        case nodes.Derivative(_, numerator, denominators):
            return [_numerator(numerator, place), *((d, _number(place, Reading.TENSOR)) for d in denominators)]
        case nodes.Reference(_, subscripts) | nodes.Filled(_, subscripts) | nodes.Delta(subscripts):
            return _subscripts(subscripts, replace(place, padded=False) if within else place)
        case nodes.LeviCivita(subscripts):
            return _subscripts(subscripts, place)
        case nodes.WrittenReference(tensor, subscripts):
            return [(tensor, _number(place, Reading.PRODUCT)), *_subscripts(subscripts, place)]
        case nodes.Comparison() | nodes.Written():
            return _all(current, _number(place, Reading.PRODUCT))
        case _:
            return ()


def _all(current: Node, place: Place) -> Below:
    return [(child, place) for child in current.children]


def _number(place: Place, reading: Reading) -> Place:
    return replace(place, reading=reading, condition=False)


def _inner(place: Place) -> Reading:
    """How the parts of what is no plain subscript are read."""
    return Reading.SUBSCRIPT if place.reading is Reading.INDEX else place.reading


def _subscripts(subscripts: Iterable[nodes.Expression], place: Place) -> Below:
    alone, other = _number(place, Reading.INDEX), _number(place, Reading.SUBSCRIPT)
    return [(subscript, alone if isinstance(subscript, nodes.Name) else other) for subscript in subscripts]


def _conditional(branches: Iterable[nodes.Expression], condition: nodes.Expression, place: Place) -> Below:
    guards = not any(isinstance(node, nodes.Reference | nodes.Derivative) for node in walk(condition))
    chosen = [
        replace(place, reading=Reading.PRODUCT, condition=False, conditions=(*place.conditions, (condition, holds)))
        if guards
        else replace(place, reading=Reading.PRODUCT, condition=False)
        for holds in (True, False)
    ]
    (first, second), asked = branches, replace(place, reading=Reading.PRODUCT, condition=True)
    return [(first, chosen[0]), (condition, asked), (second, chosen[1])]


def _call(call: nodes.Call, place: Place) -> Below:
    named = {**place.named, **{index.name: index.span for index in call.indices}}
    inside = replace(_number(place, Reading.PRODUCT), named=named)
    if place.reading is Reading.RANGE:
        inside = place
    arguments: list[tuple[Node, Place]] = [(argument, inside) for argument in call.arguments]
    if arguments and call.function == "size":
        arguments[0] = (arguments[0][0], _number(place, Reading.SIZED))
    if len(arguments) == 2 and call.function == "pad":
        arguments[1] = (arguments[1][0], replace(inside, padded=True))
    if arguments and call.function == "where":
        arguments[0] = (arguments[0][0], replace(inside, condition=True))
    return [*((index, place) for index in call.indices), *arguments]


def _numerator(numerator: nodes.Expression, place: Place) -> tuple[Node, Place]:
    reading = Reading.NUMERATOR if isinstance(numerator, nodes.Parenthesised) else Reading.TENSOR
    return numerator, _number(place, reading)
