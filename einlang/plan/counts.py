"""What a plan costs: in goes a kernel or a plan, out come operations, numbers moved and workspace, as polynomials in the sizes.

An operation is one scalar operation as `ir.measure` counts them; a number moved is an element of an array that a kernel reads or
writes, each array counted once: what memory traffic is at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from einlang.ir.build import ONE
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices
from einlang.ir.measure import operations
from einlang.ir.nodes import Access, Apply, Reduce, Solve, Tensor
from einlang.plan.isolate import replaced
from einlang.plan.kernel import Bundled, Contraction, Determinant, Kernel, Plan, Scatter, Step, Tiles, loops_of
from einlang.plan.merge import product
from einlang.plan.reads import bodies, read
from einlang.tree import walk


@dataclass(frozen=True, slots=True)
class Counts:
    """Operations; floats and whole numbers read or written."""

    operations: Extent
    floats: Extent
    whole: Extent

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.operations + other.operations, self.floats + other.floats, self.whole + other.whole)

    def bytes(self, itemsize: int) -> Extent:
        """Bytes moved, for floats of that size."""
        return self.floats * itemsize + self.whole * 8


def kernel_counts(kernel: Kernel) -> Counts:
    """The counts of one kernel, at all positions of its loop or strip where it stands in one."""
    moved = {"float": fixed(0), "int": fixed(0)}
    step = kernel.step
    for tensor in (kernel.source.tensor, *_fetched(kernel)):
        times = fixed(1) if step is None or _steps_along(kernel, tensor) else _times(step)
        moved["int" if tensor.kind == "int" else "float"] += _all(kernel, product(tensor.shape)) * times
    return Counts(_all(kernel, operations_at_once(kernel)) * _times(step), moved["float"], moved["int"])


def _all(kernel: Kernel, extent: Extent) -> Extent:
    """An extent for all positions of a strip."""
    return extent if kernel.strip is None else kernel.strip.whole(extent)


def _fetched(kernel: Kernel) -> list[Tensor]:
    """What a kernel reads from memory: not the rows that another has just read in its turn."""
    form, found = kernel.form, read(kernel)
    again = isinstance(form, Contraction) and kernel.turn is form.summed
    return [tensor for tensor in found if not (again and isinstance(form, Contraction) and tensor == form.right.tensor)]


def _times(step: Step | None) -> Extent:
    """At how many positions a kernel runs."""
    starts = step is None or any(isinstance(c, Apply) and c.operator.name == "==" for c in step.conditions)
    return fixed(1) if step is None or starts else step.index.extent


def _steps_along(kernel: Kernel, tensor: Tensor) -> bool:
    """Whether another part of a tensor is read or written at each position."""
    assert kernel.step is not None
    accesses = [Access(kernel.source.tensor, kernel.source.indices), *(n for b in bodies(kernel) for n in walk(b))]
    own = (node for node in accesses if isinstance(node, Access) and node.tensor.name == tensor.name)
    return any(kernel.step.index in free_indices(access) for access in own)


def plan_counts(plan: Plan) -> Counts:
    """The counts of all kernels."""
    total = Counts(fixed(0), fixed(0), fixed(0))
    for kernel in plan.kernels:
        total = total + kernel_counts(kernel)
    return total


def operations_at_once(kernel: Kernel) -> Extent:
    """The operations of one kernel, at one position of its loop where it stands in one.

    Those of the sums, two for each product, and those of the epilogue; half where the result is symmetric or a mask leaves out
    a part.
    Elimination takes n^3 for an n by n matrix, about.
    """
    positions = product(index.extent for index in loops_of(kernel.definition.indices, kernel.step))
    if isinstance(kernel.form, Contraction | Bundled):
        return products_at_once(kernel) + positions * (operations(kernel.after.body) if kernel.after else 0)
    if isinstance(kernel.form, Scatter):
        added = product(index.extent for index in (*kernel.form.outside, *kernel.form.inside))
        return added * (operations(kernel.form.body) + 1)
    if isinstance(kernel.form, Determinant) and isinstance(kernel.definition.body, Reduce):
        count = kernel.definition.body.indices[0].extent
        return positions * count * count * count
    if isinstance(kernel.definition.body, Solve):
        matrices = product(index.extent for index in kernel.form.loops)
        count = product(index.extent for index in kernel.definition.body.columns)
        return matrices * count * count * count + positions * count * 2
    if kernel.reduction is None:
        each = operations(kernel.definition.body)
        return positions * ((each + 1) // 2 if isinstance(kernel.form, Tiles) and kernel.form.symmetric else each)
    inner = operations(kernel.reduction.body) + 1
    outer = operations(replaced(kernel.definition.body, kernel.reduction, ONE))
    return positions * product(index.extent for index in kernel.reduction.indices) * inner + positions * outer


def products_at_once(kernel: Kernel) -> Extent:
    """Those of the sums of a contraction."""
    positions = product(index.extent for index in loops_of(kernel.definition.indices, kernel.step))
    match kernel.form:
        case Contraction(summed=summed) as form:
            half = form.symmetric or any(end is not None for end in (form.since, form.to, form.reach))
            return positions * summed.extent * (1 if half else 2)
        case Bundled(summed=several):
            return positions * product(index.extent for index in several) * 2
        case _:
            return fixed(0)


def workspace(plan: Plan, sizes: Mapping[str, int], itemsize: int) -> int:
    """Bytes that arrays take in the workspace for given sizes, without the room for packing."""
    known, total = plan.sizes(sizes), 0
    for slot in plan.slots:
        largest = max(extent.evaluate(known) * (8 if kind == "int" else itemsize) for extent, kind in slot.contents)
        total += (largest + 63) // 64 * 64
    return total
