"""Where tensors are kept: in go kernels in order, out come a place for each tensor and the slots of the workspace.

An output is computed where the caller wants it. Everything else gets a slot, which is free again once its last reader has run.
A free slot is taken if there is one, first one that held an array of the same size: the larger of two sizes is never more than
both together, so this never costs memory, whatever the sizes turn out to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from einlang.ir.extent import Extent
from einlang.ir.nodes import Tensor
from einlang.plan.kernel import Kernel, Place, Slot, Strip
from einlang.plan.merge import product
from einlang.plan.reads import read

Content = tuple[Extent, str]


def places(kernels: Sequence[Kernel], outputs: Sequence[str]) -> tuple[dict[str, Place], tuple[Slot, ...]]:
    """The place of every tensor that a kernel fills, by name, and the slots."""
    found = {name: Place("output", number) for number, name in enumerate(outputs)}
    first, last = lifetimes(kernels)
    shapes = {kernel.source.tensor.name: kernel.source.tensor for kernel in kernels}
    strips = {kernel.source.tensor.name: kernel.strip for kernel in kernels}
    starting, ending = _by_number(first), _by_number(last)
    workspace = _Workspace()
    for number in range(len(kernels)):
        for tensor in (shapes[name] for name in starting.get(number, ()) if name not in found):
            found[tensor.name] = Place("slot", workspace.take((_numbers(tensor, strips.get(tensor.name)), tensor.kind)))
        dead = [name for name in ending.get(number, ()) if found[name].area == "slot"]
        workspace.release(found[name].number for name in dead)
    return found, workspace.slots()


def _numbers(tensor: Tensor, strip: Strip | None) -> Extent:
    """How many numbers of a tensor are kept at once."""
    count = product(tensor.shape)
    return strip.whole(count) if strip is not None and tensor.name in strip.kept else count


def _by_number(numbers: Mapping[str, int]) -> dict[int, list[str]]:
    """The names of each number."""
    found: dict[int, list[str]] = {}
    for name, number in numbers.items():
        found.setdefault(number, []).append(name)
    return found


def lifetimes(kernels: Sequence[Kernel]) -> tuple[dict[str, int], dict[str, int]]:
    """The first and the last kernel at which each tensor that a kernel fills is kept.

    What later positions of a loop or other kernels read, and what comes from before it, stays throughout the loop or strip; so
    does all of two in turns.
    """
    spans = _spans(kernels)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, kernel in enumerate(kernels):
        name = kernel.source.tensor.name
        start, end = spans[number]
        within = kernel.step or kernel.strip
        stays = kernel.turn is not None or (within is not None and name in within.kept)
        first.setdefault(name, start if stays else number)
        last[name] = max(last.get(name, 0), end if stays else number)
        for tensor in read(kernel):
            if tensor.name in first:
                last[tensor.name] = max(last[tensor.name], end if first[tensor.name] < start else number)
    return first, last


def _spans(kernels: Sequence[Kernel]) -> list[tuple[int, int]]:
    """For each kernel the first and the last of those that run in turns with it."""
    loops: dict[int | Strip, tuple[int, int]] = {}
    for number, kernel in enumerate(kernels):
        if (loop := _loop(kernel)) is not None:
            loops[loop] = (loops.get(loop, (number, number))[0], number)
    spans: list[tuple[int, int]] = []
    for number, kernel in enumerate(kernels):
        loop = _loop(kernel)
        own = (number, number) if loop is None else loops[loop]
        second = kernel.turn is not None and spans and spans[-1] == (number - 1, number)
        spans.append(spans[-1] if second else (number, number + 1) if kernel.turn is not None else own)
    return spans


def _loop(kernel: Kernel) -> int | Strip | None:
    """The loop or strip of a kernel."""
    return kernel.strip if kernel.step is None else kernel.step.loop


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
