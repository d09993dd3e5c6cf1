"""From a plan to the loop tree: in goes a plan, out come functions for its kernels, and the runs of them in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from einlang.ir.extent import Extent
from einlang.ir.nodes import Tensor
from einlang.ir.text import definition_text
from einlang.loops import nodes
from einlang.loops.bundles import bundled_steps
from einlang.loops.maps import map_steps
from einlang.loops.nests import Nest
from einlang.loops.nodes import Address, Array, Length, Load, Step, Store, Type, Variable
from einlang.loops.products import contraction_steps
from einlang.loops.reductions import chunks_steps, lanes_steps, search_steps
from einlang.loops.repetition import BLOCK, Positions, blocks
from einlang.loops.scatter import scatter_steps
from einlang.loops.sharing import Key, Likeness
from einlang.loops.splits import ranges_of, segments_of, split_of
from einlang.loops.systems import determinant_steps, overwritten, system_steps
from einlang.loops.tiles import tiles_steps
from einlang.plan.kernel import (
    Bundled,
    Chunks,
    Contraction,
    Determinant,
    Form,
    Kernel,
    Lanes,
    Map,
    Plan,
    Scatter,
    Search,
    System,
    Tiles,
)
from einlang.plan.merge import product
from einlang.plan.split import picoseconds
from einlang.tree import Node, fold


def lower(plan: Plan) -> nodes.Program:
    """The loops of a plan."""
    program = plan.program
    table, positions = _Table(), Positions.of(plan)
    runs = tuple(table.run(kernel, positions) for kernel in plan.kernels)
    outputs = {place.number: name for name, place in plan.places.items() if place.area == "output"}
    tensors = {kernel.source.tensor.name: kernel.source.tensor for kernel in plan.kernels}
    kept = tuple(
        (name, plan.places[name].number, _type(tensor)) for name, tensor in tensors.items() if plan.places[name].area == "slot"
    )
    return nodes.Program(
        name=program.name,
        sizes=program.given_sizes,
        fixed=program.sizes,
        computed=plan.computed,
        inputs=tuple(nodes.Parameter(tensor.name, tensor.name, _type(tensor)) for tensor in program.inputs),
        outputs=tuple(
            nodes.Parameter(outputs[number], tensor.name, _type(tensor)) for number, tensor in enumerate(program.outputs)
        ),
        rooms=tuple(nodes.Room(tuple((e, "int" if k == "int" else "real") for e, k in slot.contents)) for slot in plan.slots),
        kept=kept,
        packing=_packing(plan),
        kernels=tuple(table.kernels),
        runs=runs,
        refusals=_refusals(plan),
        loops=positions.loops(),
        blocks=blocks(plan),
    )


def _type(tensor: Tensor) -> Type:
    return "int" if tensor.kind == "int" else "real"


def _refusals(plan: Plan) -> tuple[tuple[int, str], ...]:
    """After which run which tensor must be 0, in the order of the program's refusals."""
    steps = {kernel.source.tensor.name: step for step, kernel in enumerate(plan.kernels)}
    names = [refusal.tensor.name for refusal in plan.program.refusals]
    return tuple((steps[name], name) for name in names)


def _packing(plan: Plan) -> tuple[tuple[str, tuple[Extent, ...]], ...]:
    return tuple(dict.fromkeys(found for kernel in plan.kernels if (found := _room(kernel.form)) is not None))


def _room(form: Form) -> tuple[str, tuple[Extent, ...]] | None:
    """What tells how much room for packing a form needs, and for which numbers of positions."""
    if isinstance(form, Bundled):
        return "ein_room", tuple(product(index.extent for index in run) for run in (form.rows, form.columns, form.summed))
    return ("ein_space", (form.columns.extent, form.summed.extent)) if isinstance(form, Contraction) and form.rows else None


@dataclass(slots=True)
class _Table:
    """The functions so far, by what kernels that share one have in common."""

    kernels: list[nodes.Kernel] = field(default_factory=list)
    known: dict[Key, tuple[int, tuple[int, ...]]] = field(default_factory=dict)

    def run(self, kernel: Kernel, positions: Positions) -> nodes.Run:
        """A call of the function for a kernel, which is made if there is none yet."""
        likeness = Likeness()
        key = likeness.key(kernel)
        extents = list(likeness.extents)
        if key not in self.known:
            made = _function(kernel, likeness.tensors)
            self.known[key] = (len(self.kernels), tuple(n for n, extent in enumerate(extents) if extent in made.extents))
            self.kernels.append(made)
        number, used = self.known[key]
        note = definition_text(kernel.source)
        given = tuple(extents[n] for n in used)
        work = picoseconds(kernel) if self.kernels[number].split else None
        position, conditions = positions.at(kernel), positions.conditions(kernel)
        return nodes.Run(
            number, tuple(likeness.tensors), given, note, position, conditions, work, positions.strides(kernel, likeness.tensors)
        )


def _function(kernel: Kernel, tensors: Mapping[str, Tensor]) -> nodes.Kernel:
    """The function of a kernel; its arrays are the tensors in the order given, its extents those that it uses, sorted alike."""
    arrays = {name: Array(name, _type(tensor), None) for name, tensor in tensors.items()}
    position = Variable(kernel.step.index.name, "int") if kernel.step else BLOCK if kernel.turn else None
    fixed = {kernel.step.index: position} if kernel.step and position else {}
    work = Nest(kernel, lambda tensor: arrays[tensor.name], fixed, ranges_of(kernel), segments_of(kernel))
    split, after = split_of(work)
    body = (*_steps(work, kernel), *after)
    steps = (*body, *((split,) if split else ()))
    spent = (overwritten(work),) if isinstance(kernel.form, System | Determinant) else ()
    written = arrays[kernel.source.tensor.name]
    space = _room(kernel.form) is not None
    notes = (definition_text(kernel.source), kernel.reason)
    return nodes.Kernel(tuple(arrays.values()), written, spent, _extents(steps, kernel), space, notes, body, position, split)


def _steps(work: Nest, kernel: Kernel) -> tuple[Step, ...]:
    match kernel.form:
        case Map(loops):
            return map_steps(work, loops)
        case Tiles() as form:
            return tiles_steps(work, form)
        case Chunks() as form:
            return chunks_steps(work, form)
        case Lanes() as form:
            return lanes_steps(work, form)
        case Search() as form:
            return search_steps(work, form)
        case Contraction() as form:
            return contraction_steps(work, form)
        case Bundled() as form:
            return bundled_steps(work, form)
        case Scatter() as form:
            return scatter_steps(work, form)
        case System() as form:
            return system_steps(work, form)
        case Determinant() as form:
            return determinant_steps(work, form)


def _extents(steps: Sequence[Node], kernel: Kernel) -> tuple[Extent, ...]:
    """The extents that the steps mention, in the order of the kernel's likeness."""
    likeness = Likeness()
    likeness.key(kernel)
    mentioned: dict[Extent, None] = {}
    for node in fold(steps, lambda node, _: node):
        if isinstance(node, Length):
            mentioned[node.extent] = None
        if isinstance(node, Load | Store | Address) and node.array.count is None:
            mentioned.update(dict.fromkeys(node.shape[1:]))
    return tuple(extent for extent in likeness.extents if extent in mentioned)
