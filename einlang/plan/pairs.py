"""Products of one matrix with two vectors: in go kernels in order, out come the same, those that take turns over its rows marked.

`y[i] = A[i,J] x[J]` and `w[j] = A[I,j] z[I]`, z being y or known before, read A once: a block of rows gives its part of y, and
is added to w while it is in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from einlang.ir.nodes import Access
from einlang.plan.kernel import Contraction, Kernel
from einlang.plan.reads import read


def pairs(kernels: Sequence[Kernel]) -> tuple[Kernel, ...]:
    """The kernels, neighbours that share a matrix marked as two that take turns."""
    found = list(kernels)
    for number in range(len(found) - 1):
        first, second = found[number : number + 2]
        if first.turn is None and _share(first, second):
            down, across = first.form, second.form
            assert isinstance(down, Contraction) and isinstance(across, Contraction)
            found[number] = replace(first, turn=down.columns, reason=_reason(first, second))
            found[number + 1] = replace(second, turn=across.summed, reason=_reason(second, first))
    return tuple(found)


def _reason(kernel: Kernel, other: Kernel) -> str:
    return f"{kernel.reason}; in turns with {other.source.tensor.name}, which reads the same rows"


def _share(first: Kernel, second: Kernel) -> bool:
    """Whether the first sums along the rows of a matrix, and the second the rows."""
    down, across = first.form, second.form
    if not (isinstance(down, Contraction) and isinstance(across, Contraction)):
        return False
    if not (_is_alone(first) and _is_alone(second)) or second.source.tensor in read(first):
        return False
    matrix, again = down.right, across.right
    rows = (matrix.subscripts, again.subscripts) == ((down.columns, down.summed), (across.summed, across.columns))
    return rows and matrix.tensor == again.tensor and matrix.tensor.shape[0] is down.columns.extent is across.summed.extent


def _is_alone(kernel: Kernel) -> bool:
    """Whether it is one product of a vector without gaps and a matrix, with nothing after it but what is done block by block."""
    form = kernel.form
    vector = (
        isinstance(form, Contraction)
        and form.rows is None
        and not form.loops
        and form.fused
        and kernel.step is None
        and kernel.strip is None
    )
    return vector and isinstance(form, Contraction) and isinstance(form.left, Access) and form.left.subscripts == (form.summed,)
