"""Ranges that need no saying: in goes a body, out come the indices whose range the language finds by itself."""

from __future__ import annotations

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Access, Delta, Expr, Index, Stack, Target
from einlang.tree import walk


def found_ranges(body: Expr) -> frozenset[Index]:
    """The indices that stand alone on axes, all as long as their range, or share a δ with one that does."""
    axes: dict[Index, set[Extent]] = {}
    deltas: list[tuple[Index, Index]] = []
    for node in walk(body):
        if isinstance(node, Access | Target):
            for subscript, extent in zip(node.subscripts, node.tensor.shape, strict=True):
                if isinstance(subscript, Index):
                    axes.setdefault(subscript, set()).add(extent)
        elif isinstance(node, Stack) and isinstance(node.position, Index):
            axes.setdefault(node.position, set()).add(fixed(len(node.entries)))
        elif isinstance(node, Delta) and isinstance(node.left, Index) and isinstance(node.right, Index):
            deltas.append((node.left, node.right))
    found = {index for index, extents in axes.items() if extents == {index.extent}}
    return frozenset(_handed_on(found, axes.keys() - found, deltas))


def _handed_on(found: set[Index], given: set[Index], deltas: list[tuple[Index, Index]]) -> set[Index]:
    """δ hands the range of one index to another that has none; `given` are told theirs."""
    grows = True
    while grows:
        grows = False
        for pair in deltas:
            has, lacks = sorted(pair, key=lambda index: index not in found)
            if has in found and lacks not in found and lacks not in given and lacks.extent is has.extent:
                found.add(lacks)
                grows = True
    return found
