"""How threads share a kernel: in go a kernel of the plan and its nest, out come the range of a part, and the whole from parts."""

from __future__ import annotations

from collections.abc import Mapping

from einlang.ir.kinds import kind
from einlang.ir.nodes import Index
from einlang.loops.bundles import positions
from einlang.loops.cuts import cuts_of
from einlang.loops.nests import ONE, Nest, length
from einlang.loops.nodes import Array, Axis, Function, Scalar, Split, Step, Variable
from einlang.loops.operations import constant
from einlang.loops.products import contraction_end, passed
from einlang.loops.reductions import SEGMENTS, segment, segments_end
from einlang.plan.kernel import Bundled, Chunks, Contraction, Kernel, Lanes, Map, Tiles
from einlang.plan.split import axes

TOGETHER = constant(64, "int")
"""Neighbours along an innermost loop stay together, so that vectors of any width hold the same elements in every part."""


def ranges_of(kernel: Kernel) -> Mapping[Index, tuple[Variable, Variable]]:
    """The parameters for each loop that may be split: from where and below what a part runs."""
    found = axes(kernel)
    if isinstance(kernel.form, Chunks) and not kernel.form.loops and _is_cut(kernel):
        return {}
    return {index: (Variable(f"{index.name}_first", "int"), Variable(f"{index.name}_last", "int")) for index in found}


def segments_of(kernel: Kernel) -> Array | None:
    """Room for what the segments of a reduction to one number give, where it is shared."""
    if not ranges_of(kernel) or not isinstance(kernel.form, Chunks) or kernel.form.loops or kernel.reduction is None:
        return None
    return Array("segments", "int" if kind(kernel.reduction) == "int" else "real", SEGMENTS)


def _is_cut(kernel: Kernel) -> bool:
    cuts = cuts_of(kernel)
    return bool(cuts.lows or cuts.highs)


def split_of(work: Nest) -> tuple[Split | None, tuple[Step, ...]]:
    """How the kernel is shared, if it is, else the steps that come at its end."""
    kernel, parts = work.kernel, Variable("parts", "int")
    after = contraction_end(work, kernel.form) if isinstance(kernel.form, Contraction) else ()
    if isinstance(kernel.form, Bundled) and kernel.after is not None:
        after = passed(work, kernel.after)
    if not work.ranges:
        return None, after
    if work.segments is not None:
        after = segments_end(work, work.segments, parts)
    found = tuple(Axis(*range, _length(kernel, index), _unit(kernel, index)) for index, range in work.ranges.items())
    return Split(found, _each(kernel), work.segments, parts, after), ()


def _length(kernel: Kernel, index: Index) -> Scalar:
    """The positions of an axis; a bundle of rows is one, named after its first index."""
    bundle = isinstance(kernel.form, Bundled) and index is kernel.form.rows[0]
    return positions(kernel.form.rows) if isinstance(kernel.form, Bundled) and bundle else length(index.extent)


def _each(kernel: Kernel) -> int:
    """Parts for each thread: some more than one where some may take longer than others."""
    match kernel.form:
        case Chunks(loops=()):
            return 0
        case Bundled():
            return 2
        case Contraction(rows=rows, symmetric=symmetric, since=since, to=to, reach=reach):
            return 2 if rows and not symmetric and (since, to, reach) == (None, None, None) else 4
        case _:
            return 4


def _unit(kernel: Kernel, index: Index) -> Scalar:
    match kernel.form:
        case Bundled(rows=several):
            return Function("ein_height", "real", (), "int") if index is several[0] else ONE
        case Contraction(rows=rows) if index is rows:
            return Function("ein_height", "real", (), "int")
        case Contraction(rows=rows, columns=columns) if rows and index is columns:
            return Function("ein_width", "real", (), "int")
        case Chunks(loops=()):
            return segment(index)
        case Map(loops):
            return TOGETHER if index is loops[-1] else ONE
        case Tiles(rows=rows, columns=columns):
            return TOGETHER if index in (rows, columns) else ONE
        case Contraction(columns=last) | Lanes(lane=last):
            return TOGETHER if index is last else ONE
        case _:
            return ONE
