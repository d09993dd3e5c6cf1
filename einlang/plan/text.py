"""A plan as stable text: in goes a plan, out come for each kernel its definition, its form and why, its place and its counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from einlang.ir.nodes import Index
from einlang.ir.text import definition_text, expression_text
from einlang.plan.counts import Counts, kernel_counts, plan_counts
from einlang.plan.kernel import (
    Bundled,
    Chunks,
    Contraction,
    Determinant,
    Form,
    Kernel,
    Lanes,
    Map,
    Place,
    Plan,
    Scatter,
    Search,
    Strip,
    System,
    Tiles,
)
from einlang.plan.split import WORTH, axes, picoseconds

INDENT = "    "


def text(plan: Plan) -> str:
    """The plan as text. Equal programs give equal text in every process."""
    lines = [f"plan {plan.program.name}"]
    lines += [f"size {found.size} = max(0, {found.formula})" for found in plan.computed]
    for together, kernels in groupby(plan.kernels, lambda kernel: kernel.strip if kernel.step is None else kernel.step.loop):
        head = [] if together is None else [_together(together, plan)]
        own = [["", definition_text(k.source), *(INDENT + line for line in _kernel(k, plan))] for k in kernels]
        lines += [line for found in own for line in found] if not head else ["", *head, *_indented(own)]
    lines += ["", *_workspace(plan), f"in all: {counts_text(plan_counts(plan))}"]
    return "\n".join(lines) + "\n"


def _together(together: Strip | int, plan: Plan) -> str:
    """What computes neighbouring kernels together: a loop by its number, or a strip."""
    if isinstance(together, Strip):
        return f"block by block, {together.size} of {together.total.spell()} positions; {together.size} = {together.formula}:"
    return f"position by position, {'up' if plan.loops[together].forward else 'down'}:"


def _indented(parts: Sequence[Sequence[str]]) -> Iterator[str]:
    return (INDENT + line if line else line for part in parts for line in part)


def counts_text(counts: Counts) -> str:
    """`2*b*k0*k1 operations, b*k0 floats moved`."""
    whole = f", {counts.whole.spell()} whole numbers moved" if counts.whole.terms else ""
    return f"{counts.operations.spell()} operations, {counts.floats.spell()} floats moved{whole}"


def _kernel(kernel: Kernel, plan: Plan) -> Iterator[str]:
    if kernel.step is not None:
        conditions = " and ".join(expression_text(condition) for condition in kernel.step.conditions)
        yield f"at one position of {kernel.step.index.name}{f', where {conditions}' if conditions else ''}"
    yield f"{form_text(kernel.form)}; {kernel.reason}"
    if kernel.after is not None:
        where = "block by block, after the last summed block" if _is_fused(kernel.form) else "in a pass of its own"
        yield f"epilogue {where}: {definition_text(kernel.after)}"
    shared = " or ".join(index.name for index in axes(kernel))
    if shared:
        yield f"shared by threads along {shared}, where it takes {WORTH // 10**6} µs or more: {picoseconds(kernel).spell()} ps"
    yield f"kept in {place_text(plan.places[kernel.source.tensor.name])}; {counts_text(kernel_counts(kernel))}"


def _is_fused(form: Form) -> bool:
    return isinstance(form, Contraction) and form.fused


def form_text(form: Form) -> str:
    """The form and its loops from outer to inner."""
    match form:
        case Map(loops):
            return f"map over {_names(loops)}"
        case Tiles(loops, rows, columns):
            return f"map over {_names(loops)}, in tiles of {rows.name} and {columns.name}"
        case Chunks(loops, reduced):
            return f"reduction in chunks along {reduced[-1].name}, over {_names((*loops, *reduced))}"
        case Lanes(loops, lane, reduced):
            return f"reductions side by side along {lane.name}, over {_names((*loops, *reduced, lane))}"
        case Search(loops, index):
            return f"search along {index.name}, over {_names((*loops, index))}"
        case Scatter(outside, inside, target):
            return f"scatter along {target.name}, over {_names((*outside, *inside))}"
        case System(loops):
            return f"linear equations{f' for each {_names(loops)}' if loops else ''}"
        case Determinant(loops):
            return f"logarithm of a determinant{f' for each {_names(loops)}' if loops else ''}"
        case Contraction(loops, rows, columns, summed):
            outer = f" for each {_names(loops)}" if loops else ""
            across = f"rows {rows.name}, " if rows else ""
            return f"contraction{outer}: {across}columns {columns.name}, summed {summed.name}"
        case Bundled(loops, over, along, together):
            outer = f" for each {_names(loops)}" if loops else ""
            return f"contraction in bundles{outer}: rows {_names(over)}, columns {_names(along)}, summed {_names(together)}"


def _names(indices: tuple[Index, ...]) -> str:
    return ", ".join(index.name for index in indices) or "no index"


def place_text(place: Place) -> str:
    """The output or the room of the workspace that a tensor is kept in."""
    return f"output {place.number + 1}" if place.area == "output" else f"room {place.number + 1}"


def _workspace(plan: Plan) -> Iterator[str]:
    """What the rooms of the workspace hold."""
    for number, slot in enumerate(plan.slots, start=1):
        contents = " or ".join(
            f"{extent.spell()} {'whole numbers' if kind == 'int' else 'floats'}" for extent, kind in slot.contents
        )
        yield f"room {number}: {contents}"
