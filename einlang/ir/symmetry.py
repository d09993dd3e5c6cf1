"""Symmetry: in go definitions, out comes whether exchanging indices of an expression provably changes nothing.

Terms and factors are compared in any order, and up to a sign that an even function takes away; nothing is expanded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from einlang.ir.equality import own
from einlang.ir.indices import substitute
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Div,
    Expr,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Solve,
    Tensor,
    bound_indices,
)
from einlang.tree import Node, evaluate, fold, rewrite, walk

EVEN = ("abs", "cos", "cosh")
"""Operators that are the same for x and -x."""
COMMUTATIVE = ("max", "min")


class Form(NamedTuple):
    """An expression up to the order of terms and factors: a sign, a digest of what it stands before, and its factors' digests."""

    sign: int
    digest: str
    factors: tuple[str, ...] = ()


class Symmetries:
    """What definitions say of symmetry.

    Attributes:
        tensors: those whose last two axes may be exchanged.
        maps: the definitions without reductions, which are looked into.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.tensors: set[Tensor] = set()
        self.maps: dict[Tensor, Definition] = {}
        for definition in definitions:
            body = definition.body
            if not any(isinstance(node, Reduce | Solve) for node in walk(body)):
                self.maps[definition.tensor] = definition
            if len(definition.indices) > 1 and self.hold(body, definition.indices[-2:-1], definition.indices[-1:]):
                self.tensors.add(definition.tensor)

    def hold(self, body: Expr, first: Sequence[Index], second: Sequence[Index]) -> bool:
        """Whether exchanging the n-th index of one run with the n-th of the other provably changes nothing in a body."""
        if [index.extent for index in first] != [index.extent for index in second]:
            return False
        expanded = self._expanded(body)
        others = _numbers(expanded)
        there = {**_named("first", first), **_named("second", second)}
        back = {**_named("second", first), **_named("first", second)}
        return self._form(expanded, {**others, **there}) == self._form(expanded, {**others, **back})

    def _expanded(self, body: Expr) -> Expr:
        """The body with the maps that it reads put into it, once."""

        def rule(node: Node) -> Node | None:
            if not isinstance(node, Access) or node.tensor in self.tensors or node.tensor not in self.maps:
                return None
            definition = self.maps[node.tensor]
            return substitute(definition.body, dict(zip(definition.indices, node.subscripts, strict=True)))

        found: Expr = rewrite(body, rule)
        return found

    def _form(self, body: Expr, names: Mapping[Index, str]) -> Form:
        def visit(node: Node, children: tuple[Form, ...]) -> Form:
            match node:
                case Index():
                    return Form(1, _digest("Index", names[node]))
                case Access(tensor) if tensor in self.tensors:
                    return _ordered(node, [*children[:-2], *sorted(children[-2:])])
                case _:
                    return _combined(node, children)

        return evaluate(body, visit)


def _named(word: str, run: Sequence[Index]) -> dict[Index, str]:
    return {index: f"{word} {place}" for place, index in enumerate(run)}


def _numbers(body: Expr) -> dict[Index, str]:
    """A name for each index: how many binders stand at most under its own, and its place there; of a free one, its occurrence."""
    heights = fold(body, lambda node, below: max(below, default=0) + bool(bound_indices(node)))
    bound = {
        index: f"bound {height} {place}" for node, height in heights.items() for place, index in enumerate(bound_indices(node))
    }
    free = dict.fromkeys(node for node in walk(body) if isinstance(node, Index) and node not in bound)
    return {**{index: f"free {place}" for place, index in enumerate(free)}, **bound}


def _combined(node: Node, children: tuple[Form, ...]) -> Form:
    """The form of what is no index and no symmetric tensor."""
    match node:
        case Number(value):
            return Form(-1 if value < 0 else 1, "1" if abs(value) == 1 else _digest("Number", abs(value)))
        case Mul():
            return _product(children)
        case Div():
            return Form(children[0].sign * children[1].sign, _digest("Div", *(child.digest for child in children)))
        case Add():
            return _sum(children)
        case Pow(_, Number(value)) if value.denominator == 1:
            return Form(children[0].sign if value % 2 else 1, _digest("Pow", children[0].digest, value))
        case Reduce("sum"):
            return Form(children[0].sign, _digest("sum", own(node.indices), children[0].digest))
        case Apply(operator) if operator.name in EVEN:
            return Form(1, _digest(operator.name, children[0].digest))
        case Apply(operator) if operator.name in COMMUTATIVE:
            return _ordered(node, sorted(children))
        case Delta():
            return _ordered(node, sorted(children))
        case _:
            return _ordered(node, children)


def _product(children: Sequence[Form]) -> Form:
    sign = 1
    for child in children:
        sign *= child.sign
    factors = sorted(factor for child in children for factor in child.factors or (child.digest,) if factor != "1")
    return Form(sign, factors[0] if len(factors) == 1 else _digest("Mul", factors) if factors else "1", tuple(factors))


def _sum(terms: Sequence[Form]) -> Form:
    """The terms, or their negatives with a sign before them: whichever comes first."""
    plain = sorted((term.digest, term.sign) for term in terms)
    negated = sorted((term.digest, -term.sign) for term in terms)
    return Form(1, _digest("Add", plain)) if plain <= negated else Form(-1, _digest("Add", negated))


def _ordered(node: Node, children: Sequence[Form]) -> Form:
    fields = [own(getattr(node, name)) for name in node.field_names]
    return Form(1, _digest(type(node).__name__, fields, list(children)))


def _digest(*content: object) -> str:
    return blake2b(repr(content).encode(), digest_size=16).hexdigest()
