"""Functions of the language that tensor IR spells out: in goes an expression, out comes which of them it is, if any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices, substitute
from einlang.ir.nodes import Add, Apply, Div, Expr, Index, Mul, Number, Reduce, Size, Stop
from einlang.tree import Node


@dataclass(frozen=True, slots=True)
class Along:
    """`softmax[index](terms)` or `log_softmax[index](terms)`; `terms` are those of the argument."""

    function: str
    index: Index
    terms: tuple[Expr, ...]


def along(expr: Expr) -> Along | None:
    """`exp(z - logsumexp[J](…))` and `z - logsumexp[J](…)`, where the argument is z with another index."""
    match expr:
        case Apply(operator, (Add() as difference,)) if operator.name == "exp":
            found = _less_logsumexp(difference)
            return found and Along("softmax", *found)
        case Add():
            found = _less_logsumexp(expr)
            return found and Along("log_softmax", *found)
        case _:
            return None


def _less_logsumexp(expr: Add) -> tuple[Index, tuple[Expr, ...]] | None:
    *terms, last = expr.terms
    match last:
        case Mul((Number(value), Reduce("logsumexp", (bound,), body) as reduction)) if value == -1:
            z = terms[0] if len(terms) == 1 else Add(tuple(terms))
            outside = free_indices(reduction)
            for index in free_indices(z):
                if index not in outside and index.extent is bound.extent and substitute(body, {bound: index}) is z:
                    return index, tuple(terms)
    return None


def mean(expr: Expr) -> Reduce | None:
    """The sum in `sum[K](e) / n`, n being the number of positions."""
    match expr:
        case Div(Reduce("sum", indices) as total, divisor):
            positions = reduce(lambda extent, index: extent * index.extent, indices, fixed(1))
            return total if _count(divisor) is positions else None
        case _:
            return None


def _count(divisor: Expr) -> Extent | None:
    """A product of sizes and whole numbers as an extent."""
    counts = []
    for factor in divisor.factors if isinstance(divisor, Mul) else (divisor,):
        match factor:
            case Size(extent):
                counts.append(extent)
            case Number(value) if value.denominator == 1:
                counts.append(fixed(value.numerator))
            case _:
                return None
    return reduce(lambda a, b: a * b, counts)


def has_literal(body: Expr) -> bool:
    """Whether a product has a number among its factors, at any depth: another one beside it would be multiplied with it first."""
    stack: list[Node] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Number):
            return True
        if isinstance(node, Mul | Div | Stop):
            stack.extend(node.children)
    return False
