"""What a matrix product leaves out: in goes one over rows, columns and a summed index, out comes it with its band.

In the row i of `P[i,K] V[K,j]`, P being zero but for K <= i, K runs below i + 1; of `A[i,K] B[K,j] if j <= i else 0` no column
from i + 1 on is needed. Blocks outside of the band are not computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from einlang.ir.extent import Extent, fixed
from einlang.ir.guarded import guarded
from einlang.ir.inside import rooms
from einlang.ir.nodes import Access, Definition, Expr, Index
from einlang.plan.kernel import Contraction
from einlang.plan.masks import Zeros, zero_outside
from einlang.tree import walk


def banded(form: Contraction, rows: Access, after: Definition | None, zeros: Zeros) -> Contraction:
    """A contraction with its band; `rows` is its left factor before indices were merged."""
    if form.rows is None or form.symmetric:
        return form
    since, to = _bounds(zero_outside(rows, zeros), form.rows, form.summed)
    reach = None if after is None or not form.fused else _bounds(_conditions(after), form.rows, form.columns)[1]
    return replace(form, since=since, to=to, reach=reach)


def _conditions(after: Definition) -> Iterable[Expr]:
    """Conditions outside of which an epilogue does not read the sums."""

    def is_apart(expr: Expr) -> bool:
        return not any(isinstance(node, Access) and node.tensor.name == after.tensor.name for node in walk(expr))

    found = guarded(after.body, is_apart)
    return () if found is None else (condition.expr for condition in found.conditions)


def _bounds(conditions: Iterable[Expr], row: Index, index: Index) -> tuple[Extent | None, Extent | None]:
    """From where on and below what an index stands in a row, both counted from the row, as far as conditions say."""
    since: Extent | None = None
    to: Extent | None = None
    for condition in conditions:
        for room in rooms(condition) or ():
            factors = dict(room.multiples)
            if {*factors} != {row, index}:
                continue
            if (factors[row], factors[index]) == (fixed(1), fixed(-1)) and to is None:
                to = room.constant + 1
            elif (factors[row], factors[index]) == (fixed(-1), fixed(1)) and since is None:
                since = room.constant * -1
    return since, to
