"""Abstract tensors: in goes a declaration, out comes a definition that names what the tensor depends on, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.diagnostics import Label
from einlang.ir.extent import Extent
from einlang.ir.nodes import Abstract, Access, Definition, Index, Tensor
from einlang.sema.abstract_functions import is_first
from einlang.sema.binding import is_summed
from einlang.sema.expressions import read_axis
from einlang.sema.names import TensorSymbol, did_you_mean
from einlang.sema.reader import Known
from einlang.syntax import nodes

LETTERS = "ijklmnpqrstuvw"


def shape(known: Known, symbol: TensorSymbol, item: nodes.Abstract) -> tuple[Extent, ...]:
    """The axes of an abstract tensor: each has the size that is given or that its index names, or else one of its own."""
    return tuple(_axis(known, symbol.name, axis, index) for axis, index in enumerate(item.indices))


def _axis(known: Known, tensor: str, axis: int, index: nodes.IndexName) -> Extent:
    sizes = known.ranges.sizes
    if index.extent is not None:
        return read_axis(known, index.extent, f"the range of `{index.name}`")
    return sizes.named(index.name if index.name in known.symbols.sizes else f"size({tensor}, {axis})")


def declare(known: Known, item: nodes.Abstract, axes: tuple[Extent, ...]) -> list[Definition]:
    """`abstract Z[p](Y)`: what it depends on is all that defines it. None where there is an error in it.

    Where an argument also leads to another, `abstract L(Z, W)` with Z made from W, the derivative by W is more than the one
    beside Z: W goes in as a copy, by which it is one and the same.
    """
    sound = _check_indices(known, item.indices)
    arguments = [_argument(known, item, number) for number in range(len(item.arguments))]
    if not sound or None in arguments:
        return []
    copies: list[Definition] = []
    read: list[Tensor] = []
    names = [name.name for name in item.arguments]
    for argument in (tensor for tensor in arguments if tensor is not None):
        if known.depends([name for name in names if name != argument.name], argument.name):
            copies.append(_copy(known, item, argument))
            argument = copies[-1].tensor
        read.append(argument)
    tensor = Tensor(item.name.name, axes, "float", "definition", item.name.span)
    indices = tuple(Index(index.name, extent) for index, extent in zip(item.indices, axes, strict=True))
    own = tuple(_indices(argument) for argument in read)
    accesses = tuple(Access(argument, over) for argument, over in zip(read, own, strict=True))
    return [*copies, Definition(tensor, indices, Abstract(tensor, indices, own, accesses))]


def _indices(tensor: Tensor) -> tuple[Index, ...]:
    names = [*LETTERS.upper(), *(f"I{number}" for number in range(tensor.rank))]
    return tuple(Index(name, extent) for name, extent in zip(names, tensor.shape, strict=False))


def _copy(known: Known, item: nodes.Abstract, argument: Tensor) -> Definition:
    """`W_L[i,j] = W[i,j]`."""
    stem = f"{argument.name.rstrip(chr(39))}_{item.name.name.rstrip(chr(39))}"
    taken = {*known.symbols.tensors, *known.symbols.sizes, *known.symbols.functions, *known.symbols.consts}
    name = next(word for word in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if word not in taken)
    indices = tuple(Index(index.name.lower(), index.extent) for index in _indices(argument))
    tensor = Tensor(name, argument.shape, argument.kind, "definition", item.name.span)
    return Definition(tensor, indices, Access(argument, indices))


def _check_indices(known: Known, indices: Sequence[nodes.IndexName]) -> bool:
    """The indices are lowercase and distinct."""
    sound = True
    for number, index in enumerate(indices):
        if is_summed(index.name):
            help = f"write it as the lowercase index `{index.name[0].lower()}{index.name[1:]}`"
            message = f"`{index.name}` is a summed index, and an axis of the tensor here"
            known.report.add("left-index", index.span, message, label="a left side has free indices alone", help=help)
        sound &= not is_summed(index.name) and is_first(known, indices, number)
    return sound


def _argument(known: Known, item: nodes.Abstract, number: int) -> Tensor | None:
    """What an abstract tensor depends on; None, reported, where it is no tensor."""
    symbols, written = known.symbols, item.arguments[number]
    symbol, text = symbols.tensors.get(written.name), written.span.text
    first = next((other for other in item.arguments[:number] if other.name == written.name), None)
    if first is not None:
        others = (Label(first.span, "named here already"),)
        known.report.add("named-twice", written.span, f"`{text}` is named twice", label="the second time", others=others)
    elif symbol is not None:
        return None if symbol.name in known.broken else known.tensor(symbol)
    elif written.name in symbols.consts or written.name in symbols.sizes or written.name in symbols.functions:
        kinds = ((symbols.consts, "a const"), (symbols.sizes, "a size"), (symbols.functions, "a function"))
        what = next(words for table, words in kinds if written.name in table)
        help = "name the inputs, params and definitions that it depends on"
        known.report.add("not-a-tensor", written.span, f"`{text}` is {what}", label="a tensor is wanted here", help=help)
    elif written.name not in symbols.lost:
        help = did_you_mean(written.name, symbols.tensors) or f"declare it: `input {text}`"
        known.report.add("undefined-name", written.span, f"nothing defines `{text}`", label="not declared or defined", help=help)
    return None
