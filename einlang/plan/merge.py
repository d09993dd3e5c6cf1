"""Merging of loops: in goes a body and a run of neighbouring indices, out comes the body over one index in their place.

`Y[i,j] = tanh(X[i,j])` is `Y[q] = tanh(X[q])` with q ranging over the product of the ranges, as the arrays are contiguous. That
holds where every access has the run's indices on neighbouring axes in the same order, or none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices_of_all
from einlang.ir.nodes import Access, Definition, Expr, Index, Reduce, Tensor
from einlang.ir.reaches import never_negative
from einlang.tree import Node, fold, walk

Run = tuple[Index, ...]


def product(extents: Iterable[Extent]) -> Extent:
    """The product of extents."""
    result = fixed(1)
    for extent in extents:
        result = result * extent
    return result


def stays_on(index: Index, extent: Extent) -> bool:
    """Whether an index ranges over an axis or the beginning of one."""
    return index.extent is extent or never_negative(extent - index.extent)


def fuses(run: Run, subscripts: Sequence[Expr], shape: Sequence[Extent]) -> bool:
    """Whether an access has all indices of the run on neighbouring axes, in order, or does not depend on any.

    The axes are whole, but that the first may be longer than its index ranges.
    """
    places = [n for n, subscript in enumerate(subscripts) if subscript in run]
    if not places:
        return not any(index in run for s in subscripts for index in free_indices_of_all(s)[s])
    span = range(places[0], places[0] + len(run))
    in_order = list(subscripts[span.start : span.stop]) == list(run)
    whole = all(index.extent is extent for index, extent in zip(run[1:], shape[span.start + 1 : span.stop], strict=False))
    whole = whole and stays_on(run[0], shape[span.start])
    others = [s for n, s in enumerate(subscripts) if n not in span]
    return in_order and whole and not any(index in run for s in others for index in free_indices_of_all(s)[s])


def fuses_in(run: Run, body: Expr) -> bool:
    """Whether all accesses in a body fuse the run, and nothing else uses its indices."""
    nodes = list(walk(body))
    if not all(fuses(run, node.subscripts, node.tensor.shape) for node in nodes if isinstance(node, Access)):
        return False
    positions = (child for node in nodes if not isinstance(node, Access) for child in node.children)
    return body not in run and not any(child in run for child in positions)


def runs(indices: Sequence[Index], body: Expr) -> list[Run]:
    """The indices in order, in the longest runs that all accesses in the body fuse."""
    found: list[Run] = []
    for index in indices:
        longer = (*found[-1], index) if found else (index,)
        if found and fuses_in(longer, body):
            found[-1] = longer
        else:
            found.append((index,))
    return found


def runs_beside(indices: Sequence[Index], body: Expr, step: Index | None) -> list[Run]:
    """The longest runs of indices that do not have `step` among them or between them."""
    place = indices.index(step) if step in indices else len(indices)
    return [*runs(indices[:place], body), *runs(indices[place + 1 :], body)]


def merged_index(run: Run) -> Index:
    """The index that stands for a run."""
    return run[0] if len(run) == 1 else Index("".join(index.name for index in run), product(index.extent for index in run))


def merge(body: Expr, merged: Sequence[tuple[Run, Index]]) -> Expr:
    """The body over merged indices; each run must fuse in it."""
    longer = {run[0]: (run, index) for run, index in merged if len(run) > 1}

    def visit(node: Node, children: tuple[Node, ...]) -> Node:
        rebuilt = node.rebuild(children)
        if isinstance(rebuilt, Access):
            return merge_access(rebuilt, longer)
        if isinstance(rebuilt, Reduce):
            return replace(rebuilt, indices=_merge_indices(rebuilt.indices, longer))
        return rebuilt

    result = fold(body, visit)[body] if longer else body
    assert isinstance(result, Expr)
    return result


def merge_access(access: Access, longer: dict[Index, tuple[Run, Index]]) -> Access:
    """An access with the axes of each run seen as one."""
    subscripts: list[Expr] = []
    shape: list[Extent] = []
    place = 0
    while place < len(access.subscripts):
        run, index = longer.get(access.subscripts[place], ((), None))  # type: ignore[call-overload]
        length = len(run) or 1
        subscripts.append(access.subscripts[place] if index is None else index)
        shape.append(product(access.tensor.shape[place : place + length]))
        place += length
    return Access(replace(access.tensor, shape=tuple(shape)), tuple(subscripts)) if len(shape) < access.tensor.rank else access


def _merge_indices(indices: Sequence[Index], longer: dict[Index, tuple[Run, Index]]) -> tuple[Index, ...]:
    inner = {index for run, _ in longer.values() for index in run[1:]}
    return tuple(longer[index][1] if index in longer else index for index in indices if index not in inner)


def merge_definition(definition: Definition, merged: Sequence[tuple[Run, Index]]) -> Definition:
    """A definition over merged indices."""
    longer = {run[0]: (run, index) for run, index in merged if len(run) > 1}
    if not longer:
        return definition
    indices = _merge_indices(definition.indices, longer)
    tensor: Tensor = replace(definition.tensor, shape=tuple(index.extent for index in indices))
    return Definition(tensor, indices, merge(definition.body, merged))
