"""Systems of equations: in goes `solve s[j]: H[i,J] s[J] = g[i]`, out comes a definition of s, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from einlang.diagnostics import Label
from einlang.ir.affine import Affine, affine
from einlang.ir.build import add, neg
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import fresh, substitute
from einlang.ir.nodes import Definition, Expr, Index, Solve, Tensor
from einlang.ir.program import Requirement, tensors_in
from einlang.sema.binding import BoundSide, bind
from einlang.sema.definitions import check_left
from einlang.sema.expressions import read_extent, read_side, scope_of
from einlang.sema.extents import UNKNOWN, Reason, Verdict
from einlang.sema.left_sides import left_names
from einlang.sema.reader import Known
from einlang.sema.sketch import sides
from einlang.syntax import nodes
from einlang.tree import walk


def solution(known: Known, item: nodes.Solve, tensor: Tensor, step: int | None = None) -> Definition | None:
    """The definition of what a system of equations is solved for; None after an error in it. A recurrence steps along an axis."""
    names, written = left_names(item), sides(item)
    sound = check_left(known, item)
    scope = scope_of(known, written, names)
    bound = [bind(side, scope, known.report) for side in written]
    free = {name: span for side in bound for name, span in side.free.items()}
    indices = tuple(Index(name, extent) for name, extent in zip(names, tensor.shape, strict=True))
    batch = [index for axis, index in enumerate(indices) if index.name in free and _is_batch(item, bound, axis, index.name)]
    if step is not None and not _is_at_step(known, item, indices[step], batch):
        return None
    rows: dict[str, Index] = {}
    for index in batch:
        known.ranges.adopt(index, free[index.name], "use it alone as a subscript of another tensor")
    for name, span in free.items():
        if name not in [index.name for index in batch]:
            rows[name] = known.ranges.introduce(name, span, "use it alone as a subscript of another tensor")
    sound &= _give_ranges(known, item, indices)
    read = [read_side(known, side, scope, {**{index.name: index for index in batch}, **rows}) for side in bound]
    known.read.update(zip(written, read, strict=True))
    sound &= not any(side.failed for side in read)
    known.ranges.close(complain=sound)
    if not sound:
        return None
    unknowns = tuple(index for index in indices if index not in batch)
    element = [None if index in batch else index for index in indices]
    found = _linear(known, item, tensor, [side.expr for side in read], element)
    if found is None or not _is_square(known, item, tuple(rows.values()), unknowns):
        return None
    columns = {index: fresh(index) for index in unknowns}
    matrix = substitute(found.coefficient, dict(columns))
    body = Solve(tuple(rows.values()), tuple(columns.values()), matrix, neg(found.rest), unknowns)
    return Definition(tensor, indices, body)


def _is_at_step(known: Known, item: nodes.Solve, index: Index, batch: Sequence[Index]) -> bool:
    """Whether there are equations for each position of the step; reported if not."""
    known.ranges.stepped[index] = False
    if index not in batch:
        message = f"the equations do not say `{item.name.span.text}` for each `{index.name}` by itself"
        help = f"let `{index.name}` stand alone on this axis wherever `{item.name.span.text}` is solved for"
        known.report.add("step-subscript", item.name.span, message, label="solved for at each step", help=help)
    return index in batch


def _is_batch(item: nodes.Solve, bound: Sequence[BoundSide], axis: int, name: str) -> bool:
    """Whether every use of what is solved for has this index alone on its axis."""
    uses = [
        n for side in bound for n in walk(side.expression) if isinstance(n, nodes.Reference) and n.name.name == item.name.name
    ]
    at = [use.subscripts[axis] for use in uses if axis < len(use.subscripts)]
    return all(isinstance(subscript, nodes.Name) and subscript.name.name == name for subscript in at)


def _give_ranges(known: Known, item: nodes.Solve, indices: Sequence[Index]) -> bool:
    """Take the ranges that are given on the left."""
    sound = True
    for written, index in zip(item.indices, indices, strict=False):
        extent = read_extent(known, written.extent) if written.extent else None
        if extent is not None:
            known.ranges.sizes.equate(index.extent, extent, Reason("", ()))
        sound &= written.extent is None or extent is not None
    return sound


def _linear(
    known: Known, item: nodes.Solve, tensor: Tensor, read: Sequence[Expr], element: Sequence[Index | None]
) -> Affine | None:
    """Left side minus right side, as coefficients of the unknown and a rest."""
    name = item.name.span.text
    if not any(found is tensor for side in read for found in tensors_in(side)):
        known.report.add(
            "not-linear",
            item.name.span,
            f"the equations do not speak of `{name}`",
            label="to be solved for",
            help=f"solve for a tensor that they contain, as in `solve {item.name.span.text}[j]: H[i,J] {name}[J] = g[i]`",
        )
        return None
    parts = [affine(side, tensor, element) for side in read]
    for side, part in zip(sides(item), parts, strict=True):
        if part is None:
            message = f"this side is not linear in `{name}`"
            label = f"a term may have one element of `{name}`, as a factor"
            help = f"for an equation that is not linear, take steps of Newton's method: linear equations for a change of `{name}`"
            known.report.add("not-linear", side.span, message, label=label, help=help)
    left, right = parts
    if left is None or right is None:
        return None
    return Affine(add(left.coefficient, neg(right.coefficient)), add(left.rest, neg(right.rest)))


def _is_square(known: Known, item: nodes.Solve, rows: Sequence[Index], columns: Sequence[Index]) -> bool:
    """Whether there can be as many equations as unknowns; what only a call can tell is required of it."""
    ranges = known.ranges
    equations, unknowns = (prod((index.extent for index in side), start=fixed(1)) for side in (rows, columns))
    name, text = item.name.span.text, item.span.text
    reason = f"as many equations as unknowns in `{text}`"
    labels = (Label(item.name.span, f"{_counted(known, unknowns)} unknowns"),)
    one_sided = bool(rows) != bool(columns) and unknowns.constant != 1 and equations.constant != 1
    verdict = Verdict.IMPOSSIBLE if one_sided else ranges.sizes.equate(equations, unknowns, Reason(reason, labels))
    if verdict is Verdict.IMPOSSIBLE:
        message = f"as many unknowns as equations are wanted: {_counted(known, unknowns)} and {_counted(known, equations)}"
        over = f" for each position of {', '.join(f'`{index.name}`' for index in rows)}" if rows else ""
        known.report.add(
            "not-square",
            item.span,
            message,
            label=f"one equation{over}",
            others=(Label(item.name.span, "one unknown for each element"),),
            help=f"for what comes nearest, by least squares: `solve {name}[j]: A[K,i] A[K,J] {name}[J] = A[K,i] b[K]`",
        )
        return False
    if verdict is Verdict.AT_CALL:
        ranges.requirements.append(Requirement(equations, "=", unknowns, reason))
    lost = [index for index in (*rows, *columns) if any(s.startswith(UNKNOWN) for s in ranges.sizes.reduced(index.extent).sizes)]
    for index in lost:
        message = f"nothing gives `{index.name}` a range"
        help = f"give it one on the left: `solve {name}[… : n]: …`"
        known.report.add("index-without-range", item.name.span, message, label="stands alone on no other axis", help=help)
    return not lost


def _counted(known: Known, count: Extent) -> str:
    spelled = known.ranges.spell(count)
    return "as many" if UNKNOWN in spelled else spelled
