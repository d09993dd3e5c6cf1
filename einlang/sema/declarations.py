"""Sizes and inputs: in go declarations, out come values of sizes and the shape of every tensor, as far as declarations say it."""

from __future__ import annotations

from einlang.diagnostics import Label
from einlang.ir.extent import Extent
from einlang.ir.nodes import Tensor
from einlang.sema import abstract_tensors
from einlang.sema.expressions import read_axis, read_extent
from einlang.sema.extents import Reason
from einlang.sema.names import SizeSymbol, TensorSymbol
from einlang.sema.ranges import Ranges
from einlang.sema.reader import Known
from einlang.syntax import nodes


def read_sizes(known: Known) -> None:
    """Give each size that is declared with a value this value."""
    for symbol in known.symbols.sizes.values():
        extent = read_extent(known, symbol.value) if symbol.value is not None else None
        if extent is not None:
            _give(known, symbol, extent)


def _give(known: Known, symbol: SizeSymbol, extent: Extent) -> None:
    sizes, report = known.ranges.sizes, known.report
    assert symbol.value is not None
    value = extent.constant
    if value is None:
        reason = Reason(f"the size {symbol.name} is {extent.spell()}", (Label(symbol.span, "given here"),))
        if not sizes.define(symbol.name, extent, reason):
            report.add("not-a-size", symbol.value.span, f"the size `{symbol.name}` is given by itself", label="leads back to it")
    else:
        sizes.known[symbol.name] = max(value, 0)
        if value < 0:
            report.add("not-a-size", symbol.value.span, f"the size `{symbol.name}` is {value}", label="a size is at least 0")


def read_shapes(known: Known) -> None:
    """The axes of inputs and params; those of a definition are still to be found."""
    for symbol in known.symbols.tensors.values():
        if symbol.role != "const":
            known.shapes[symbol.name] = _shape(known, symbol)


def _shape(known: Known, symbol: TensorSymbol) -> tuple[Extent, ...]:
    sizes = known.ranges.sizes
    if isinstance(symbol.item, nodes.Declarator):
        axes = enumerate(symbol.item.axes)
        return tuple(read_axis(known, axis, f"axis {number} of {symbol.name}") for number, axis in axes)
    if isinstance(symbol.item, nodes.Abstract):
        return abstract_tensors.shape(known, symbol, symbol.item)
    if symbol.item is None:
        return tuple(sizes.named(f"size({symbol.name}, {axis})") for axis in range(symbol.rank))
    return tuple(sizes.unknown() for _ in range(symbol.rank))


def inputs(known: Known) -> tuple[Tensor, ...]:
    """Inputs and params, in the order declared."""
    return tuple(known.tensor(symbol) for symbol in known.symbols.tensors.values() if symbol.role in ("input", "param"))


def notes(ranges: Ranges, tensors: tuple[Tensor, ...]) -> dict[tuple[str, int], str]:
    """Why an axis must have the extent that it has, where a use and not its declaration says so."""
    found: dict[tuple[str, int], str] = {}
    for tensor in tensors:
        for axis, extent in enumerate(tensor.shape):
            trail = ranges.sizes.trail(extent)
            if trail:
                found[tensor.name, axis] = "; ".join(reason.text for reason in trail)
    return found
