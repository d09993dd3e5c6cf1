"""Extents that may come out negative, named: in goes a program, out comes one in which every extent is a product of sizes ≥ 0.

A range of length n - 2 is empty where n is 1. A product of such lengths would be wrong, and each would be clamped again at every
use; so it becomes a size of its own, computed once before anything runs.
"""

from __future__ import annotations

from dataclasses import replace

from einlang.ir.extent import Extent, sized
from einlang.ir.nodes import Access, Definition, Expr, Index, Reduce, Size, Solve, Tensor
from einlang.ir.program import Bound, Computed, Program
from einlang.tree import Node, fold, walk


def name_extents(program: Program) -> Program:
    """The program over clamped extents, which are computed sizes of it."""
    naming = _Naming({})
    extents = [e for t in _tensors(program) for e in t.shape]
    extents += [e for d in program.definitions for node in walk(d.body) for e in _own_extents(node)]
    if not any(map(_may_be_negative, extents)):
        return program
    tensors = {tensor.name: naming.tensor(tensor) for tensor in _tensors(program)}
    definitions = tuple(naming.definition(d, tensors) for d in program.definitions)
    computed = tuple(Computed(new.spell(), (Bound(old, 1),)) for old, new in naming.named.items())
    return replace(
        program,
        inputs=tuple(tensors[t.name] for t in program.inputs),
        outputs=tuple(tensors[t.name] for t in program.outputs),
        definitions=definitions,
        derivatives={},
        computed=(*program.computed, *computed),
    )


def _tensors(program: Program) -> list[Tensor]:
    return [*program.inputs, *(d.tensor for d in program.definitions)]


def _own_extents(node: Node) -> list[Extent]:
    if isinstance(node, Reduce | Solve):
        return [index.extent for index in node.binds]
    return [node.extent] if isinstance(node, Index | Size) else []


def _may_be_negative(extent: Extent) -> bool:
    return any(coefficient < 0 for _, coefficient in extent.terms)


class _Naming:
    """Replaces extents, and with them indices and tensors."""

    def __init__(self, indices: dict[Index, Index]) -> None:
        self.named: dict[Extent, Extent] = {}
        self.indices = indices

    def extent(self, extent: Extent) -> Extent:
        if not _may_be_negative(extent):
            return extent
        return self.named.setdefault(extent, sized(f"extent {len(self.named) + 1}"))

    def index(self, index: Index) -> Index:
        if index not in self.indices:
            changed = self.extent(index.extent)
            self.indices[index] = index if changed is index.extent else Index(index.name, changed)
        return self.indices[index]

    def tensor(self, tensor: Tensor) -> Tensor:
        return replace(tensor, shape=tuple(self.extent(e) for e in tensor.shape))

    def definition(self, definition: Definition, tensors: dict[str, Tensor]) -> Definition:
        def visit(node: Node, children: tuple[Node, ...]) -> Node:
            match node:
                case Index():
                    return self.index(node)
                case Size(extent):
                    return Size(self.extent(extent))
                case Access(tensor):
                    return replace(node.rebuild(children), tensor=tensors[tensor.name])
                case Reduce() | Solve():
                    return node.rebuild(children).rebound({index: self.index(index) for index in node.binds})
                case _:
                    return node.rebuild(children)

        body = fold(definition.body, visit)[definition.body]
        assert isinstance(body, Expr)
        indices = tuple(self.index(i) for i in definition.indices)
        return Definition(tensors[definition.tensor.name], indices, body)
