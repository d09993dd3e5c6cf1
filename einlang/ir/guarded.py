"""Terms that are left out: in goes what a reduction takes in, out come the conditions under which it does, and what it takes in.

A linear condition says that some linear expressions are not negative. It can narrow a range instead of being asked at every
position: Σ_T (f(T) if T >= 1 else 0) starts from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from einlang.ir.bounds import surely_inside
from einlang.ir.inside import ORDERED, rooms
from einlang.ir.linear import Linear
from einlang.ir.nodes import Access, Apply, Expr, Number, Select, Zero
from einlang.ir.operators import apply
from einlang.tree import walk

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold; `rooms` are linear expressions none of which may be negative, or None where it is not linear."""

    expr: Expr
    rooms: tuple[Linear, ...] | None


@dataclass(frozen=True, slots=True)
class Guarded:
    """A `body` that counts where all of `conditions` hold; elsewhere there is `nothing`."""

    conditions: tuple[Condition, ...]
    body: Expr
    nothing: Expr

    def under(self, conditions: Iterable[Condition]) -> Expr:
        """The body with some of the conditions around it, in order."""
        result = self.body
        for condition in reversed(tuple(conditions)):
            result = Select(condition.expr, result, self.nothing)
        return result


def is_zero(expr: Expr) -> bool:
    """Whether it adds nothing to a sum."""
    return isinstance(expr, Zero) or (isinstance(expr, Number) and not expr.value)


def guarded(body: Expr, is_nothing: Callable[[Expr], bool]) -> Guarded | None:
    """A body taken apart; None where it always counts."""
    found: list[Condition] = []
    nothing: Expr | None = None
    while isinstance(body, Select):
        choice = body
        if is_nothing(choice.otherwise):
            condition, body, nothing = choice.condition, choice.then, choice.otherwise
        elif is_nothing(choice.then):
            condition, body, nothing = _opposite(choice.condition), choice.otherwise, choice.then
        else:
            break
        found.extend(Condition(part, rooms(part)) for part in joined(condition))
    return None if nothing is None else Guarded(tuple(found), body, nothing)


def chosen(choice: Select) -> tuple[list[Expr], Expr]:
    """The conditions of choices that nest and all leave the same otherwise, and what stands where all hold.

    Conditions on positions are not mixed with those on data, and one that only the condition before it keeps in bounds stands
    where it stands.
    """
    conditions, body = [choice.condition], choice.then
    while isinstance(body, Select) and body.otherwise is choice.otherwise and _may_join(choice.condition, body.condition):
        conditions.append(body.condition)
        body = body.then
    return conditions, body


def _may_join(first: Expr, second: Expr) -> bool:
    reads = [[node for node in walk(condition) if isinstance(node, Access)] for condition in (first, second)]
    inside = (surely_inside(s, e) for access in reads[1] for s, e in zip(access.subscripts, access.tensor.shape, strict=True))
    return bool(reads[0]) == bool(reads[1]) and all(inside)


def joined(condition: Expr) -> Iterator[Expr]:
    """The conditions that `and` joins."""
    stack = [condition]
    while stack:
        match stack.pop():
            case Apply(operator, arguments) if operator.name == "and":
                stack.extend(reversed(arguments))
            case part:
                yield part


def _opposite(condition: Expr) -> Expr:
    if isinstance(condition, Apply) and condition.operator.name in ORDERED and rooms(condition) is not None:
        return apply(OPPOSITE[condition.operator.name], *condition.arguments)
    return apply("not", condition)
