"""The plan of a program: in goes an optimised program, out come kernels with their forms, and where every tensor is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from einlang.ir.extent import Extent
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Index, Solve, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import circles
from einlang.ir.symmetry import Symmetries
from einlang.plan.bands import banded
from einlang.plan.contraction import Product, contraction
from einlang.plan.fuse import fuse
from einlang.plan.isolate import isolate, reductions, replaced
from einlang.plan.kernel import Bundled, Contraction, Determinant, Kernel, Plan, Step, Strip, System, Tiles, loops_of
from einlang.plan.masks import Zeros, masks
from einlang.plan.merge import Run, merge_definition, merged_index, runs, runs_beside
from einlang.plan.order import map_order, reduction_order, triangle
from einlang.plan.pairs import pairs
from einlang.plan.scatter import scatter
from einlang.plan.sizes import name_extents
from einlang.plan.storage import places
from einlang.plan.strips import strips
from einlang.plan.systems import batch_of, is_system
from einlang.tree import walk


class Facts(NamedTuple):
    """What is known of the tensors of a program: which are symmetric, and where which are zero."""

    symmetries: Symmetries
    zeros: Zeros


def plan(program: Program) -> Plan:
    """Decide how each definition is computed. Raises InternalError for what should not have come so far."""
    isolated, loops, steps = isolate(name_extents(_refusals_first(program)))
    isolated, zeros = masks(fuse(isolated, steps), steps)
    names = Names.of(isolated)
    together = [{d.tensor for d, step in steps.items() if step.loop == loop} for loop in range(len(loops))]
    outputs, copies = _outputs(isolated, together, names)
    alone = {*_needed(isolated, together), *(d.tensor for d in steps)}
    definitions, found = strips((*isolated.definitions, *copies), alone, isolated.outputs)
    facts = Facts(Symmetries(definition for definition in definitions if definition not in steps), zeros)
    kernels = pairs(_in_order(definitions, steps, found, names, facts))
    where, slots = places(kernels, outputs)
    return Plan(isolated, kernels, slots, where, isolated.computed, loops)


def _in_order(
    definitions: Sequence[Definition],
    steps: Mapping[Definition, Step],
    found: Mapping[Definition, Strip],
    names: Names,
    facts: Facts,
) -> tuple[Kernel, ...]:
    """The kernels of definitions; of what a loop or strip needs, that which is always the same stands before it."""
    kernels: list[Kernel] = []
    starts: dict[int | Strip | None, int] = {}
    for definition in definitions:
        step, strip = steps.get(definition), found.get(definition)
        group = strip if step is None else step.loop
        made = [_in_strip(kernel, strip) for kernel in _kernels(definition, names, facts, step)]
        early = [kernel for kernel in made if kernel.step is None and kernel.strip is None]
        start = len(kernels) if group is None else starts.setdefault(group, len(kernels))
        kernels[start:start] = early
        if group is not None:
            starts[group] += len(early)
        kernels += [kernel for kernel in made if kernel not in early]
    return tuple(kernels)


def _in_strip(kernel: Kernel, strip: Strip | None) -> Kernel:
    """A kernel of a definition in a strip: one of its parts may have nothing to do with it."""
    return replace(kernel, strip=strip) if strip is not None and strip.holds(kernel.source.tensor) else kernel


def _refusals_first(program: Program) -> Program:
    """The definitions that may refuse a call, and what they depend on, before all others: until then no output is written."""
    needed = _needed(program, [{d.tensor for d in members} for members in circles(program.definitions)])
    first = [definition for definition in program.definitions if definition.tensor in needed]
    return program.with_definitions((*first, *(d for d in program.definitions if d.tensor not in needed)))


def _needed(program: Program, together: Sequence[Collection[Tensor]]) -> set[Tensor]:
    """What may refuse a call and what that depends on: refusals, and systems of equations, which may be singular.

    Of tensors that are computed `together`, all are needed where one is.
    """
    needed = {refusal.tensor for refusal in program.refusals}
    needed |= {definition.tensor for definition in program.definitions if isinstance(definition.body, Solve)}
    loops = {tensor: loop for loop in together for tensor in loop}
    for definition in (*reversed(program.definitions), *reversed(program.definitions)):
        if definition.tensor in needed:
            needed.update(loops.get(definition.tensor, ()))
            needed.update(node.tensor for node in walk(definition.body) if isinstance(node, Access))
    return needed


def _outputs(program: Program, together: Sequence[Collection[Tensor]], names: Names) -> tuple[list[str], list[Definition]]:
    """What is kept in each output, and definitions that copy what is an input, an output already, or needed to refuse a call."""
    kept: dict[str, None] = {}
    copies: list[Definition] = []
    defined = {definition.tensor.name for definition in program.definitions} - {
        tensor.name for tensor in _needed(program, together)
    }
    for tensor in program.outputs:
        name = tensor.name
        if name in kept or name not in defined:
            name = names.spare(derived_name(tensor, "copy"))
            indices = tuple(Index(f"i{axis}", extent) for axis, extent in enumerate(tensor.shape))
            copies.append(define(name, indices, Access(tensor, indices), tensor.kind))
        kept[name] = None
    return list(kept), copies


def _kernels(definition: Definition, names: Names, facts: Facts, step: Step | None) -> Iterator[Kernel]:
    """The kernels of one definition: of the arrays it needs first, then its own."""
    own = loops_of(definition.indices, step)
    if is_system(definition):
        reason = "elimination with partial pivoting, which overwrites the matrix"
        solves = isinstance(definition.body, Solve)
        eliminated = System(loops_of(batch_of(definition), step)) if solves else Determinant(own)
        yield Kernel(definition, definition, None, eliminated, reason, step=step)
        return
    found = reductions(definition.body)
    if not found:
        yield _map(definition, facts, step)
        return
    scattered = scatter(Definition(definition.tensor, own, definition.body), found[0])
    if scattered is not None and definition.body is found[0] and own == definition.indices:
        yield Kernel(definition, definition, found[0], scattered, "a sum by position", step=step)
        return
    if scattered is not None:
        part = define(names.spare(derived_name(definition.tensor, "sum")), own, found[0])
        yield from _kernels(part, names, facts, step)
        body = replaced(definition.body, found[0], Access(part.tensor, own))
        yield _map(Definition(definition.tensor, definition.indices, body), facts, step)
        return
    product = contraction(definition, found[0], names, None if step is None else step.index)
    if product is None:
        yield _reduction(definition, step)
        return
    for part in product.parts:
        yield from _kernels(part, names, facts, step if step is not None and step.moves(part.body) else None)
    form = _product(definition, product, facts)
    reason = _contracted(form) if isinstance(form, Contraction) else "operands of any strides are laid out block by block"
    yield Kernel(definition, product.target, found[0], form, reason, product.after, step)


def _product(definition: Definition, product: Product, facts: Facts) -> Contraction | Bundled:
    bundles = product.bundles
    if not product.plain:
        return Bundled(bundles.loops, bundles.rows, bundles.columns, bundles.summed, product.left, product.right)
    rows, columns, summed = next(iter(bundles.rows), None), bundles.columns[0], bundles.summed[0]
    symmetric = rows is not None and facts.symmetries.hold(definition.body, *product.sides)
    form = Contraction(bundles.loops, rows, columns, summed, product.left, product.right, product.fused, symmetric)
    return form if product.rows is None else banded(form, product.rows, product.after, facts.zeros)


def _contracted(form: Contraction) -> str:
    columns, summed = form.columns.name, form.summed.name
    if form.rows is None:
        return f"a vector and a matrix: only one factor carries {columns}, both {summed}"
    half = "; one triangle is computed and mirrored, as the result is symmetric" if form.symmetric else ""
    banded = "".join(f"; {band}" for band in _bands(form, form.rows.name))
    return f"a matrix product: only one factor carries {form.rows.name}, only the other {columns}, both {summed}{half}{banded}"


def _bands(form: Contraction, row: str) -> Iterator[str]:
    """What is left out, in words."""
    if form.since is not None:
        yield f"{form.summed.name} from {_from_row(row, form.since)} on, as one factor is zero before"
    if form.to is not None:
        yield f"{form.summed.name} below {_from_row(row, form.to)}, as one factor is zero from there on"
    if form.reach is not None:
        yield f"{form.columns.name} below {_from_row(row, form.reach)}, as no more is needed"


def _from_row(row: str, distance: Extent) -> str:
    return f"{row} + {distance.spell()}".replace("+ -", "- ") if distance.terms else row


def _map(definition: Definition, facts: Facts, step: Step | None) -> Kernel:
    found = [(run, merged_index(run)) for run in _runs(definition, step)]
    merged = merge_definition(definition, found)
    choice = map_order(merged, loops_of(merged.indices, step))
    half = triangle(merged, choice)
    if half is not None and isinstance(half.form, Tiles):
        rows, columns = (next(run for run, index in found if index is side) for side in (half.form.rows, half.form.columns))
        choice = half if facts.symmetries.hold(definition.body, rows, columns) else choice
    return Kernel(definition, merged, None, choice.form, choice.reason, step=step)


def _reduction(definition: Definition, step: Step | None) -> Kernel:
    (reduction,) = reductions(definition.body)
    found = [*_runs(definition, step), *runs(reduction.indices, definition.body)]
    merged = merge_definition(definition, [(run, merged_index(run)) for run in found])
    (reduction,) = reductions(merged.body)
    choice = reduction_order(merged, loops_of(merged.indices, step), reduction)
    return Kernel(definition, merged, reduction, choice.form, choice.reason, step=step)


def _runs(definition: Definition, step: Step | None) -> list[Run]:
    return runs_beside(definition.indices, definition.body, None if step is None else step.index)
