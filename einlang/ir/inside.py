"""That a position is on an axis: in goes a whole-number expression and a length, out come the conditions that are not certain."""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.bounds import bounds
from einlang.ir.build import number
from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import Linear, linear
from einlang.ir.nodes import Apply, Expr, Index, Size
from einlang.ir.operators import apply
from einlang.ir.reaches import Reach, at_most, never_negative

ORDERED = {"<": (1, -1), "<=": (1, 0), ">": (-1, -1), ">=": (-1, 0)}
"""`left < right` says that right - left - 1 is not negative: the sign of the difference, and what is added to it."""


def conditions_inside(position: Expr, length: Extent) -> list[Expr]:
    """`0 <= position < length`, with nothing subtracted, where it does not hold for all positions."""
    if isinstance(position, Index):
        return [] if position.extent is length else [apply("<", position, Size(length))]
    found = linear(position)
    if found is None:
        return [apply(">=", position, number(0)), apply("<", position, Size(length))]
    return list(_linear_conditions(found, length))


def is_inside(position: Expr, length: Extent) -> bool:
    """Whether a position is on an axis for certain."""
    found = linear(position)
    return found is not None and not any(_linear_conditions(found, length))


def _linear_conditions(position: Linear, length: Extent) -> Iterator[Expr]:
    for room, strict in ((position, False), (position.times(fixed(-1)) + Linear((), length), True)):
        if not _never_negative(room + Linear((), fixed(-int(strict)))):
            below, above = room.parted
            loosens = strict and bool(above.multiples) and ((), 1) in above.constant.terms
            above = above + Linear((), fixed(-int(loosens)))
            yield apply("<" if strict and not loosens else "<=", below.times(fixed(-1)).expr, above.expr)


def rooms(condition: Expr) -> tuple[Linear, ...] | None:
    """The linear expressions that are not negative where a comparison of linear positions holds; None for any other."""
    match condition:
        case Apply(operator, (left, right)) if operator.name in (*ORDERED, "=="):
            sides = linear(left), linear(right)
            if sides[0] is None or sides[1] is None or not (sides[0].multiples or sides[1].multiples):
                return None
            difference = sides[1] + sides[0].times(fixed(-1))
            if operator.name == "==":
                return difference, difference.times(fixed(-1))
            sign, added = ORDERED[operator.name]
            return (difference.times(fixed(sign)) + Linear((), fixed(added)),)
        case _:
            return None


def is_certain(condition: Expr) -> bool | None:
    """Whether a comparison of linear positions holds for all of them, for none (False), or for some (None)."""
    match condition:
        case Apply(operator, (negated,)) if operator.name == "not":
            known = is_certain(negated)
            return None if known is None else not known
        case Apply(operator, (left, right)) if operator.name in (*ORDERED, "==", "!="):
            sides = linear(left), linear(right)
            if sides[0] is None or sides[1] is None:
                return _is_apart(operator.name, left, right)
            if not (sides[0].multiples or sides[1].multiples):
                return None
            return _holds(operator.name, sides[1] + sides[0].times(fixed(-1)))
        case _:
            return None


def _is_apart(comparison: str, left: Expr, right: Expr) -> bool | None:
    """True where a comparison of order holds by the bounds of its sides."""
    ends = bounds(left), bounds(right)
    if comparison not in ORDERED or ends[0] is None or ends[1] is None:
        return None
    sign, added = ORDERED[comparison]
    room = ends[1][0] - ends[0][1] if sign > 0 else ends[0][0] - ends[1][1]
    return never_negative(room + added) or None


def _holds(comparison: str, difference: Linear) -> bool | None:
    """What is known of a comparison from its right side less its left side."""
    if comparison not in ORDERED:
        apart = any(_never_negative(difference.times(fixed(sign)) + Linear((), fixed(-1))) for sign in (1, -1))
        equal = not difference.multiples and not difference.constant.terms
        return (comparison == "==") is equal if apart or equal else None
    sign, added = ORDERED[comparison]
    room = difference.times(fixed(sign)) + Linear((), fixed(added))
    short = room.times(fixed(-1)) + Linear((), fixed(-1))
    return True if _never_negative(room) else False if _never_negative(short) else None


def inside_of(condition: Expr, index: Index) -> tuple[int, Extent] | None:
    """The positions of an index for which a comparison holds: from which one on, and before which; None if it says otherwise.

    A first and a last position may be excepted; else the condition must be linear, and its bounds depend on no index.
    """
    match condition:
        case Apply(negation, (Apply(equals, (left, right)),)) if negation.name == "not" and equals.name == "==":
            return inside_of(apply("!=", left, right), index)
        case Apply(operator, (left, right)) if operator.name in (*ORDERED, "!="):
            sides = linear(left), linear(right)
            if sides[0] is None or sides[1] is None:
                return None
            return _interval(operator.name, sides[1] + sides[0].times(fixed(-1)), index)
        case _:
            return None


def _interval(comparison: str, difference: Linear, index: Index) -> tuple[int, Extent] | None:
    factor = difference.multiples[0][1].constant if difference.indices == (index,) else None
    if factor not in (1, -1):
        return None
    if comparison == "!=":
        other = difference.constant * -factor
        return (1, index.extent) if not other.terms else (0, other) if (other + 1) is index.extent else None
    sign, added = ORDERED[comparison]
    room = difference.constant * sign + added
    if factor * sign > 0:
        first = (room * -1).constant
        return None if first is None else (max(first, 0), index.extent)
    return (0, room + 1) if at_most(room + 1, index.extent) else None


def _never_negative(form: Linear) -> bool:
    reach = Reach(form, fixed(0))
    return reach.is_definite and never_negative(reach.start)
