"""More indices than arrays have axes: in goes a definition, out comes one that runs along a single index in place of many.

Arrays have at most 32 axes (64 since NumPy 2), and einsum knows 52 letters. Where an expression has more indices, those of a
reduction, or of the definition, become one: its positions are numbered through, and each old index becomes a list of positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einlang.codegen.numpy.products import MOST_AXES, best_order, factors_of
from einlang.codegen.numpy.values import ATOM
from einlang.codegen.numpy.writer import Writer
from einlang.ir.build import number
from einlang.ir.extent import sized
from einlang.ir.indices import free_indices_of_all, substitute
from einlang.ir.nodes import Access, Definition, Expr, Index, Reduce, Tensor
from einlang.tree import Node, rewrite, walk


def flattened(definition: Definition, writer: Writer) -> Definition:
    """The definition with few enough indices at every place; lines that list positions go before it."""
    indices, body = definition.indices, definition.body
    if len(indices) > MOST_AXES:
        indices, body = _as_one(indices, body, writer)
    while (wide := _too_wide(body, writer.fixed)) is not None:
        one, inner = _as_one(wide.indices, wide.body, writer)
        narrow = Reduce(wide.operation, one, inner)
        body = rewrite(body, {wide: narrow}.get)
    return definition if body is definition.body else Definition(definition.tensor, indices, body)


def _too_wide(body: Expr, sizes: Mapping[str, int]) -> Reduce | None:
    """The outermost reduction over several indices that has too many around it."""
    free = free_indices_of_all(body)
    for node in walk(body):
        if isinstance(node, Reduce) and len(node.indices) > 1 and not _fits(node, free, sizes):
            return node
    return None


def _fits(expr: Reduce, free: Mapping[Node, tuple[Index, ...]], sizes: Mapping[str, int]) -> bool:
    if len(free[expr.body]) <= MOST_AXES:
        return True
    factors = factors_of(expr) if expr.operation == "sum" else None
    return factors is not None and best_order([free[f.expr] for f in factors.operands], expr.indices, sizes).fits


def _as_one(indices: Sequence[Index], body: Expr, writer: Writer) -> tuple[tuple[Index], Expr]:
    """A body over one index that numbers the positions of several."""
    several = [index for index in indices if index.extent.constant != 1]
    lengths = {index: writer.extent(index.extent).within(ATOM) for index in several}
    total, rest = writer.name(), writer.name()
    writer.assign(total, " * ".join(lengths.values()) or "1")
    writer.assign(rest, f"np.arange({total})")
    size = f"positions {total}"
    writer.sizes[size] = total
    one = Index(indices[0].name, sized(size))
    positions: dict[Index, Expr] = {index: number(0) for index in indices}
    for index in reversed(several):
        name = writer.name()
        writer.assign(f"{rest}, {name}", f"np.divmod({rest}, {lengths[index]})")
        key = f"{size} {name}"
        writer.tensors[key], writer.positions[key] = name, index.extent
        positions[index] = Access(Tensor(key, (one.extent,), "int", "definition", None), (one,))
    return (one,), substitute(body, positions)
