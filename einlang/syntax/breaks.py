"""Where a statement may be broken: in goes its tree, out come the places before which a line may begin, and how readily."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

from einlang.syntax import nodes as n
from einlang.tree import Node, walk


class Joint(IntEnum):
    """What joins the parts on the two sides of a place; the loosest is broken first."""

    FOR = 0
    """Before `for`."""
    BODY = 1
    """Before the right side of a function."""
    COMMA = 2
    EQUALS = 3
    """Before the `=` between the sides of a claim."""
    BRANCH = 4
    """Before `if` and `else`."""
    OR = 5
    AND = 6
    COMPARISON = 7
    TERM = 8
    FACTOR = 9


def breaks(item: n.Item, starts: Sequence[int]) -> dict[int, Joint]:
    """The joints of an item by the offset of the token after the joint; `starts` are the offsets of its tokens."""
    found: dict[int, Joint] = {}
    for node in walk(item):
        for joint, part in _begun(node):
            found[part.span.start] = joint
        for joint, part in _ended(node):
            place = bisect_left(starts, part.span.end)
            if place < len(starts):
                found[starts[place]] = joint
    return found


Parts = Iterable[tuple[Joint, n.Expression | n.Item | n.Term | n.Factor]]


def _begun(node: Node) -> Parts:
    """The parts of a node before which a line may begin."""
    match node:
        case n.Additive(terms):
            return ((Joint.TERM, term) for term in terms[1:])
        case n.Product(factors):
            return ((Joint.FACTOR, factor) for factor in factors[1:])
        case n.Function(body=n.Expression() as body):
            return [(Joint.BODY, body)]
        case _:
            return ((Joint.COMMA, part) for part in _listed(node)[1:])


def _listed(node: Node) -> Sequence[Any]:
    """What stands in a node with commas between, subscripts left aside."""
    match node:
        case n.Declaration(_, parts) | n.SizeDeclaration(parts) | n.Output(parts) | n.Abstract(_, _, parts) | n.Written(parts):
            return parts
        case n.Repeated(_, parts):
            return parts
        case n.Call(arguments=parts):
            return parts
        case _:
            return ()


def _ended(node: Node) -> Parts:
    """The parts of a node after which a line may begin."""
    match node:
        case n.Repeated(inner):
            return [(Joint.FOR, inner)]
        case n.Check(sides):
            return ((Joint.EQUALS, side) for side in sides[:-1])
        case n.Assume(left) | n.Solve(left=left):
            return [(Joint.EQUALS, left)]
        case n.Conditional(then, condition):
            return [(Joint.BRANCH, then), (Joint.BRANCH, condition)]
        case n.Logical(operator, operands):
            return ((Joint.OR if operator == "or" else Joint.AND, operand) for operand in operands[:-1])
        case n.Comparison(_, left):
            return [(Joint.COMPARISON, left)]
        case _:
            return []
