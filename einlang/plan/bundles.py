"""The order of indices in bundles: in go the bundles of a contraction and its operands, out come bundles as memory is best read.

The columns end in the last index of the result, which is stored along it, before it the one along which the right operand lies;
rows and what is summed end in an index along which an operand lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from einlang.ir.indices import free_indices
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Expr, Index
from einlang.plan.guards import is_moving
from einlang.plan.merge import Run

MOST_INDICES = 12
"""How many indices a bundle of `csrc` has room for."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """The indices of a contraction by what carries them, in the order in which they are merged."""

    loops: Run
    rows: Run
    columns: Run
    summed: Run


def spread(bundles: Bundles, on_left: Run, on_right: Run) -> Bundles:
    """All indices of the result that only one side carries as rows and columns; loops are left over those of both or none."""
    mixed = (*bundles.loops, *bundles.rows, *bundles.columns)
    rows = tuple(i for i in (*bundles.rows, *bundles.loops) if i in on_left and i not in on_right)
    columns = tuple(i for i in (*bundles.loops, *bundles.columns) if i in on_right and i not in on_left)
    return replace(bundles, loops=tuple(i for i in mixed if i not in (*rows, *columns)), rows=rows, columns=columns)


def has_room(bundles: Bundles) -> bool:
    return all(len(run) <= MOST_INDICES for run in (bundles.rows, bundles.columns, bundles.summed))


def is_laid_out(access: Access, step: Index | None) -> bool:
    """Whether an access moves by a number known when compiled times a product of lengths along each of its indices."""
    return access.tensor.kind == "float" and all(is_moving(s, step) or _has_strides(s) for s in access.subscripts)


def _has_strides(subscript: Expr) -> bool:
    found = linear(subscript)
    if found is None or {*free_indices(subscript)} != {*found.indices}:
        return False
    return all(factor.constant is not None for _, factor in found.multiples)


def walked(bundles: Bundles, left: Access, right: Access) -> Bundles:
    """The bundles in the order of the memory of the result and of the operands."""
    lies = [_unit(access) for access in (right, left)]
    *others, last = bundles.columns
    columns = (*_ending(tuple(others), lies[:1]), last)
    summed = _ending(_ending(bundles.summed, lies[1:]), lies[:1])
    return replace(bundles, rows=_ending(bundles.rows, lies[1:]), columns=columns, summed=summed)


def _unit(access: Access) -> Index | None:
    """The index along which an access has its unit stride."""
    found = linear(access.subscripts[-1]) if access.subscripts else None
    return next((index for index, factor in found.multiples if factor.constant == 1), None) if found else None


def _ending(run: Run, wished: list[Index | None]) -> Run:
    """The run with the first of the wished indices that it has at its end."""
    last = next((index for index in wished if index in run), None)
    return run if last is None else (*(index for index in run if index is not last), last)
