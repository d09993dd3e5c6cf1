"""Where tensors are kept: in go kernels in order, out come a place for each tensor and the slots of the workspace.

An output is computed where the caller wants it. Everything else gets a slot, which is free again once its last reader has run.
A free slot is taken if there is one, first one that held an array of the same size: the larger of two sizes is never more than
both together, so this never costs memory, whatever the sizes turn out to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from einlang.ir.extent import Extent
from einlang.plan.kernel import Kernel, Place, Slot
from einlang.plan.merge import product
from einlang.plan.reads import read

Content = tuple[Extent, str]


def places(kernels: Sequence[Kernel], outputs: Sequence[str]) -> tuple[dict[str, Place], tuple[Slot, ...]]:
    """The place of every tensor that a kernel fills, by name, and the slots."""
    found = {name: Place("output", number) for number, name in enumerate(outputs)}
    last = {tensor.name: step for step, kernel in enumerate(kernels) for tensor in read(kernel)}
    ending: dict[int, list[str]] = {}
    for name, step in last.items():
        ending.setdefault(step, []).append(name)
    workspace = _Workspace()
    for step, kernel in enumerate(kernels):
        tensor = kernel.source.tensor
        if tensor.name not in found:
            found[tensor.name] = Place("slot", workspace.take((product(tensor.shape), tensor.kind)))
        dead = ending.get(step, []) if tensor.name in last else [*ending.get(step, []), tensor.name]
        workspace.release(found[name].number for name in dead if name in found and found[name].area == "slot")
    return found, workspace.slots()


@dataclass(slots=True)
class _Workspace:
    """Slots by number: what each has held, and which are free, the one freed last at the end."""

    held: list[list[Content]] = field(default_factory=list)
    free: list[int] = field(default_factory=list)

    def take(self, content: Content) -> int:
        """A slot for an array."""
        same = [slot for slot in self.free if content in self.held[slot]]
        alike = [slot for slot in self.free if _degree(self.held[slot]) == _degree([content])]
        candidates = same or alike or self.free
        if not candidates:
            self.held.append([content])
            return len(self.held) - 1
        slot = candidates[-1]
        self.free.remove(slot)
        if content not in self.held[slot]:
            self.held[slot].append(content)
        return slot

    def release(self, slots: Iterable[int]) -> None:
        """Slots whose array has been read for the last time."""
        self.free.extend(slots)

    def slots(self) -> tuple[Slot, ...]:
        return tuple(Slot(tuple(contents)) for contents in self.held)


def _degree(contents: Sequence[Content]) -> int:
    """How many sizes are multiplied in the largest term: what counts when sizes grow."""
    return max((len(monomial) for extent, _ in contents for monomial, _ in extent.terms), default=0)
