"""Derivatives taken apart: in goes a program and a tensor, out come a tensor of blocks and which indices δ ties to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from einlang.ir.build import ONE
from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices, substitute
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Add, Definition, Delta, Div, Index, Mul, Reduce, Select, Tensor, Zero
from einlang.ir.program import Program
from einlang.tree import Node, evaluate, rewrite

Pair = tuple[Index, Index]


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
    place = whole.indices.index
    pairs = sorted(_pairs(whole), key=lambda pair: (place(pair[0]), place(pair[1])))
    if not pairs:
        return program, tensor, Layout((), tuple(range(tensor.rank)), tensor.shape)
    tied = substitute(whole.body, _first(pairs, whole.indices))
    body = rewrite(tied, lambda node: ONE if isinstance(node, Delta) and node.left is node.right else None)
    free = free_indices(body)
    kept = [index for index in whole.indices if index in free]
    blocks = define(Names.of(program).spare(derived_name(tensor, "blocks")), kept, body)
    layout = Layout(tuple((place(left), place(right)) for left, right in pairs), tuple(map(place, kept)), tensor.shape)
    return program.with_definitions((*program.definitions, blocks)), blocks.tensor, layout


def _resolved(program: Program, tensor: Tensor) -> Definition:
    """The definition of a tensor, that of another one where all it says is that it is that one, axes reordered."""
    found = program.definition(tensor)
    assert found is not None
    while isinstance(found.body, Access) and (other := program.definition(found.body.tensor)) is not None:
        body = substitute(other.body, dict(zip(other.indices, found.body.subscripts, strict=True)))
        found = replace(found, body=body)
    return found


def _first(pairs: Sequence[Pair], indices: Sequence[Index]) -> dict[Index, Index]:
    """For each index that pairs tie to others, the first of them."""
    first = {index: index for index in indices}
    for left, right in pairs:
        kept, dropped = sorted((first[left], first[right]), key=indices.index)
        first = {index: kept if root is dropped else root for index, root in first.items()}
    return first


def _pairs(definition: Definition) -> set[Pair]:
    """Pairs of the definition's indices, the earlier first, such that the body is zero by structure where the two differ."""
    places = {index: place for place, index in enumerate(definition.indices)}

    def visit(node: Node, children: tuple[set[Pair] | None, ...]) -> set[Pair] | None:
        """The pairs of a part of the body; None where it is zero everywhere."""
        match node:
            case Zero():
                return None
            case Delta(left, right) if left in places and right in places and left is not right:
                first, second = sorted((left, right), key=places.__getitem__)
                return {(first, second)}
            case Mul():
                return None if None in children else set().union(*(c for c in children if c is not None))
            case Div() | Reduce("sum"):
                return children[0]
            case Add():
                return _common(children)
            case Select():
                return _common(children[1:])
            case _:
                return set()

    return evaluate(definition.body, visit) or set()


def _common(parts: Sequence[set[Pair] | None]) -> set[Pair] | None:
    """What holds of all parts but those that are zero."""
    found = [part for part in parts if part is not None]
    return set.intersection(*found) if found else None
