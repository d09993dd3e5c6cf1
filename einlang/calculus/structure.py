"""The structure of a derivative: in goes a definition, out come the pairs of its axes that δ makes equal, and its blocks.

`differentiate` keeps δ outside of what it stores. So of a definition `dZ_dX[i,j,p,q] = ∂Z[i,j]/∂X[p,q]`, worked out,

    structure(definition) = Structure(pairs=((0, 2),), block=the definition dZ_dX_block[i,j,q] = W[q,j])

the element at [i,j,p,q] is the block at [i,j,q] where i = p, and 0 elsewhere. The axes of the block are those of the whole
without the second of each pair. No pair, no structure: the block is the whole. It works on definitions before and after
`simplify`; a program with the block as an output in place of the whole never stores the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from einlang.calculus.partial import factors_of
from einlang.ir.build import mul
from einlang.ir.deltas import renamed
from einlang.ir.naming import word_name
from einlang.ir.nodes import Definition, Delta, Expr, Index, Tensor


@dataclass(frozen=True, slots=True)
class Structure:
    """Pairs of axes, the first before the second, at whose equal positions alone there is something, and what is there."""

    pairs: tuple[tuple[int, int], ...]
    block: Definition


def structure(definition: Definition) -> Structure:
    """The δ of pairs of the definition's own indices that its body is multiplied with, and a definition of the rest."""
    factors = factors_of(definition.body)
    pairs = tuple(_pairs(factors, definition.indices))
    if not pairs:
        return Structure((), definition)
    linked: dict[Index, Expr] = {definition.indices[b]: definition.indices[a] for a, b in pairs}
    gone = {definition.indices[b] for _, b in pairs}
    block = mul(*(renamed(factor, linked) for factor in factors))
    kept = tuple(index for index in definition.indices if index not in gone)
    name = word_name(definition.tensor.name, "block")
    tensor = Tensor(name, tuple(index.extent for index in kept), definition.tensor.kind, "definition", None)
    return Structure(pairs, Definition(tensor, kept, block))


def _pairs(factors: Sequence[Expr], indices: Sequence[Index]) -> Iterator[tuple[int, int]]:
    """The axes of the δ of two indices, each axis in one of them at most."""
    free = list(indices)
    for factor in factors:
        if isinstance(factor, Delta) and factor.left in free and factor.right in free:
            assert isinstance(factor.left, Index) and isinstance(factor.right, Index)
            if factor.left.extent is factor.right.extent:
                free = [index for index in free if index not in (factor.left, factor.right)]
                first, second = sorted((indices.index(factor.left), indices.index(factor.right)))
                yield first, second
