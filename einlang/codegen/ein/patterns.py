"""Functions of the language that tensor IR spells out: in goes an expression, out comes which of them it is, if any."""

from __future__ import annotations

from dataclasses import dataclass

from einlang.ir.indices import free_indices, substitute
from einlang.ir.nodes import Add, Apply, Div, Expr, Index, Mul, Number, Reduce, Stop
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
