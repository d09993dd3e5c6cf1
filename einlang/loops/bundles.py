"""The loop nest of a contraction in bundles: in goes a kernel of the plan, out come loops over blocks that `csrc` lays out.

What is summed, then columns, then rows, in blocks, each counted over all indices of a bundle. With several blocks of columns, all
rows are laid out for the first one.
"""

from __future__ import annotations

from functools import reduce

from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Index
from einlang.loops.nests import ZERO, Nest, length, loop
from einlang.loops.nodes import Address, Binary, Call, Function, Let, Make, Object, Scalar, Step, Variable
from einlang.loops.products import SPACE, address, blocks, stride
from einlang.plan.kernel import Bundled
from einlang.plan.merge import Run

DOWN, ACROSS, TOGETHER = (Object("ein_bundle", name, "real", True, "real") for name in ("down", "across", "together"))
LAID = Object("ein_laid", "laid", "real", False, "real")


def bundled_steps(work: Nest, form: Bundled) -> tuple[Step, ...]:
    """The blocks of a contraction for each position of the outer loops."""
    target = Access(work.target, work.kernel.definition.indices)
    bundles = (
        (DOWN, form.rows, form.left, target),
        (ACROSS, form.columns, form.right, target),
        (TOGETHER, form.summed, form.left, form.right),
    )
    made = tuple(Make(object, _bundle(run, one, other, object is TOGETHER)) for object, run, one, other in bundles)
    vars = work.variables(form.loops)
    inside = dict.fromkeys((*form.rows, *form.columns, *form.summed), ZERO)
    left, right, result = (address(work, access, {**vars, **inside}) for access in (form.left, form.right, target))
    range = work.ranges.get(form.rows[0]) or (ZERO, positions(form.rows))
    steps = _blocks(form, left, right, result, range)
    for index in reversed(form.loops):
        steps = (loop((vars[index], *work.range(index)), steps),)
    return (*made, *steps)


def _bundle(run: Run, one: Access, other: Access, woven: bool) -> Scalar:
    """The indices of a bundle with their strides in two arrays."""
    empty: Scalar = Function("ein_empty", "real", (), "real")

    def longer(bundle: Scalar, index: Index) -> Scalar:
        return Function("ein_with", "real", (bundle, length(index.extent), _stride(one, index), _stride(other, index)), "real")

    bundle = reduce(longer, run, empty)
    return Function("ein_woven", "real", (bundle,), "real") if woven and len(run) > 1 else bundle


def positions(run: Run) -> Scalar:
    """How many positions a bundle has."""
    lengths = [length(index.extent) for index in run]
    return reduce(lambda one, other: Binary("*", one, other, "int"), lengths)


def _stride(access: Access, index: Index) -> Scalar:
    return stride(access, index) if any(index in free_indices(s) for s in access.subscripts) else ZERO


def _blocks(form: Bundled, left: Address, right: Address, result: Address, range: tuple[Scalar, Scalar]) -> tuple[Step, ...]:
    """Blocks of what is summed, of columns, and of those rows that are in a range."""
    n, k = map(positions, (form.columns, form.summed))
    names = ("width", "depth", "height", "column", "first", "row", "columns", "summed", "rows")
    width, depth, height, column, first, row, columns, summed, rows = (Variable(name, "int") for name in names)
    lay = Function("ein_lay_columns", "real", (column, columns, first, summed, right, ACROSS, TOGETHER, SPACE), "real")
    block = Function("ein_lay_rows", "real", (row, rows, first, summed, left, DOWN, TOGETHER, LAID, result), "real")
    down = blocks(row, range, height, rows, (Call(block),))
    along = blocks(column, (ZERO, n), width, columns, (Make(LAID, lay), down))
    return (
        Let(depth, Function("ein_depth", "real", (k,), "int")),
        Let(width, Function("ein_reach", "real", (n, k), "int")),
        Let(height, Function("ein_height", "real", (), "int")),
        blocks(first, (ZERO, k), depth, summed, (along,), least=1),
    )
