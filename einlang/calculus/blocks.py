"""Derivatives taken apart: in goes a program and a tensor, out come a tensor of blocks and which indices δ ties to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from einlang.ir.build import ONE
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices, substitute
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Add, Definition, Delta, Div, Expr, Index, Mul, Reduce, Select, Tensor, Zero
from einlang.ir.program import Program
from einlang.tree import Node, evaluate, rewrite

Ties = tuple[frozenset[Expr], ...]
"""Pairs of expressions that are equal."""


class Layout(NamedTuple):
    """How a tensor is made of blocks: it is zero unless both axes of each of `deltas` are at one position, and then the block's
    element at the positions of `axes`.

    Attributes:
        shape: of the whole tensor.
    """

    deltas: tuple[tuple[int, int], ...]
    axes: tuple[int, ...]
    shape: tuple[Extent, ...]


def take_apart(program: Program, tensor: Tensor) -> tuple[Program, Tensor, Layout]:
    """The program with a definition of the blocks of a tensor, which hold all that no δ of two of its indices says.

    Where there is no such δ, the blocks are the tensor itself.
    """
    whole = _resolved(program, tensor)
    place, first = whole.indices.index, _first(whole)
    deltas = tuple((place(first[index]), place(index)) for index in whole.indices if first[index] is not index)
    if not deltas:
        return program, tensor, Layout((), tuple(range(tensor.rank)), tensor.shape)
    tied = substitute(whole.body, first)
    body = rewrite(tied, lambda node: ONE if isinstance(node, Delta) and node.left is node.right else None)
    free = free_indices(body)
    kept = [index for index in whole.indices if index in free]
    blocks = define(Names.of(program).spare(derived_name(tensor, "blocks")), kept, body)
    layout = Layout(deltas, tuple(map(place, kept)), tensor.shape)
    return program.with_definitions((*program.definitions, blocks)), blocks.tensor, layout


def _resolved(program: Program, tensor: Tensor) -> Definition:
    """The definition of a tensor, that of another one where all it says is that it is that one, axes reordered."""
    found = program.definition(tensor)
    assert found is not None
    while isinstance(found.body, Access) and (other := program.definition(found.body.tensor)) is not None:
        body = substitute(other.body, dict(zip(other.indices, found.body.subscripts, strict=True)))
        found = replace(found, body=body)
    return found


def _first(definition: Definition) -> dict[Index, Index]:
    """For each index of a definition, the first that the body is zero by structure without being equal to."""
    indices = definition.indices

    def visit(node: Node, children: tuple[Ties | None, ...]) -> Ties | None:
        """What is equal wherever a part of the body is not zero by structure; None where it is zero everywhere."""
        match node:
            case Zero():
                return None
            case Delta(left, right):
                return (frozenset((left, right)),)
            case Mul():
                return None if None in children else _joined(children, indices)
            case Div():
                return children[0]
            case Reduce("sum", bound):
                return None if children[0] is None else _outside(children[0], bound)
            case Add():
                return _common(children)
            case Select():
                return _common(children[1:])
            case _:
                return ()

    ties = evaluate(definition.body, visit) or ()
    return {index: next(other for other in indices if other is index or frozenset((other, index)) in ties) for index in indices}


def _outside(ties: Ties, bound: Sequence[Index]) -> Ties:
    """What is said of no index that a sum binds."""
    return tuple(tie for tie in ties if not any(index in bound for side in tie for index in free_indices(side)))


def _joined(parts: Sequence[Ties | None], indices: Sequence[Index]) -> Ties:
    """What holds of a product: all that holds of its factors, and what follows: i = t[A] and k = t[A] make i = k."""
    ties = tuple(dict.fromkeys(tie for part in parts for tie in part or ()))
    groups: list[frozenset[Expr]] = []
    for tie in ties:
        met = [group for group in groups if group & tie]
        groups = [group for group in groups if not group & tie] + [tie.union(*met)]
    among = (combinations([index for index in indices if index in group], 2) for group in groups)
    return tuple(dict.fromkeys((*ties, *(frozenset(pair) for pairs in among for pair in pairs))))


def _common(parts: Sequence[Ties | None]) -> Ties | None:
    """What holds of all parts but those that are zero."""
    found = [part for part in parts if part is not None]
    return tuple(tie for tie in found[0] if all(tie in other for other in found)) if found else None
