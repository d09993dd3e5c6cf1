"""Specialisation: in goes a program, out comes one that computes only the diagonal of what is read along a diagonal alone.

So `∂f[I]/∂x[I]` takes no matrix of derivatives: where every access to a tensor that a pass named has equal subscripts on two
axes, or one number on an axis, the tensor loses that axis, and what it reads may lose axes by that in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from einlang.ir.indices import substitute
from einlang.ir.naming import Names, derived_name
from einlang.ir.nodes import Access, Definition, Expr, Number, Size, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import early
from einlang.optimize.algebra import simplified
from einlang.optimize.bodies import with_body
from einlang.optimize.uses import kept_tensors
from einlang.tree import rewrite, walk

Pattern = dict[int, int | Expr]
"""For each axis that goes the axis whose position it shares, or its position."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What takes the place of a tensor, and the axes that it keeps."""

    tensor: Tensor
    axes: tuple[int, ...]


def specialise(program: Program) -> Program:
    """The program without axes of tensors, named by passes, that nothing reads apart from others or at more than one position."""
    kept, names = kept_tensors(program) | early(program.definitions), Names.of(program)
    reads: dict[Tensor, list[Access]] = {}
    slices: dict[Tensor, Slice] = {}
    definitions: list[Definition] = []
    for definition in reversed(program.definitions):
        tensor = definition.tensor
        if tensor.declared is None and tensor not in kept and tensor.rank:
            pattern = _pattern(tensor, reads.get(tensor, []))
            if pattern:
                definition = _along(definition, pattern, names)
                slices[tensor] = Slice(definition.tensor, tuple(a for a in range(tensor.rank) if a not in pattern))
        for node in walk(definition.body):
            if isinstance(node, Access):
                reads.setdefault(node.tensor, []).append(node)
        definitions.append(definition)
    if not slices:
        return program
    changed = (with_body(d, rewrite(d.body, lambda node: _read(node, slices))) for d in reversed(definitions))
    return program.with_definitions(tuple(changed))


def _pattern(tensor: Tensor, reads: Sequence[Access]) -> Pattern:
    """What all accesses have in common: the axes with the subscript of an earlier axis, and those with one number."""
    pattern: Pattern = {}
    for axis in range(tensor.rank if reads else 0):
        position = reads[0].subscripts[axis]
        if isinstance(position, Number | Size) and all(read.subscripts[axis] is position for read in reads):
            pattern[axis] = position
            continue
        for other in range(axis):
            equal = all(read.subscripts[axis] is read.subscripts[other] for read in reads)
            if other not in pattern and equal and tensor.shape[axis] is tensor.shape[other]:
                pattern[axis] = other
                break
    return pattern


def _along(definition: Definition, pattern: Pattern, names: Names) -> Definition:
    """The definition of what is read."""
    indices = definition.indices
    replacements = {indices[axis]: indices[at] if isinstance(at, int) else at for axis, at in pattern.items()}
    body = simplified(substitute(definition.body, replacements), exact=False)
    kept = tuple(index for axis, index in enumerate(indices) if axis not in pattern)
    word = "diagonal" if any(isinstance(at, int) for at in pattern.values()) else "slice"
    shape = tuple(index.extent for index in kept)
    tensor = Tensor(names.spare(derived_name(definition.tensor, word)), shape, definition.tensor.kind, "definition", None)
    return Definition(tensor, kept, body)


def _read(node: Expr, slices: dict[Tensor, Slice]) -> Expr | None:
    if not isinstance(node, Access) or node.tensor not in slices:
        return None
    found = slices[node.tensor]
    return Access(found.tensor, tuple(node.subscripts[axis] for axis in found.axes))
