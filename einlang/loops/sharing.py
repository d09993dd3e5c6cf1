"""Kernels that are alike but for names: in goes a kernel of the plan, out come a key, and its tensors and extents in order.

Kernels of one key are one function of C, called with other arrays and extents: a network of a hundred layers has a dozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from einlang.ir.extent import Extent
from einlang.ir.nodes import Access, Apply, Definition, Index, Number, Reduce, Size, Solve, Tensor
from einlang.loops.cuts import forms_of
from einlang.plan.kernel import Bundled, Contraction, Kernel
from einlang.tree import Node, fold

Key = tuple[object, ...]


@dataclass(slots=True)
class Likeness:
    """Numbers for tensors, extents and indices by first occurrence."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    extents: dict[Extent, int] = field(default_factory=dict)
    indices: dict[Index, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def key(self, kernel: Kernel) -> Key:
        """What kernels that may share a function have in common."""
        definition = kernel.definition
        target = Access(definition.tensor, definition.indices)
        roots = [target, *_roots(kernel)]
        records = fold(roots, self._record)
        numbers = {node: number for number, node in enumerate(records)}
        content = tuple((record, *(numbers[child] for child in node.children)) for node, record in records.items())
        step = self._index(kernel.step.index) if kernel.step else None
        derived = tuple(self._extent(e) for form in forms_of(kernel) for e in (form.constant, *(f for _, f in form.multiples)))
        turn = self._index(kernel.turn) if kernel.turn else None
        return (
            type(kernel.form).__name__,
            step,
            turn,
            self._form(kernel),
            tuple(numbers[root] for root in roots),
            content,
            derived,
        )

    def _form(self, kernel: Kernel) -> Key:
        """The order of the loops."""
        form = kernel.form
        values = [getattr(form, name) for name in form.__dataclass_fields__]
        return tuple(self._of(value) for value in values)

    def _of(self, value: object) -> object:
        if isinstance(value, tuple):
            return tuple(self._of(item) for item in value)
        if isinstance(value, Extent):
            return self._extent(value)
        return self._index(value) if isinstance(value, Index) else value if isinstance(value, bool) else None

    def _record(self, node: Node, children: tuple[Key, ...]) -> Key:
        match node:
            case Index():
                return "Index", self._index(node)
            case Size(extent):
                return "Size", self._extent(extent)
            case Access(tensor):
                return "Access", self._tensor(tensor)
            case Number(value):
                return "Number", value
            case Apply(operator):
                return "Apply", operator.name
            case Reduce(operation, indices):
                return "Reduce", operation, tuple(self._index(index) for index in indices)
            case Solve():
                return "Solve", tuple(self._index(index) for index in node.binds)
            case _:
                return (type(node).__name__,)

    def _index(self, index: Index) -> Key:
        return self.indices.setdefault(index, len(self.indices)), self._extent(index.extent)

    def _extent(self, extent: Extent) -> object:
        """The number of an extent; one that is known is itself."""
        if extent.constant is not None:
            return ("known", extent.constant)
        return self.extents.setdefault(extent, len(self.extents))

    def _tensor(self, tensor: Tensor) -> Key:
        self.tensors.setdefault(tensor.name, tensor)
        place = self.places.setdefault(tensor.name, len(self.places))
        return place, tensor.kind, tuple(self._extent(extent) for extent in tensor.shape)


def _roots(kernel: Kernel) -> list[Node]:
    if isinstance(kernel.form, Contraction | Bundled):
        after: Definition | None = kernel.after
        own = [Access(after.tensor, after.indices), after.body] if after else []
        return [kernel.form.left, kernel.form.right, *own]
    return [kernel.definition.body]
