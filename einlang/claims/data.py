"""Random data: in go a program's inputs and their sizes, out come arrays for them, floats of some sort or residues.

Whole numbers are positions of the axes that they index, or are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import numpy as np

from einlang.claims.shapes import shape
from einlang.ir.arrays import Array
from einlang.ir.exact import Residues
from einlang.ir.extent import Extent
from einlang.ir.nodes import Access, Apply, Delta, Expr, Index, Tensor
from einlang.ir.program import Program
from einlang.tree import walk

Generator = np.random.Generator
Sort = Callable[[Generator, tuple[int, ...]], Array]

SORTS: dict[str, Sort] = {
    "any": lambda generator, shape: generator.normal(0, 1, shape),
    "positive": lambda generator, shape: generator.uniform(0.2, 2, shape),
    "between 0 and 1": lambda generator, shape: generator.uniform(0.05, 0.95, shape),
    "above 1": lambda generator, shape: generator.uniform(1.1, 3, shape),
}
"""Sorts of floats, the most general first: logarithms and roots may need the others."""

MIXED = 30
COMPARED = ("==", "!=", "<", "<=", ">", ">=")
UNBOUNDED = 4


def sorts(program: Program, generator: Generator) -> Iterator[dict[str, str]]:
    """A sort for each input: all alike first, the general one twice, then mixed at random."""
    names = [tensor.name for tensor in program.inputs]
    for sort in chain(["any"], SORTS):
        yield dict.fromkeys(names, sort)
    for _ in range(MIXED if len(names) > 1 else 0):
        yield {name: list(SORTS)[generator.integers(len(SORTS))] for name in names}


def floats(program: Program, sizes: Mapping[str, int], chosen: Mapping[str, str], generator: Generator) -> dict[str, Array]:
    """Arrays for all inputs, each of its sort."""
    return _drawn(program, sizes, generator, lambda tensor, lengths: SORTS[chosen[tensor.name]](generator, lengths))


def whole_floats(program: Program, sizes: Mapping[str, int], generator: Generator) -> dict[str, Array]:
    """Floats that are small whole numbers, to be read by people."""
    return _drawn(program, sizes, generator, lambda _, lengths: generator.integers(1, 6, lengths) * 1.0)


def residues(program: Program, sizes: Mapping[str, int], numbers: Residues, generator: Generator) -> dict[str, Array]:
    """Residues for all inputs that hold floats."""

    def draw(_: Tensor, lengths: tuple[int, ...]) -> Array:
        return numbers.convert(generator.integers(1, min(numbers.prime, 2**62), lengths).astype(object))

    return _drawn(program, sizes, generator, draw)


def _drawn(
    program: Program, sizes: Mapping[str, int], generator: Generator, draw: Callable[[Tensor, tuple[int, ...]], Array]
) -> dict[str, Array]:
    ranges = positions(program)
    drawn = {}
    for tensor in program.inputs:
        lengths = shape(tensor.shape, sizes)
        if tensor.kind == "int":
            most = min((extent.evaluate(sizes) for extent in ranges.get(tensor, ())), default=UNBOUNDED)
            drawn[tensor.name] = generator.integers(0, max(1, most), lengths)
        else:
            drawn[tensor.name] = np.asarray(draw(tensor, lengths))
    return drawn


def positions(program: Program) -> dict[Tensor, list[Extent]]:
    """The axes that whole numbers of the inputs index, and the ranges of the indices that they are compared with."""
    found: dict[Tensor, list[Extent]] = {}
    sides = (side for equation in (*program.assumptions, *program.checks) for side in equation.sides)
    for root in chain((definition.body for definition in program.definitions), sides):
        for node in walk(root):
            for expr, extent in _meetings(node):
                if isinstance(expr, Access) and expr.tensor.kind == "int":
                    found.setdefault(expr.tensor, []).append(extent)
    return found


def _meetings(node: object) -> Iterator[tuple[Expr, Extent]]:
    """Whole numbers, each with the extent of what it is used with."""
    match node:
        case Access(tensor, subscripts):
            yield from zip(subscripts, tensor.shape, strict=True)
        case Delta(left, right):
            yield from _compared(left, right)
        case Apply(operator, (left, right)) if operator.name in COMPARED:
            yield from _compared(left, right)


def _compared(left: Expr, right: Expr) -> Iterator[tuple[Expr, Extent]]:
    for number, other in ((left, right), (right, left)):
        if isinstance(other, Index):
            yield number, other.extent
