"""The plan of a program: in goes an optimised program, out come kernels with their forms, and where every tensor is kept."""

from __future__ import annotations

from collections.abc import Iterator

from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Index, Solve, Tensor
from einlang.ir.program import Program
from einlang.ir.symmetry import Symmetries
from einlang.plan.contraction import contraction
from einlang.plan.fuse import fuse
from einlang.plan.isolate import isolate, reductions, replaced
from einlang.plan.kernel import Contraction, Determinant, Kernel, Plan, System
from einlang.plan.merge import merge_definition, merged_index, runs
from einlang.plan.order import map_order, reduction_order
from einlang.plan.scatter import scatter
from einlang.plan.sizes import name_extents
from einlang.plan.storage import places
from einlang.plan.systems import batch_of, is_system
from einlang.tree import walk


def plan(program: Program) -> Plan:
    """Decide how each definition is computed. Raises InternalError for what should not have come so far."""
    isolated = fuse(isolate(name_extents(_refusals_first(program))))
    names, symmetries = Names.of(isolated), Symmetries(isolated.definitions)
    outputs, copies = _outputs(isolated, names)
    kernels = tuple(kernel for d in (*isolated.definitions, *copies) for kernel in _kernels(d, names, symmetries))
    where, slots = places(kernels, outputs)
    return Plan(isolated, kernels, slots, where, isolated.computed)


def _refusals_first(program: Program) -> Program:
    """The definitions that may refuse a call, and what they depend on, before all others: until then no output is written."""
    needed = _needed(program)
    first = [definition for definition in program.definitions if definition.tensor in needed]
    return program.with_definitions((*first, *(d for d in program.definitions if d.tensor not in needed)))


def _needed(program: Program) -> set[Tensor]:
    """What may refuse a call and what that depends on: refusals, and systems of equations, which may be singular."""
    needed = {refusal.tensor for refusal in program.refusals}
    needed |= {definition.tensor for definition in program.definitions if isinstance(definition.body, Solve)}
    for definition in reversed(program.definitions):
        if definition.tensor in needed:
            needed.update(node.tensor for node in walk(definition.body) if isinstance(node, Access))
    return needed


def _outputs(program: Program, names: Names) -> tuple[list[str], list[Definition]]:
    """What is kept in each output, and definitions that copy what is an input, an output already, or needed to refuse a call."""
    kept: dict[str, None] = {}
    copies: list[Definition] = []
    defined = {definition.tensor.name for definition in program.definitions} - {tensor.name for tensor in _needed(program)}
    for tensor in program.outputs:
        name = tensor.name
        if name in kept or name not in defined:
            name = names.spare(derived_name(tensor, "copy"))
            indices = tuple(Index(f"i{axis}", extent) for axis, extent in enumerate(tensor.shape))
            copies.append(define(name, indices, Access(tensor, indices), tensor.kind))
        kept[name] = None
    return list(kept), copies


def _kernels(definition: Definition, names: Names, symmetries: Symmetries) -> Iterator[Kernel]:
    """The kernels of one definition: of the arrays it needs first, then its own."""
    if is_system(definition):
        reason = "elimination with partial pivoting, which overwrites the matrix"
        solves = isinstance(definition.body, Solve)
        eliminated = System(batch_of(definition)) if solves else Determinant(definition.indices)
        yield Kernel(definition, definition, None, eliminated, reason)
        return
    found = reductions(definition.body)
    if not found:
        yield _map(definition)
        return
    scattered = scatter(definition, found[0])
    if scattered is not None and definition.body is found[0]:
        yield Kernel(definition, definition, found[0], scattered, "a sum by position")
        return
    if scattered is not None:
        part = define(names.spare(derived_name(definition.tensor, "sum")), definition.indices, found[0])
        yield from _kernels(part, names, symmetries)
        body = replaced(definition.body, found[0], Access(part.tensor, definition.indices))
        yield _map(Definition(definition.tensor, definition.indices, body))
        return
    product = contraction(definition, found[0], names)
    if product is None:
        yield _reduction(definition)
        return
    for part in product.parts:
        yield from _kernels(part, names, symmetries)
    bundles = product.bundles
    rows, columns, summed = next(iter(bundles.rows), None), bundles.columns[0], bundles.summed[0]
    symmetric = rows is not None and symmetries.hold(definition.body, *product.sides)
    form = Contraction(bundles.loops, rows, columns, summed, product.left, product.right, product.fused, symmetric)
    yield Kernel(definition, product.target, found[0], form, _contracted(form), product.after)


def _contracted(form: Contraction) -> str:
    columns, summed = form.columns.name, form.summed.name
    if form.rows is None:
        return f"a vector and a matrix: only one factor carries {columns}, both {summed}"
    half = "; one triangle is computed and mirrored, as the result is symmetric" if form.symmetric else ""
    return f"a matrix product: only one factor carries {form.rows.name}, only the other {columns}, both {summed}{half}"


def _map(definition: Definition) -> Kernel:
    merged = merge_definition(definition, [(run, merged_index(run)) for run in runs(definition.indices, definition.body)])
    choice = map_order(merged)
    return Kernel(definition, merged, None, choice.form, choice.reason)


def _reduction(definition: Definition) -> Kernel:
    (reduction,) = reductions(definition.body)
    found = [*runs(definition.indices, definition.body), *runs(reduction.indices, definition.body)]
    merged = merge_definition(definition, [(run, merged_index(run)) for run in found])
    (reduction,) = reductions(merged.body)
    choice = reduction_order(merged, reduction)
    return Kernel(definition, merged, reduction, choice.form, choice.reason)
