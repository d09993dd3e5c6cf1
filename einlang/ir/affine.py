"""Expressions linear in a tensor: in go an expression and elements of it, out come their coefficients and the rest, or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from einlang.ir.build import ONE, add, delta, div, mul, select, total
from einlang.ir.deltas import eliminate
from einlang.ir.indices import fresh, substitute
from einlang.ir.nodes import Access, Add, Definition, Div, Expr, Index, Mul, Reduce, Select, Solve, Stack, Target, Tensor, Zero
from einlang.tree import Node, evaluate, rewrite


class Affine(NamedTuple):
    """`coefficient` · element + `rest`, summed over all elements; `rest` does not mention the tensor."""

    coefficient: Expr
    rest: Expr


def affine(expr: Expr, tensor: Tensor, element: Sequence[Index | None]) -> Affine | None:
    """What an expression is as a function of a tensor, where it is linear.

    Coefficients are those of the element at `element`; None there is an axis along which every access stands where the element
    does, so that no δ says so.
    """

    def visit(node: Expr, children: tuple[Affine | None, ...]) -> Affine | None:
        if isinstance(node, Access) and node.tensor is tensor:
            sides = zip(node.subscripts, element, strict=True)
            return Affine(mul(*(delta(subscript, index) for subscript, index in sides if index is not None)), Zero())
        found = [child for child in children if child is not None]
        if len(found) < len(children) or (isinstance(node, Target) and node.tensor is tensor):
            return None
        if all(isinstance(child.coefficient, Zero) for child in found):
            return Affine(Zero(), node)
        rule = _RULES.get(type(node))
        return None if rule is None else rule(node, found)

    return evaluate(expr, visit)


def _sum(_: Expr, terms: Sequence[Affine]) -> Affine:
    return Affine(add(*(term.coefficient for term in terms)), add(*(term.rest for term in terms)))


def _product(_: Expr, factors: Sequence[Affine]) -> Affine | None:
    """One factor may depend on the tensor."""
    live = [place for place, factor in enumerate(factors) if not isinstance(factor.coefficient, Zero)]
    if len(live) > 1:
        return None
    before, after = ([factor.rest for factor in side] for side in (factors[: live[0]], factors[live[0] + 1 :]))
    coefficient, rest = factors[live[0]]
    return Affine(mul(*before, coefficient, *after), mul(*before, rest, *after))


def _quotient(_: Expr, parts: Sequence[Affine]) -> Affine | None:
    numerator, denominator = parts
    if not isinstance(denominator.coefficient, Zero):
        return None
    rest = Zero() if isinstance(numerator.rest, Zero) else div(numerator.rest, denominator.rest)
    return Affine(mul(numerator.coefficient, div(ONE, denominator.rest)), rest)


def _reduction(node: Reduce, parts: Sequence[Affine]) -> Affine | None:
    (body,) = parts
    if node.operation != "sum":
        return None
    return Affine(total(node.indices, body.coefficient), total(node.indices, body.rest))


def equation(definition: Definition) -> tuple[Expr, Expr]:
    """The two sides of the equations that a definition solves, over its batch and the rows."""
    system = definition.body
    assert isinstance(system, Solve)
    columns: dict[Index, Expr] = {column: fresh(column) for column in system.columns}
    at = dict(zip(system.position, columns.values(), strict=True))
    element = Access(definition.tensor, tuple(at.get(index, index) for index in definition.indices))
    summed = tuple(index for index in columns.values() if isinstance(index, Index))
    return total(summed, mul(substitute(system.matrix, columns), element)), system.right


def without_deltas(expr: Expr) -> Expr:
    """The expression, its sums without the δ that they make needless, when all extents are known."""
    made: Expr = rewrite(
        expr, lambda node: _summed(node.indices, node.body) if isinstance(node, Reduce) and node.operation == "sum" else None
    )
    return made


def _summed(indices: tuple[Index, ...], body: Expr) -> Expr:
    if isinstance(body, Add):
        return add(*(_summed(indices, term) for term in body.terms))
    found = eliminate(indices, body.factors if isinstance(body, Mul) else (body,))
    value = mul(*found.factors)
    for condition in found.ranges:
        value = select(condition, value, Zero())
    return total(found.indices, value)


def _selection(node: Select, parts: Sequence[Affine]) -> Affine | None:
    condition, then, otherwise = parts
    if not isinstance(condition.coefficient, Zero):
        return None
    return Affine(
        select(node.condition, then.coefficient, otherwise.coefficient), select(node.condition, then.rest, otherwise.rest)
    )


def _entries(node: Stack, parts: Sequence[Affine]) -> Affine | None:
    *entries, position = parts
    if not isinstance(position.coefficient, Zero):
        return None
    coefficients, rests = (tuple(getattr(entry, side) for entry in entries) for side in ("coefficient", "rest"))
    return Affine(Stack(coefficients, node.position), Stack(rests, node.position))


_RULES: dict[type[Node], Callable[..., Affine | None]] = {
    Add: _sum,
    Mul: _product,
    Div: _quotient,
    Reduce: _reduction,
    Select: _selection,
    Stack: _entries,
}
"""What may stand between an expression and an element on which it depends linearly."""
