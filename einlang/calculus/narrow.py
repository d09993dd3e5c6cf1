"""Where all paths are narrowest: in go definitions, a numerator and what it is derived by, out comes a tensor between them.

By the chain rule a derivative is the product of two where every path goes through one tensor. That pays where the tensor has
fewer elements than either end: the seeds of both modes are as many as the elements of their ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einlang.calculus.adjoints import Definitions, dependencies
from einlang.ir.nodes import Access, Tensor
from einlang.ir.ordering import typical
from einlang.ir.recurrences import strongly_connected
from einlang.tree import walk

Group = tuple[Tensor, ...]


def narrowest(definitions: Definitions, numerator: Tensor, target: Tensor, sizes: Mapping[str, int]) -> Tensor | None:
    """The tensor of the fewest elements that every path goes through, if it has fewer than both ends."""
    between = [tensor for tensor in _waists(definitions, numerator, target) if tensor not in (numerator, target)]
    smallest = min(between, key=lambda tensor: _elements(tensor, sizes), default=None)
    ends = min(_elements(numerator, sizes), _elements(target, sizes))
    return smallest if smallest is not None and _elements(smallest, sizes) < ends else None


def _elements(tensor: Tensor, sizes: Mapping[str, int]) -> int:
    product = 1
    for extent in tensor.shape:
        product *= typical(extent, sizes)
    return product


def _waists(definitions: Definitions, numerator: Tensor, target: Tensor) -> list[Tensor]:
    """The tensors that every path from target to numerator goes through: as many paths lead through them as there are.

    Paths are counted between recurrences, each of which is passed as one; what is inside one is not told to be a waist.
    """
    cone = dependencies(definitions, [numerator])
    used = {t: [] if t is target else _used(definitions, t) for t in definitions if t in cone}
    graph = {**{read: [] for reads in used.values() for read in reads}, **used}
    groups = {tensor: tuple(group) for group in strongly_connected(graph) for tensor in group}
    if numerator not in groups:
        return []
    reads = {group: _read(group, graph, groups) for group in groups.values()}
    below, above = {groups.get(target, ()): 1}, {groups[numerator]: 1}
    for group, others in reads.items():
        below[group] = below.get(group, 0) + sum(below[other] for other in others)
    for group, others in reversed(reads.items()):
        for other in others:
            above[other] = above.get(other, 0) + above.get(group, 0)
    paths = below[groups[numerator]]
    single = [tensor for tensor in used if len(groups[tensor]) == 1]
    return [tensor for tensor in single if paths and below[groups[tensor]] * above.get(groups[tensor], 0) == paths]


def _read(group: Group, graph: Mapping[Tensor, Sequence[Tensor]], groups: Mapping[Tensor, Group]) -> list[Group]:
    """The other recurrences and tensors that a recurrence, or a tensor alone, reads, each once."""
    return list(dict.fromkeys(groups[read] for tensor in group for read in graph[tensor] if groups[read] != group))


def _used(definitions: Definitions, tensor: Tensor) -> list[Tensor]:
    """The tensors that a definition reads, each once."""
    reads = (node.tensor for node in walk(definitions[tensor].body) if isinstance(node, Access))
    return list(dict.fromkeys(tensor for tensor in reads if tensor.kind == "float"))
