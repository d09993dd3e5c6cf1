"""Where all paths are narrowest: in go definitions, a numerator and what it is derived by, out comes a tensor between them.

By the chain rule a derivative is the product of two where every path goes through one tensor. That pays where the tensor has
fewer elements than either end: the seeds of both modes are as many as the elements of their ends.
"""

from __future__ import annotations

from collections.abc import Mapping

from einlang.calculus.adjoints import Definitions, dependencies
from einlang.ir.nodes import Access, Tensor
from einlang.ir.ordering import typical
from einlang.tree import walk


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
    """The tensors that every path from target to numerator goes through: as many paths lead through them as there are."""
    cone = dependencies(definitions, [numerator])
    used = {t: _used(definitions, t) for t in definitions if t in cone}
    below, above = {target: 1}, {numerator: 1}
    for tensor, reads in used.items():
        if tensor is not target:
            below[tensor] = sum(below.get(read, 0) for read in reads)
    for tensor, reads in reversed(used.items()):
        if tensor is not target:
            for read in reads:
                above[read] = above.get(read, 0) + above.get(tensor, 0)
    paths = below.get(numerator, 0)
    return [tensor for tensor in used if paths and below[tensor] * above.get(tensor, 0) == paths]


def _used(definitions: Definitions, tensor: Tensor) -> list[Tensor]:
    """The tensors that a definition reads, each once."""
    reads = (node.tensor for node in walk(definitions[tensor].body) if isinstance(node, Access))
    return list(dict.fromkeys(tensor for tensor in reads if tensor.kind == "float"))
