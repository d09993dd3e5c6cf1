"""Derivatives that have names: in go syntax trees of a program, out come trees that say `∂L/∂W[i,j]` for `dL_dW[i,j]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeVar

from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.spans import NOWHERE, tensor_name
from einlang.ir.nodes import Tensor
from einlang.ir.program import Program
from einlang.syntax import nodes
from einlang.tree import Node, rewrite

N = TypeVar("N", bound=Node)


@dataclass(frozen=True, slots=True)
class Partial:
    """`∂^k numerator / ∂by …`, each with its rank."""

    numerator: tuple[nodes.TensorName, int]
    by: tuple[tuple[nodes.TensorName, int], ...]

    def at(self, subscripts: Sequence[nodes.Expression]) -> nodes.Derivative:
        """The derivative, its tensors sharing out the subscripts by their ranks."""
        parts = (self.numerator, *self.by)
        cuts = pairwise(accumulate((rank for _, rank in parts), initial=0))
        above, *below = (_access(name, subscripts[a:b]) for (name, _), (a, b) in zip(parts, cuts, strict=True))
        return nodes.Derivative(len(below), above, tuple(below), NOWHERE)


Partials = Mapping[nodes.TensorName, Partial]
"""The names of a program that stand for derivatives; names are nodes, and those of `Words` are each one object."""


def partials(program: Program, words: Words) -> Partials:
    """What the tensors of a program that hold whole derivatives are the derivatives of."""

    def named(tensor: Tensor) -> tuple[nodes.TensorName, int]:
        return words.tensors.get(tensor.name) or tensor_name(tensor.name), tensor.rank

    found = {tensor: of for tensor, of in program.derivatives.items() if tensor.name in words.tensors}
    return {words.tensors[t.name]: Partial(named(of.numerator), tuple(map(named, of.by))) for t, of in found.items()}


def with_partials(root: N, known: Partials) -> N:
    """The tree with every reference to a derivative written as one."""

    def rule(node: Node) -> Node | None:
        match node:
            case nodes.Reference(name, subscripts) if name in known:
                return known[name].at(subscripts)
            case nodes.Name(name) if name in known:
                return known[name].at(())
        return None

    return rewrite(root, rule) if known else root


def left_side(item: nodes.Definition | nodes.Update | nodes.Solve) -> nodes.Name | nodes.Reference:
    """What an item gives a value, as an expression."""
    return _access(item.name, [index.subscript for index in item.indices])


def _access(name: nodes.TensorName, subscripts: Sequence[nodes.Expression]) -> nodes.Name | nodes.Reference:
    return nodes.Reference(name, tuple(subscripts), NOWHERE) if subscripts else nodes.Name(name, NOWHERE)
