"""What threads may share of a kernel: in goes a kernel, out come the loops that may be split, and an estimate of its time.

A part computes its elements by the very code that computes them where there is one part alone, so that results are the same bits
for any number of threads: no sum is ever split in a way that depends on it.
"""

from __future__ import annotations

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Index
from einlang.plan.counts import operations_at_once, products_at_once
from einlang.plan.kernel import Bundled, Chunks, Contraction, Kernel, Lanes, Map, Search, Tiles
from einlang.plan.merge import product
from einlang.plan.reads import read

MOST = 10**9
"""Picoseconds that count for one position at most."""
AXES = 3
"""So many loops at most, as EIN_AXES says."""
WORTH = 20_000_000
"""Picoseconds from which on a kernel is worth splitting."""
PRODUCT, OTHER, MOVED = 16, 250, 250
"""Picoseconds that an operation of a matrix product takes, one elsewhere, and a number read or written."""


def axes(kernel: Kernel) -> tuple[Index, ...]:
    """The loops that may be split, in the order in which they are tried; none where it is never worth it, or in turns."""
    if kernel.turn is not None:
        return ()
    time = picoseconds(kernel).constant
    return () if time is not None and time < WORTH else _loops(kernel)[:AXES]


def _loops(kernel: Kernel) -> tuple[Index, ...]:
    match kernel.form:
        case Map(loops) | Search(loops):
            return loops
        case Tiles(loops, columns=columns, symmetric=symmetric):
            return tuple(index for index in loops if not symmetric or index is not columns)
        case Chunks(loops, reduced):
            return loops or (reduced if len(reduced) == 1 else ())
        case Lanes(loops, lane):
            return (*loops[: AXES - 1], lane)
        case Bundled(loops, rows):
            return (*loops[:1], rows[0])
        case Contraction() as form:
            return (*form.loops[:1], *reversed(form.result))
        case _:
            return ()


def picoseconds(kernel: Kernel) -> Extent:
    """About how long a kernel takes on one thread; one that computes a position of a loop, for that position."""
    products = products_at_once(kernel) if isinstance(kernel.form, Contraction | Bundled) and kernel.form.rows else fixed(0)
    moved = fixed(0) if products.terms or kernel.step is not None else _moved(kernel)
    total = products * PRODUCT + (operations_at_once(kernel) - products) * OTHER + moved * MOVED
    return Extent(tuple((sizes, min(count, MOST)) for sizes, count in total.terms))


def _moved(kernel: Kernel) -> Extent:
    """The numbers read and written."""
    return sum((product(tensor.shape) for tensor in (kernel.source.tensor, *read(kernel))), fixed(0))
