"""What a call has been checked for: in goes a program, out comes one that does not ask again whether positions are on an axis.

`δ[J, y[i]]` summed over J is 1 where y[i] is a position of J. Where a call is refused unless all of y are, it is 1. An argmax
is a position of what it ranges over, if that has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from einlang.ir.build import number
from einlang.ir.extent import Extent
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Apply, Definition, Expr, Reduce, Select, Size, Tensor
from einlang.ir.program import Program
from einlang.ir.reaches import never_negative
from einlang.optimize.bodies import with_bodies
from einlang.tree import rewrite


def promised(program: Program) -> Program:
    """The program without the conditions that its refusals, or what an argmax is, make certain."""
    known = {(found.elements.tensor, found.length) for found in program.refusals if found.elements and found.elements.are_all}
    found = searches(program.definitions)
    refusing = {refusal.tensor for refusal in program.refusals}

    def rule(node: Expr) -> Expr | None:
        return node.then if isinstance(node, Select) and _is_promised(node.condition, known) else None

    return with_bodies(program, lambda d: d.body if d.tensor in refusing else found_inside(rewrite(d.body, rule), found))


def searches(definitions: Iterable[Definition]) -> dict[Tensor, Extent]:
    """What each argmax or argmin that definitions hold ranges over."""
    bodies = ((d.tensor, d.body) for d in definitions)
    return {t: b.indices[0].extent for t, b in bodies if isinstance(b, Reduce) and b.operation in ("argmax", "argmin")}


def found_inside(expr: Expr, found: Mapping[Tensor, Extent]) -> Expr:
    """An expression without the conditions that hold of every argmax."""

    def rule(node: Expr) -> Expr | None:
        return node.then if isinstance(node, Select) and _is_found(node.condition, found) else None

    result: Expr = rewrite(expr, rule)
    return result


def _is_promised(condition: Expr, known: set[tuple[Tensor, Extent]]) -> bool:
    """Whether a condition says of an element that it is a position on an axis, and it must be."""
    match condition:
        case Apply(operator, (Access(tensor), bound)) if operator.name == ">=":
            return bound is number(0) and any(tensor is subject for subject, _ in known)
        case Apply(operator, (Access(tensor), Size(length))) if operator.name == "<":
            return (tensor, length) in known
        case _:
            return False


def _is_found(condition: Expr, found: Mapping[Tensor, Extent]) -> bool:
    """Whether a condition says of an argmax that it is a position on an axis no shorter than what it ranges over."""
    match condition:
        case Apply(operator, (Access(tensor), bound)) if operator.name in (">=", "<"):
            searched, length = found.get(tensor), linear(bound)
            if searched is None or length is None or length.multiples:
                return False
            if operator.name == ">=":
                return never_negative(length.constant * -1)
            return never_negative(length.constant - searched) and never_negative(length.constant - 1)
        case _:
            return False
