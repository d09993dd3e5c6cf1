"""What a call has been checked for: in goes a program, out comes one that does not ask again whether positions are on an axis.

`δ[J, y[i]]` summed over J is 1 where y[i] is a position of J. Where a call is refused unless all of y are, it is 1.
"""

from __future__ import annotations

from einlang.ir.build import number
from einlang.ir.extent import Extent
from einlang.ir.nodes import Access, Apply, Expr, Select, Size, Tensor
from einlang.ir.program import Program
from einlang.optimize.bodies import with_bodies
from einlang.tree import rewrite


def promised(program: Program) -> Program:
    """The program without the conditions that its refusals make certain."""
    known = {(refusal.subject, refusal.length) for refusal in program.refusals}
    refusing = {refusal.tensor for refusal in program.refusals}

    def rule(node: Expr) -> Expr | None:
        return node.then if isinstance(node, Select) and _is_promised(node.condition, known) else None

    return with_bodies(program, lambda d: d.body if d.tensor in refusing else rewrite(d.body, rule))


def _is_promised(condition: Expr, known: set[tuple[Tensor | None, Extent]]) -> bool:
    """Whether a condition says of an element that it is a position on an axis, and it must be."""
    match condition:
        case Apply(operator, (Access(tensor), bound)) if operator.name == ">=":
            return bound is number(0) and any(tensor is subject for subject, _ in known)
        case Apply(operator, (Access(tensor), Size(length))) if operator.name == "<":
            return (tensor, length) in known
        case _:
            return False
