"""Sums of products as matrix products: in goes a definition with its sum, out come kernels, or None where it has another form.

The factors fall into two groups: those that carry the last index of the result (right), and the others (left). What only the left
group carries are rows, what only the right one carries are columns, and the summed indices that both carry are contracted. A
group that is no plain access with its rows, columns and summed indices in order is computed into an array of its own first: one
pass over it, against one pass for each row or column. Without rows it is the product of a vector and a matrix, which must then
be read where it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from einlang.ir.build import ONE, mul, total
from einlang.ir.indices import free_indices, substitute
from einlang.ir.kinds import kind
from einlang.ir.linear import linear
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Delta, Div, Expr, Index, Mul, Number, Reduce, Zero
from einlang.plan.bundles import Bundles, has_room, is_laid_out, spread, walked
from einlang.plan.guards import is_moving
from einlang.plan.merge import Run, fuses, fuses_in, merge, merge_access, merge_definition, merged_index, product, runs_beside
from einlang.plan.order import FEW
from einlang.tree import rewrite


@dataclass(frozen=True, slots=True)
class Product:
    """A contraction with its operands as accesses, `parts` the definitions that compute those that were none."""

    parts: tuple[Definition, ...]
    target: Definition
    left: Access
    right: Access
    bundles: Bundles
    after: Definition | None
    fused: bool
    sides: tuple[Run, Run] = ((), ())
    """Rows and columns before they were merged."""
    rows: Access | None = None
    """The left operand before its indices were merged."""
    plain: bool = True
    """Whether rows, columns and what is summed are merged to one index each."""


def contraction(definition: Definition, reduction: Reduce, names: Names, step: Index | None = None) -> Product | None:
    """The sum as a contraction over merged indices, None where it is none; `step` stands at one position."""
    split = _split(definition, reduction)
    if split is None or definition.indices[-1] is step:
        return None
    coefficient, left, right = split
    bundles = _bundles(definition.indices, reduction.indices, left, right, step)
    if bundles is None or not (bundles.rows or _lies_well(right, bundles, step)):
        return None
    bundles, plain = _form(bundles, left, right, step)
    parts: list[Definition] = []
    operands = []
    for group, order in ((left, (bundles.rows, bundles.summed)), (right, (bundles.summed, bundles.columns))):
        operand = _operand(group, order, definition, reduction, bundles, names, step, plain)
        if isinstance(operand, Definition):
            parts.append(operand)
            free = [i for i in (*bundles.loops, *order[0], *order[1]) if i in _carried(group)]
            operand = Access(operand.tensor, tuple(free))
        operands.append(operand)
    sums = Access(definition.tensor, definition.indices)
    body = rewrite(definition.body, lambda node: mul(Number(coefficient), sums) if node is reduction else None)
    if not plain:
        after = _pass(Definition(sums.tensor, definition.indices, body), step) if body is not sums else None
        found = walked(bundles, operands[0], operands[1])
        return Product(tuple(parts), definition, operands[0], operands[1], found, after, False, plain=False)
    merged = _merged(definition, body, (operands[0], operands[1]), bundles, tuple(parts), step)
    return replace(merged, sides=(bundles.rows, bundles.columns), rows=operands[0])


def _form(bundles: Bundles, left: Sequence[Expr], right: Sequence[Expr], step: Index | None) -> tuple[Bundles, bool]:
    """Bundles of which each is merged, or, where that would copy an operand or leave loops over rows or columns, all of them."""
    sides = ((left, (bundles.rows, bundles.summed)), (right, (bundles.summed, bundles.columns)))
    accesses = [(group[0], order) for group, order in sides if len(group) == 1]
    lie = all(_is_plain(first, order, step) for first, order in accesses if isinstance(first, Access))
    wide = spread(bundles, *(tuple(i for i in _carried(group) if i is not step) for group in (left, right)))
    if not bundles.rows or (lie and wide.loops == bundles.loops) or not has_room(wide):
        return bundles, True
    return wide, False


def _merged(
    definition: Definition,
    body: Expr,
    operands: tuple[Access, Access],
    bundles: Bundles,
    parts: tuple[Definition, ...],
    step: Index | None,
) -> Product:
    """The contraction over one row, one column and one summed index, the epilogue too where its accesses allow that."""
    merged = [(run, merged_index(run)) for run in (bundles.summed, bundles.columns, bundles.rows) if run]
    longer = {run[0]: (run, index) for run, index in merged if len(run) > 1}
    summed, columns, *rows = (index for _, index in merged)
    sums = Access(definition.tensor, definition.indices)
    target = merge_definition(Definition(definition.tensor, definition.indices, sums), merged)
    fused = all(len(run) == 1 or fuses_in(run, body) for run, _ in merged[1:])
    after = None
    if body is not sums:
        after = (
            Definition(target.tensor, target.indices, merge(body, merged))
            if fused
            else _pass(Definition(sums.tensor, definition.indices, body), step)
        )
    one = Bundles(bundles.loops, tuple(rows), (columns,), (summed,))
    left, right = (merge_access(operand, longer) for operand in operands)
    return Product(parts, target, left, right, one, after, fused)


def _pass(after: Definition, step: Index | None) -> Definition:
    """An epilogue by itself, over indices merged as its own accesses allow."""
    return merge_definition(after, [(run, merged_index(run)) for run in runs_beside(after.indices, after.body, step)])


def _split(definition: Definition, reduction: Reduce) -> tuple[Fraction, list[Expr], list[Expr]] | None:
    """The literal coefficient and the two groups of factors."""
    if reduction.operation != "sum" or not definition.indices or kind(reduction) != "float" or definition.tensor.kind != "float":
        return None
    coefficient, factors = Fraction(1), []
    for factor in _factors(reduction.body):
        if isinstance(factor, Delta | Zero):
            return None
        if isinstance(factor, Number) and factor.value:
            coefficient *= factor.value
        else:
            factors.append(factor)
    right = [factor for factor in factors if definition.indices[-1] in free_indices(factor)]
    left = [factor for factor in factors if factor not in right]
    return (coefficient, left, right) if left and right else None


def _factors(body: Expr) -> list[Expr]:
    """The factors of a product, those of denominators as reciprocals."""
    found: list[Expr] = []
    stack = [body]
    while stack:
        match stack.pop():
            case Mul(factors):
                stack.extend(reversed(factors))
            case Div(numerator, denominator) if numerator is not ONE:
                stack += [Div(ONE, denominator), numerator]
            case factor:
                found.append(factor)
    return found


def _carried(group: Iterable[Expr]) -> tuple[Index, ...]:
    return tuple(dict.fromkeys(index for factor in group for index in free_indices(factor)))


def _bundles(indices: Run, reduced: Run, left: Sequence[Expr], right: Sequence[Expr], step: Index | None) -> Bundles | None:
    """Which indices are rows, columns, summed; None where the latter are empty, or nothing carries a summed index."""
    on_left, on_right = (tuple(i for i in _carried(group) if i is not step) for group in (left, right))
    rows = _longest_run(indices, [i for i in on_left if i not in on_right])
    columns = _last_run(indices, [i for i in on_right if i not in on_left])
    summed = tuple(i for i in _order(left, right, reduced) if i in on_left and i in on_right)
    covered = all(index in on_left or index in on_right for index in reduced)
    if not (columns and summed and covered):
        return None
    return Bundles(tuple(i for i in indices if i not in (*rows, *columns) and i is not step), rows, columns, summed)


def _order(left: Sequence[Expr], right: Sequence[Expr], reduced: Run) -> Run:
    """The summed indices as an operand has them that is a plain access, so that it can be read where it lies."""
    for group in (right, left):
        if len(group) == 1 and isinstance(group[0], Access):
            ordered = [s for s in group[0].subscripts if isinstance(s, Index) and s in reduced]
            return tuple(dict.fromkeys((*ordered, *reduced)))
    return reduced


def _longest_run(indices: Run, allowed: Sequence[Index]) -> Run:
    best: Run = ()
    run: Run = ()
    for index in indices:
        run = (*run, index) if index in allowed else ()
        best = run if len(run) >= len(best) else best
    return best


def _last_run(indices: Run, allowed: Sequence[Index]) -> Run:
    run: Run = ()
    for index in reversed(indices):
        if index not in allowed:
            break
        run = (index, *run)
    return run


def _lies_well(right: Sequence[Expr], bundles: Bundles, step: Index | None) -> bool:
    """Whether the matrix of a product with a vector is an access with one unit stride, of more than a few rows."""
    few = product(index.extent for index in bundles.summed).constant
    matrix = right[0]
    if len(right) > 1 or not isinstance(matrix, Access) or not _is_plain(matrix, (bundles.summed, bundles.columns), step):
        return False
    return (few is None or few > FEW) and matrix.subscripts[-1] in (*bundles.summed, *bundles.columns)


def _operand(
    group: Sequence[Expr],
    order: tuple[Run, Run],
    definition: Definition,
    reduction: Reduce,
    bundles: Bundles,
    names: Names,
    step: Index | None,
    plain: bool,
) -> Access | Definition:
    """A group of factors as an access that can be read where it lies, or a definition that lays it out."""
    alone = [i for i in reduction.indices if i not in bundles.summed and i in _carried(group)]
    first = group[0]
    ends = bundles.rows or not isinstance(first, Access) or first.subscripts[-1] in (*bundles.summed, *bundles.columns)
    lies = isinstance(first, Access) and (_is_plain(first, order, step) if plain else is_laid_out(first, step))
    if ends and not alone and len(group) == 1 and isinstance(first, Access) and lies:
        return first
    free = [i for i in (*bundles.loops, *order[0], *order[1]) if i in _carried(group)]
    own = {index: Index(index.name, index.extent) for index in alone}
    body = total(tuple(own.values()), substitute(mul(*group), dict(own)))
    return define(names.spare(derived_name(definition.tensor, "operand")), free, body)


def _is_plain(access: Access, order: tuple[Run, Run], step: Index | None) -> bool:
    """Whether an access can be read where it lies: rows, columns and summed indices each move it by one stride."""
    subscripts = [subscript for subscript in access.subscripts if not is_moving(subscript, step)]
    free = [index for subscript in subscripts for index in free_indices(subscript)]
    distinct = len(set(free)) == len(free) and all(map(_is_strided, subscripts))
    carried = all(index in free for run in order for index in run)
    plain = distinct and carried and access.tensor.kind == "float"
    return plain and all(len(run) <= 1 or fuses(run, access.subscripts, access.tensor.shape) for run in order)


def _is_strided(subscript: Expr) -> bool:
    """Whether a subscript is a constant, or one index times a whole number, at least 1, and a constant."""
    found = linear(subscript)
    return found is not None and len(found.multiples) <= 1 and all((factor.constant or 0) > 0 for _, factor in found.multiples)
