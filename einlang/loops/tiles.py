"""The loop nest of a map in tiles: in goes a kernel of the plan, out come loops over blocks of rows and of columns.

In a tile whole cache lines are used whether rows or columns have the unit stride. Of a symmetric result the tiles on and below
the diagonal are computed, and each is copied to its mirror image while it is in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping

from einlang.ir.nodes import Index
from einlang.loops.nests import ONE, Bound, Nest, loop, nest
from einlang.loops.nodes import Binary, Function, Let, Load, Loop, Step, Store, Variable
from einlang.loops.operations import constant
from einlang.loops.scalars import lower
from einlang.plan.kernel import Tiles

TILE = constant(16, "int")
"""Rows and columns of a tile: a cache line of floats of 4 bytes; more at once would lie in the same places of the first cache."""


def tiles_steps(work: Nest, form: Tiles) -> tuple[Step, ...]:
    """Blocks in the order of the loops, and in each the elements by themselves."""
    vars = work.variables(form.loops)
    blocks = {index: _bound(vars[index]) for index in (form.rows, form.columns)}
    order = (*(index for index in form.loops if index not in blocks), form.rows, form.columns)
    placed = lower(work.kernel.definition.body, work.scope(vars, order, len(order), {}), work.type)
    stored = work.store(vars, placed.value)
    steps = nest(list(blocks.values()), len(order) - 1, [placed], (stored,))
    if form.symmetric:
        steps = (*steps, _mirror(work, form, vars, blocks))
    outside = len(order) - 2
    for index in reversed(form.loops):
        if index in blocks:
            steps = (_blocks(work, index, form, blocks, steps),)
        else:
            steps = (loop(work.bounds(vars, [index])[0], (*placed.at(outside), *steps)),)
            outside -= 1
    return (*placed.at(0), *steps)


def _bound(position: Variable) -> Bound:
    return position, Variable(f"{position.name}_start", "int"), Variable(f"{position.name}_stop", "int")


def _blocks(work: Nest, index: Index, form: Tiles, blocks: Mapping[Index, Bound], body: tuple[Step, ...]) -> Loop:
    """The loop over blocks of an index; of the columns of a symmetric result, up to the diagonal."""
    _, start, stop = blocks[index]
    assert isinstance(start, Variable) and isinstance(stop, Variable)
    first, whole = work.range(index)
    most = blocks[form.rows][2] if form.symmetric and index is form.columns else whole
    end = Function("ein_min", "int", (Binary("+", start, TILE, "int"), whole), "int")
    return Loop(start, first, most, TILE, (Let(stop, end), *body))


def _mirror(work: Nest, form: Tiles, vars: Mapping[Index, Variable], blocks: Mapping[Index, Bound]) -> Loop:
    """The part of a tile below the diagonal set above it."""
    column = vars[form.columns]
    row, start, stop = blocks[form.rows]
    below = Function("ein_max", "int", (start, Binary("+", column, ONE, "int")), "int")
    here = tuple(vars[index] for index in work.kernel.definition.indices)
    value = Load(work.array(work.target), work.target.shape, here, work.type)
    exchanged = {**vars, form.rows: column, form.columns: row}
    stored: Store = work.store(exchanged, value)
    return loop(blocks[form.columns], (loop((row, below, stop), (stored,)),))
