"""The loop nest of a contraction: in goes a kernel of the plan, out come loops over blocks that call the primitives of `csrc`.

Columns, then the summed index, then rows, in blocks; a block of the right operand is packed once and used for all rows. The
epilogue is done to each block of the result after its last summed block, while it is in the cache. Without rows, blocks of
columns alone, and nothing is packed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Definition, Index
from einlang.loops.maps import innermost, map_steps
from einlang.loops.nests import ZERO, Bound, Nest, length, loop, nest, whole
from einlang.loops.nodes import (
    Address,
    Binary,
    Call,
    Function,
    If,
    Let,
    Loop,
    Make,
    Object,
    Scalar,
    Step,
    Store,
    Variable,
)
from einlang.loops.operations import constant
from einlang.loops.repetition import BLOCK, TURN
from einlang.loops.scalars import Scope, lower
from einlang.plan.kernel import Contraction, Kernel, Map, loops_of

ONE = constant(1, "int")
SPACE = Object("void", "space", "int", False, "int")
"""Room for packing, a parameter of the kernel."""


def contraction_steps(work: Nest, form: Contraction) -> tuple[Step, ...]:
    """The blocks of a matrix product for each position of the outer loops."""
    vars = work.variables((*form.loops, *form.result, form.summed))
    steps: tuple[Step, ...] = _columns(work, form, vars) if form.rows else _vector(work, form, vars)
    for index in reversed(form.loops):
        steps = (loop((vars[index], *work.range(index)), steps),)
    return steps


def contraction_end(work: Nest, form: Contraction) -> tuple[Step, ...]:
    """What needs all blocks: one triangle mirrored, and an epilogue that is no part of them."""
    vars = work.variables(form.loops)
    steps: tuple[Step, ...] = (_mirror(work, form, vars),) if form.symmetric else ()
    for index in reversed(form.loops if steps else ()):
        steps = (loop(whole(vars[index], index.extent), steps),)
    return steps if work.kernel.after is None or form.fused else (*steps, *passed(work, work.kernel.after))


def passed(work: Nest, after: Definition) -> tuple[Step, ...]:
    """The epilogue as a pass of its own over the sums, in place."""
    loops = loops_of(after.indices, work.kernel.step)
    kernel = Kernel(work.kernel.source, after, None, Map(loops), "")
    return map_steps(Nest(kernel, work.array, work.fixed), loops)


def _columns(work: Nest, form: Contraction, vars: Mapping[Index, Variable]) -> tuple[Step, ...]:
    """Blocks of columns, of the summed index, and the packed block of the right operand."""
    k, n, m = (length(index.extent) for index in (form.summed, form.columns, form.result[0]))
    depth, width = Variable("depth", "int"), Variable("width", "int")
    first_column, first = _start(form.columns), _start(form.summed)
    columns, summed = Variable("columns", "int"), Variable("summed", "int")
    packed = Object("ein_panels", "panels", "real", False, "real")
    at = {**vars, form.summed: first, form.columns: first_column}
    right = (address(work, form.right, at), stride(form.right, form.summed), stride(form.right, form.columns))
    pack = Function("ein_pack", "real", (m, columns, summed, *right, SPACE), "real")
    inner = (Make(packed, pack), *_rows(work, form, at, columns, summed, packed))
    steps = blocks(first, (ZERO, k), depth, summed, inner, least=1)
    return (
        Let(depth, Function("ein_depth", "real", (k,), "int")),
        Let(width, Function("ein_columns", "real", (n,), "int")),
        blocks(first_column, work.range(form.columns), width, columns, (steps,)),
    )


def _vector(work: Nest, form: Contraction, vars: Mapping[Index, Variable]) -> tuple[Step, ...]:
    """Blocks of columns of the product of a vector and a matrix, each with its epilogue; in its turn, one block of rows."""
    k = length(form.summed.extent)
    range = _turn(length(form.columns.extent)) if work.kernel.turn is form.columns else work.range(form.columns)
    begin, end = _turn(k) if work.kernel.turn is form.summed else (ZERO, k)
    start, width, columns = _start(form.columns), Variable("width", "int"), Variable("columns", "int")
    here = {**vars, form.columns: start}
    at: Mapping[Index, Scalar] = {**here, form.summed: begin}
    right = (address(work, form.right, at), stride(form.right, form.summed), stride(form.right, form.columns))
    result = address(work, Access(work.target, work.kernel.definition.indices), at)
    count = k if begin is ZERO else Binary("-", end, begin, "int")
    first = ONE if begin is ZERO else Binary("==", begin, ZERO, "bool")
    call = Call(Function("ein_matvec", "real", (columns, count, address(work, form.left, at), *right, result, first), "real"))
    after = work.kernel.after if form.fused else None
    steps: tuple[Step, ...] = _epilogue(work, form, after, here, (columns,)) if after else ()
    if steps and begin is not ZERO:
        steps = (If(Binary("==", end, k, "bool"), steps),)
    return (
        Let(width, Function("ein_breadth", "real", (), "int")),
        blocks(start, range, width, columns, (call, *steps)),
    )


def _turn(extent: Scalar) -> tuple[Scalar, Scalar]:
    """Where a block of rows begins and ends."""
    return BLOCK, Function("ein_min", "int", (Binary("+", BLOCK, constant(TURN, "int"), "int"), extent), "int")


def _mirror(work: Nest, form: Contraction, vars: Mapping[Index, Variable]) -> Call:
    """One triangle of the result set to the other."""
    target = Access(work.target, work.kernel.definition.indices)
    at: Mapping[Index, Scalar] = {**vars, **dict.fromkeys(form.result, ZERO)}
    n, result = length(form.columns.extent), (address(work, target, at), stride(target, form.result[0]))
    return Call(Function("ein_mirror", "real", (n, *result), "real"))


def blocks(
    start: Variable, range: tuple[Scalar, Scalar], size: Variable, count: Variable, body: tuple[Step, ...], least: int = 0
) -> Loop:
    """Blocks of at most `size` positions of a range."""
    first, last = range
    counted = Let(count, Function("ein_min", "int", (Binary("-", last, start, "int"), size), "int"))
    stop = Function("ein_max", "int", (last, ONE), "int") if least else last
    return Loop(start, first, stop, size, (counted, *body))


def _rows(
    work: Nest, form: Contraction, at: Mapping[Index, Variable], columns: Variable, summed: Variable, packed: Object
) -> tuple[Step, ...]:
    """Blocks of rows of the result, and the epilogue after the last summed block."""
    index, rows, height = form.result[0], Variable("rows", "int"), Variable("height", "int")
    start = _start(index)
    here = {**at, index: start}
    begin, count, lets = _band(form, here, rows, summed)
    left = (address(work, form.left, {**here, form.summed: begin}), stride(form.left, index), stride(form.left, form.summed))
    target = Access(work.target, work.kernel.definition.indices)
    result = (address(work, target, here), stride(target, index))
    first = Binary("==", here[form.summed], ZERO, "bool")
    skipped = Binary("-", begin, here[form.summed], "int")
    panels = packed if begin is here[form.summed] else Function("ein_from", "real", (packed, skipped), "real")
    shape = (rows, columns, _diagonal(form, here, columns), count)
    call = Call(Function("ein_rows", "real", (*shape, *left, panels, *result, first, SPACE), "real"))
    steps: tuple[Step, ...] = (call,)
    if lets:
        steps = (*lets, If(Binary("||", first, Binary(">", count, ZERO, "bool"), "bool"), steps))
    if work.kernel.after is not None and form.fused:
        last = Binary(">=", Binary("+", here[form.summed], summed, "int"), length(form.summed.extent), "bool")
        steps = (*steps, If(last, _epilogue(work, form, work.kernel.after, here, (rows, columns))))
    return (
        Let(height, Function("ein_height", "real", (), "int")),
        blocks(start, work.range(index), height, rows, steps),
    )


def _diagonal(form: Contraction, here: Mapping[Index, Variable], columns: Variable) -> Scalar:
    """Up to which column of the block the first of its rows is needed."""
    if not form.symmetric and form.reach is None:
        return columns
    apart = Binary("-", here[form.result[0]], here[form.columns], "int")
    return apart if form.reach is None else _beyond(apart, form.reach - 1)


def _band(
    form: Contraction, here: Mapping[Index, Variable], rows: Variable, summed: Variable
) -> tuple[Variable, Variable, tuple[Step, ...]]:
    """From where on and over how many positions some rows of a block are summed, and the steps that find it."""
    row, first = here[form.result[0]], here[form.summed]
    begin, lets = first, list[Step]()
    stop: Scalar = Binary("+", first, summed, "int")
    if form.since is not None:
        begin = Variable(f"{form.summed.name}_first", "int")
        start = Function("ein_max", "int", (first, _beyond(row, form.since)), "int")
        lets.append(Let(begin, Function("ein_min", "int", (start, stop), "int")))
    if form.to is not None:
        below = _beyond(Binary("+", row, rows, "int"), form.to - 1)
        stop = Function("ein_min", "int", (stop, below), "int")
    if form.since is None and form.to is None:
        return first, summed, ()
    count = Variable("count", "int")
    return begin, count, (*lets, Let(count, Function("ein_max", "int", (Binary("-", stop, begin, "int"), ZERO), "int")))


def _beyond(position: Scalar, distance: Extent) -> Scalar:
    return Binary("+", position, length(distance), "int") if distance.terms else position


def _epilogue(
    work: Nest, form: Contraction, after: Definition, at: Mapping[Index, Variable], counts: Sequence[Variable]
) -> tuple[Step, ...]:
    """The epilogue over one block of the result, in place; `counts` are its lengths."""
    order = form.result
    own = {index: Variable(index.name, "int") for index in order}
    vars = {**at, **own}
    levels = {**dict.fromkeys((*work.fixed, *form.loops), 0), **{index: level for level, index in enumerate(order, start=1)}}
    scope = Scope(work.array, vars, levels, len(order))

    def store(value: Scalar) -> Store:
        return Store(work.array(after.tensor), after.tensor.shape, tuple(vars[index] for index in after.indices), value)

    bounds: list[Bound] = [(own[i], at[i], Binary("+", at[i], count, "int")) for i, count in zip(order, counts, strict=True)]
    if form.symmetric:
        below = Function("ein_min", "int", (bounds[-1][2], Binary("+", own[form.result[0]], ONE, "int")), "int")
        bounds[-1] = (*bounds[-1][:2], below)
    placed, inner = innermost(after.body, order[-1], bounds[-1], vars, scope, work.type, store)
    early = (let for part in placed for let in part.at(0))
    return (*early, *nest(bounds[:-1], 1, placed, inner))


def _start(index: Index) -> Variable:
    return Variable(f"{index.name}_start", "int")


def address(work: Nest, access: Access, at: Mapping[Index, Scalar]) -> Address:
    """Where an element is, the positions of its indices being known."""
    known = {**work.fixed, **at}
    scope = Scope(work.array, known, dict.fromkeys(known, 0), 0)
    subscripts = tuple(lower(subscript, scope, "int").value for subscript in access.subscripts)
    return Address(work.array(access.tensor), access.tensor.shape, subscripts, "real")


def stride(access: Access, index: Index) -> Scalar:
    """How far apart neighbours along an index are."""
    strides = [_stride_along(access, place, factor) for place, factor in _factors(access, index)]
    return reduce(lambda one, other: Binary("+", one, other, "int"), strides)


def _factors(access: Access, index: Index) -> list[tuple[int, Extent]]:
    """The axes along which an index moves, and by how much."""
    found = [(place, dict(form.multiples)) for place, s in enumerate(access.subscripts) if (form := linear(s)) is not None]
    return [(place, factors[index]) for place, factors in found if index in factors]


def _stride_along(access: Access, place: int, factor: Extent) -> Scalar:
    stride = ONE if factor is fixed(1) else length(factor)
    for extent in access.tensor.shape[place + 1 :]:
        stride = length(extent) if stride is ONE else Binary("*", stride, length(extent), "int")
    return stride
