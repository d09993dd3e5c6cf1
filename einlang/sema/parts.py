"""The factors of a product as the rules of summation look at them: in go indices of parts, out come those of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from einlang.source import Span
from einlang.syntax import nodes

Indices = dict[str, Span]
"""Indices and where each stands first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A factor of a product.

    Attributes:
        node: the factor as written, with its sign and power.
        carried: the indices that occur in it and that nothing inside it binds.
        summed: the indices that implied sums inside it bind, and the products that they sum.
        copies: n for `f^n` with a literal n, else 1.
        on_reference: the indices of a tensor reference or derivative, where it is one.
        divides: whether it is a denominator.
    """

    node: nodes.Expression
    carried: Indices
    summed: Indices
    copies: int = 1
    on_reference: frozenset[str] = frozenset()
    divides: bool = False


def union(found: Iterable[Indices]) -> Indices:
    """All the indices, each with its first place."""
    together: Indices = {}
    for indices in found:
        for index, span in indices.items():
            together.setdefault(index, span)
    return together


def clash(parts: Sequence[Part], index: str) -> tuple[Part, Part] | None:
    """A factor inside which the index is summed, and another factor, or another copy of it, that carries the index."""
    for inner in (part for part in parts if index in part.summed):
        for outer in (part for part in parts if index in part.carried):
            if outer is not inner or outer.copies > 1:
                return inner, outer
    return None
