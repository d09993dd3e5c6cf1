"""What a program takes and gives: in goes a program of the tensor IR, out comes a `Signature`, or a program of fewer outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from einlang import call, structured
from einlang.calculus.blocks import Layout
from einlang.errors import InternalError
from einlang.ir.abstract import depended_on
from einlang.ir.extent import Extent
from einlang.ir.nodes import Definition, Tensor
from einlang.ir.program import Computed, Elements, Program, Refusal, Requirement, extents_in, own_sizes, tensors_in


def signature(program: Program, spare: Sequence[Tensor] = ()) -> call.Signature:
    """The sizes in the order in which the inputs' axes first have them, the inputs and outputs.

    Further inputs may be given or left out: `spare` in the order declared, among which those of the program stand.
    """
    inputs = spare or program.inputs
    _check_sizes(program)
    return call.Signature(
        name=program.name,
        sizes=program.given_sizes,
        fixed=program.sizes,
        inputs=tuple(_described(tensor, program, tensor in program.inputs) for tensor in inputs),
        outputs=tuple(_output(tensor, program) for tensor in program.outputs),
        assumptions=tuple(equation.text for equation in program.assumptions),
        requirements=tuple(
            call.Requirement(_axis(r.left), r.relation, _axis(r.right), r.text, tuple(map(_axis, r.over)))
            for r in program.requirements
        ),
        refusals=tuple(call.Refusal(found.text, _axis(found.length), *_elements(found.elements)) for found in program.refusals),
        computed=tuple(
            call.Computed(found.size, tuple((_axis(bound.extent), bound.divisor) for bound in found.bounds))
            for found in program.computed
        ),
    )


def _output(tensor: Tensor, program: Program) -> call.Tensor:
    """An output; the new values of an input have its name."""
    old = program.updates.get(tensor)
    described = _described(tensor, program, True)
    return described if old is None else described._replace(name=old.name, role="update")


def _described(tensor: Tensor, program: Program, needed: bool) -> call.Tensor:
    axes = tuple(_axis(extent, program.notes.get((tensor.name, number), "")) for number, extent in enumerate(tensor.shape))
    kind = "float" if tensor.kind == "float" else "int"
    return call.Tensor(tensor.name, axes, kind, tensor.role, tensor.declared.place if tensor.declared else "", needed)


def described(found: Layout) -> structured.Layout:
    """How a result is made of blocks, for calls."""
    return structured.Layout(found.deltas, found.axes, tuple(map(_axis, found.shape)))


def _axis(extent: Extent, note: str = "") -> call.Axis:
    return call.Axis(extent.spell(), extent.terms, note)


def _elements(found: Elements | None) -> tuple[str, call.Axes, tuple[call.Axes, ...], tuple[call.Axes, ...]]:
    if found is None:
        return "", (), (), ()
    subscripts, conditions = (tuple(tuple(map(_axis, form)) for form in part) for part in (found.subscripts, found.conditions))
    return found.tensor.name, tuple(map(_axis, found.ranges)), subscripts, conditions


def _check_sizes(program: Program) -> None:
    known = {extent.size for tensor in program.inputs for extent in tensor.shape} | {size for size, _ in program.sizes}
    known = known.union(*(own_sizes(definition) for definition in program.definitions))
    known |= {found.size for found in program.computed}
    for tensor in (*program.inputs, *program.outputs):
        for size in (size for extent in tensor.shape for size in extent.sizes):
            if size not in known:
                raise InternalError("signature", f"no axis of an input has the size {size} alone", tensor.name)


def only(program: Program, outputs: Sequence[Tensor], extents: Sequence[Extent] = ()) -> Program:
    """The program of these outputs: the definitions and inputs that they depend on, and inputs that bind sizes used there.

    It binds the sizes of some `extents` too.
    """
    refusals = _refusals(program, outputs)
    roots = [*outputs, *(refusal.tensor for refusal in refusals)]
    definitions, used = depended_on(program, roots), reached(program, roots)
    inputs = [tensor for tensor in program.inputs if tensor in used]
    sizes = {size for tensor in inputs for extent in tensor.shape for size in extent.sizes}
    sizes |= {size for definition in definitions for extent in extents_in(definition) for size in extent.sizes}
    sizes |= {size for extent in extents for size in extent.sizes}
    computed = _computed(program, sizes)
    sizes |= {size for found in computed for bound in found.bounds for size in bound.extent.sizes}
    needed = set(inputs) | set(_binding(program, inputs, sizes))
    kept = needed | {definition.tensor for definition in definitions}
    equations = [
        tuple(equation for equation in found if all(tensor in kept for side in equation.sides for tensor in tensors_in(side)))
        for found in (program.assumptions, program.checks)
    ]
    known = {size for tensor in needed for extent in tensor.shape for size in extent.sizes} | {size for size, _ in program.sizes}
    known |= {found.size for found in computed}
    requirements = tuple(r for r in program.requirements if known.issuperset(_sizes(r)))
    return replace(
        program.with_definitions(definitions),
        inputs=tuple(tensor for tensor in program.inputs if tensor in kept),
        outputs=tuple(outputs),
        assumptions=equations[0],
        checks=equations[1],
        requirements=requirements,
        computed=computed,
        refusals=refusals,
        updates={new: old for new, old in program.updates.items() if new in outputs},
    )


def _refusals(program: Program, outputs: Sequence[Tensor]) -> tuple[Refusal, ...]:
    """The refusals that speak of nothing but what outputs depend on."""
    used = reached(program, outputs)
    bodies = {definition.tensor: definition.body for definition in program.definitions}
    return tuple(refusal for refusal in program.refusals if used.issuperset(tensors_in(bodies[refusal.tensor])))


def _computed(program: Program, sizes: set[str]) -> tuple[Computed, ...]:
    """The computed sizes that `sizes` need, in order."""
    wanted, kept = set(sizes), []
    for found in reversed(program.computed):
        if found.size in wanted:
            wanted.update(size for bound in found.bounds for size in bound.extent.sizes)
            kept.append(found)
    return tuple(reversed(kept))


def reached(program: Program, outputs: Sequence[Tensor]) -> set[Tensor]:
    """Everything that outputs depend on, themselves included."""
    found = set(outputs)
    for definition in depended_on(program, outputs):
        found.update(tensors_in(definition.body))
    return found


def _sizes(requirement: Requirement) -> set[str]:
    """The sizes that a requirement speaks of."""
    return {size for extent in (requirement.left, requirement.right, *requirement.over) for size in extent.sizes}


def _binding(program: Program, inputs: Sequence[Tensor], sizes: set[str]) -> list[Tensor]:
    """Further inputs, those first declared, that have on an axis alone the sizes that `inputs` do not."""
    bound = {extent.size for tensor in inputs for extent in tensor.shape} | {size for size, _ in program.sizes}
    bound |= {found.size for found in program.computed}
    further = []
    for tensor in program.inputs:
        new = {extent.size for extent in tensor.shape} & (sizes - bound)
        if new:
            further.append(tensor)
            bound |= {extent.size for extent in tensor.shape}
            sizes |= {size for extent in tensor.shape for size in extent.sizes}
    return further


def assumption_program(program: Program) -> Program | None:
    """A program whose outputs are the sides of the assumptions, one after the other; None where nothing is assumed."""
    sides = []
    for number, equation in enumerate(program.assumptions, start=1):
        shape = tuple(index.extent for index in equation.indices)
        for side, body in zip(("left", "right"), equation.sides, strict=True):
            tensor = Tensor(f"assumption {number} {side}", shape, "float", "definition", None)
            sides.append(Definition(tensor, equation.indices, body))
    if not sides:
        return None
    outputs = [side.tensor for side in sides]
    definitions = depended_on(program.with_definitions((*program.definitions, *sides)), outputs)
    return replace(
        program.with_definitions(definitions),
        name="assumptions",
        outputs=tuple(outputs),
        assumptions=(),
        checks=(),
        requirements=(),
    )
