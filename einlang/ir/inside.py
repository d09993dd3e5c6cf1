"""That a position is on an axis: in goes a whole-number expression and a length, out come the conditions that are not certain."""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.build import number
from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import Linear, linear
from einlang.ir.nodes import Apply, Expr, Index, Size
from einlang.ir.operators import apply
from einlang.ir.reaches import Reach, never_negative

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


def _linear_conditions(position: Linear, length: Extent) -> Iterator[Expr]:
    for room, strict in ((position, False), (position.times(fixed(-1)) + Linear((), length), True)):
        if not _never_negative(room + Linear((), fixed(-int(strict)))):
            below, above = room.parted
            loosens = strict and bool(above.multiples) and ((), 1) in above.constant.terms
            above = above + Linear((), fixed(-int(loosens)))
            yield apply("<" if strict and not loosens else "<=", below.times(fixed(-1)).expr, above.expr)


def is_certain(condition: Expr) -> bool | None:
    """Whether a comparison of linear positions holds for all of them, for none (False), or for some (None)."""
    match condition:
        case Apply(operator, (left, right)) if operator.name in ORDERED:
            sides = linear(left), linear(right)
            if sides[0] is None or sides[1] is None or not (sides[0].multiples or sides[1].multiples):
                return None
            sign, added = ORDERED[operator.name]
            room = (sides[1] + sides[0].times(fixed(-1))).times(fixed(sign)) + Linear((), fixed(added))
            short = room.times(fixed(-1)) + Linear((), fixed(-1))
            return True if _never_negative(room) else False if _never_negative(short) else None
        case _:
            return None


def _never_negative(form: Linear) -> bool:
    reach = Reach(form, fixed(0))
    return reach.is_definite and never_negative(reach.start)
