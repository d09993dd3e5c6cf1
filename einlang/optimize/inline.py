"""Inlining: in goes a program, out comes one in which what a pass named stands where it is used, if that costs nothing.

A definition goes where it is read, if that is one place outside of sums or where no further index ranges; or if it is so cheap
that it is better computed again; or if it is a product that joins another. What the user named keeps its name, and what uses
itself in a recurrence stands by itself. A position is written where it is used: only an argmax, an argmin or an element of an
integer tensor is one as a definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from einlang.ir.indices import free_indices, substitute
from einlang.ir.measure import CHEAP, EXPENSIVE, operations
from einlang.ir.nodes import Access, Definition, Delta, Div, Expr, Index, Mul, Reduce, Solve, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import early
from einlang.optimize.bodies import with_body
from einlang.optimize.monomials import Monomial
from einlang.optimize.uses import Uses, named_tensors, uses
from einlang.tree import rewrite, walk

Inlined = dict[Tensor, Definition]


def inline(program: Program) -> Program:
    """The program without definitions that are better written where they are used."""
    gradients = {tensor for tensor, of in program.derivatives.items() if not of.numerator.rank and len(of.by) == 1}

    def belongs(definition: Definition, used: Uses) -> bool:
        return _is_better_inline(definition, used) or (definition.tensor not in gradients and _is_one_product(definition, used))

    return _inlined(program, belongs)


def inline_aliases(program: Program) -> Program:
    """The program without definitions that only rename, or multiply by -1."""
    return _inlined(program, lambda definition, _: operations(definition.body) == 0)


def _inlined(program: Program, belongs: Callable[[Definition, Uses], bool]) -> Program:
    used, kept = uses(program), named_tensors(program) | early(program.definitions)
    inlined: Inlined = {}
    definitions = []
    for definition in program.definitions:
        expanded = with_body(definition, expand(definition.body, inlined))
        made_by_pass = expanded.tensor.declared is None and expanded.tensor not in kept
        is_part = made_by_pass and not isinstance(expanded.body, Solve)
        if is_part and belongs(expanded, used.get(expanded.tensor, Uses())):
            inlined[expanded.tensor] = expanded
        else:
            definitions.append(expanded)
    return program.with_definitions(tuple(definitions))


def _is_better_inline(definition: Definition, used: Uses) -> bool:
    cost = operations(definition.body)
    if cost and definition.tensor.kind == "int":
        return not any(isinstance(node, Reduce) for node in walk(definition.body))
    if used.count == 1 and (used.each_once or used.outside_sums):
        return used.by_indices or not _adds_by_position(definition)
    return cost == 0 or (cost <= CHEAP and (used.each_once or _is_scaled(definition)))


def _adds_by_position(definition: Definition) -> bool:
    """Whether a sum in it goes where data says, which takes one pass for all elements, and one for each alone."""
    deltas = [node for node in walk(definition.body) if isinstance(node, Delta)]
    sides = [pair for delta in deltas for pair in ((delta.left, delta.right), (delta.right, delta.left))]
    return any(side in definition.indices and not isinstance(other, Index) for side, other in sides)


def _is_one_product(definition: Definition, used: Uses) -> bool:
    """Whether it is a product of little cost, read in one place: there it joins the product, whose order is found later."""
    is_product = isinstance(definition.body, Mul | Div) and definition.tensor.kind == "float"
    return used.count == 1 and is_product and operations(definition.body) < EXPENSIVE


def _is_scaled(definition: Definition) -> bool:
    """Whether it is a tensor times what carries no index, which every sum lets out."""
    monomial = Monomial.of(definition.body)
    carrying = [(base, n) for base, n in (*monomial.above.items(), *monomial.below.items()) if free_indices(base)]
    return not monomial.deltas and all(isinstance(base, Access) and n == 1 for base, n in carrying) and len(carrying) <= 1


def expand(body: Expr, inlined: Mapping[Tensor, Definition]) -> Expr:
    """`body` with the accesses to some tensors replaced by what defines them."""
    if not inlined:
        return body

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Access) or node.tensor not in inlined:
            return None
        definition = inlined[node.tensor]
        return substitute(definition.body, dict(zip(definition.indices, node.subscripts, strict=True)))

    result: Expr = rewrite(body, rule)
    return result
