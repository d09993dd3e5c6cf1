"""Names, references, δ, tensors written out and derivatives: in goes a node and its children's tensor IR, out comes its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from einlang.diagnostics import Label
from einlang.ir.extent import Extent
from einlang.ir.indices import substitute
from einlang.ir.kinds import kind
from einlang.ir.linear import Linear, normal_position
from einlang.ir.nodes import Access, Expr, Number, Size
from einlang.sema import builtins
from einlang.sema.names import BUILT_IN_FUNCTIONS, Sort, Symbols, TensorSymbol
from einlang.sema.ranges import Axis
from einlang.sema.reader import FAILED, Argument, Reader
from einlang.sema.reading import WHOLE, Reading
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import walk

# --- names --------------------------------------------------------------------------------------------------------------------


def name(reader: Reader, node: nodes.Name, _: Expr) -> Expr:
    """A bare name."""
    reading, text = reader.places[node].reading, node.name.name
    if node in reader.indices:
        return reader.indices[node]
    if reading is Reading.INDEX:
        return reader.fail()
    if reading is Reading.TENSOR:
        symbol = tensor_symbol(reader, node.name, mends=NO_DERIVATIVE)
        return access(reader, node, symbol, ()) if symbol else FAILED
    return _meaning(reader, node, _meanings(reader, text, reading))


def _meanings(reader: Reader, text: str, reading: Reading) -> list[Sort]:
    """What a bare name may mean; within a subscript or a range it is a const or a size, else in a subscript a whole number."""
    found = reader.scope.meanings(text)
    if reading not in WHOLE:
        return found
    whole: list[Sort] = [sort for sort in found if sort in (Sort.CONST, Sort.SIZE, Sort.LOST)]
    is_number = reading is Reading.SUBSCRIPT and Sort.TENSOR in found and _is_whole(reader, text)
    return [Sort.TENSOR] if is_number and not whole else whole


def _is_whole(reader: Reader, text: str) -> bool:
    """Whether a tensor is one whole number: `x[(t)]`, the parentheses telling it from an index."""
    tensor = reader.known.tensor(reader.known.symbols.tensors[text])
    return tensor.rank == 0 and tensor.kind == "int"


def _meaning(reader: Reader, node: nodes.Name, found: list[Sort]) -> Expr:
    known, text = reader.known, node.name.name
    match found:
        case []:
            return _unknown(reader, node)
        case [Sort.LOST, *_] | [Sort.INDEX]:
            return reader.fail()
        case [Sort.PARAMETER]:
            return element(reader, node, reader.parameters[text], ())
        case [Sort.CONSTANT]:
            return builtins.CONSTANTS[text]
        case [Sort.CONST]:
            return known.consts.get(text) or reader.fail()
        case [Sort.TENSOR]:
            return Access(known.tensor(known.symbols.tensors[text]), ())
        case [Sort.SIZE]:
            return Size(known.ranges.sizes.named(text))
        case _:
            meant = " and ".join(sort.value for sort in found)
            help = _choice(reader, text, Sort.INDEX in found)
            return reader.error("ambiguous-name", node.span, f"`{text}` is {meant}", "which one is meant?", help)


def _choice(reader: Reader, text: str, is_index: bool) -> str:
    """How to say which of two things a name means."""
    rename = "give the index another letter" if is_index else "give one of them another name"
    for tensor, shape in reader.known.shapes.items():
        for axis, extent in enumerate(shape):
            if extent.size == text and text in reader.known.symbols.sizes:
                return f"write `size({tensor}, {axis})` for the size, or {rename}"
    return rename


_KNOWN_OTHERWISE = {"π": "the number is written `pi`", "Σ": "write `sum[I](…)`", "Π": "write `prod[I](…)`"}
_CALLS = {"where": "write `where(c, a, b)`, or `a if c else b`"}


def _unknown(reader: Reader, node: nodes.Name) -> Expr:
    """A bare name that means nothing here."""
    symbols, text = reader.known.symbols, node.name.name
    if text in symbols.functions or text in builtins.ELEMENTWISE or text in builtins.REDUCTIONS:
        help = _CALLS.get(text, f"write `{text}(…)`")
        return reader.error("not-a-tensor", node.span, f"`{text}` is a function", "its arguments are missing", help)
    symbol, reading = symbols.tensors.get(text), reader.places[node].reading
    if reading in WHOLE:
        return _no_whole_number(reader, node, symbol, reading)
    if symbol is None:
        return undefined(reader, node.name, f"declare it: `input {text}`")
    if reader.scope.parameters is not None:
        return _unseen(reader, node.name)
    return _wrong_rank(reader, node, symbol.name, symbol.rank, 0, symbol.span)


def _no_whole_number(reader: Reader, node: nodes.Name, symbol: TensorSymbol | None, reading: Reading) -> Expr:
    """A bare name in a subscript or a range that is no whole number."""
    text, is_subscript = node.name.name, reading is Reading.SUBSCRIPT
    if symbol is not None:
        id, wanted = ("out-of-bounds", "position") if is_subscript else ("not-a-size", "size")
        return reader.error(id, node.span, f"`{text}` is a tensor, and no {wanted}", "here a name is a const or a size")
    capital = f"{text[0].upper()}{text[1:]}"
    indices = f"; an index stands alone on some axis, on the left, or in `sum[{capital}](…)`"
    help = f"here a name is a const or a size{indices if is_subscript and text.isascii() else ''}"
    return undefined(reader, node.name, help)


def undefined(reader: Reader, node: nodes.TensorName, otherwise: str) -> Expr:
    """A name that nothing defines."""
    symbols = reader.known.symbols
    if _is_below_differential(reader, node) or "use" in symbols.lost:
        return reader.fail()
    help = (
        _KNOWN_OTHERWISE.get(node.name)
        or symbols.family(node.name)
        or symbols.like(node.name)
        or _as_derivative(symbols, node)
        or otherwise
    )
    return reader.error("undefined-name", node.span, f"nothing defines `{node.name}`", "not declared or defined", help)


def _as_derivative(symbols: Symbols, node: nodes.TensorName) -> str:
    """How to write what looks like the differential of a tensor: `dL` in `dL/dw[i]`."""
    text, span = node.name, node.span
    below = re.match(r"\s*/\s*d(\w+'*(\[[^\]]*\])?)", span.source.text[span.end :])
    return f"a derivative is written `∂{text[1:]}/∂{below[1] if below else '…'}`" if _is_differential(symbols, text) else ""


def _is_differential(symbols: Symbols, text: str) -> bool:
    return text[:1] == "d" and text[1:] in symbols.tensors


def _is_below_differential(reader: Reader, node: nodes.TensorName) -> bool:
    """Whether a name is the `dw` of `dL/dw[i]`, of which `dL` has been reported."""
    above = re.search(r"(\w+)\s*/\s*$", node.span.source.text[: node.span.start])
    symbols = reader.known.symbols
    return above is not None and all(_is_differential(symbols, text) for text in (above[1], node.name))


# --- references ---------------------------------------------------------------------------------------------------------------


def reference(reader: Reader, node: nodes.Reference, _: Expr, *subscripts: Expr) -> Expr:
    """`A[i, K]`."""
    argument = reader.parameters.get(node.name.name)
    if argument is not None and argument.axes:
        return element(reader, node, argument, subscripts)
    symbol = tensor_symbol(reader, node.name, len(subscripts))
    return access(reader, node, symbol, subscripts) if symbol else FAILED


NO_DERIVATIVE: Mapping[Sort, str] = {
    Sort.INDEX: "an index is a position: derive by a tensor, at its subscripts, `∂…/∂w[i]`",
    Sort.SIZE: "a size is a whole number: derive by an input, a param or a definition",
    Sort.CONST: "a const has one value: declare it as an input to derive by it",
    Sort.CONSTANT: "put an input in its place to derive by it",
}
"""What to do where a derivative is by something that is no tensor."""


def tensor_symbol(
    reader: Reader, node: nodes.TensorName, rank: int = 0, mends: Mapping[Sort, str] = MappingProxyType({})
) -> TensorSymbol | None:
    """The tensor of a name; None, reported, where it is none or a function cannot see it. `mends` says what to do with others."""
    symbols, text = reader.known.symbols, node.name
    symbol = symbols.tensors.get(text)
    found = reader.scope.meanings(text)
    if symbol is not None and (reader.scope.parameters is None or symbol.role == "const"):
        return symbol
    if symbol is not None:
        _unseen(reader, node)
    elif Sort.LOST in found:
        reader.fail()
    elif found:
        message = f"`{text}` is {found[0].value}"
        reader.error("not-a-tensor", node.span, message, "a tensor is wanted here", mends.get(found[0]) or symbols.like(text))
    elif text in symbols.functions or text in BUILT_IN_FUNCTIONS:
        help = f"a function is derived by its argument: `{text}'(x)`" if mends else f"write `{text}(…)`"
        reader.error("not-a-tensor", node.span, f"`{text}` is a function", "a tensor is wanted here", help)
    else:
        subscripts = f"[{', '.join('nmkl'[:rank])}]" if 0 < rank <= 4 else ""
        undefined(reader, node, f"declare it: `input {text}{subscripts}`")
    return None


def _unseen(reader: Reader, node: nodes.TensorName) -> Expr:
    message, label = f"a function cannot see the tensor `{node.name}`", "functions see their parameters, consts and sizes"
    return reader.error("tensor-in-function", node.span, message, label, "pass it as an argument")


def access(reader: Reader, node: nodes.Reference | nodes.Name, symbol: TensorSymbol, subscripts: Sequence[Expr]) -> Expr:
    """An element of a tensor; its plain indices stand on the axes."""
    if len(subscripts) != symbol.rank:
        return _wrong_rank(reader, node, symbol.name, symbol.rank, len(subscripts), symbol.span)
    written = node.subscripts if isinstance(node, nodes.Reference) else ()
    positions = stand(reader, symbol.name, reader.known.shapes[symbol.name], written, subscripts)
    return FAILED if positions is None else Access(reader.known.tensor(symbol), positions)


def element(reader: Reader, node: nodes.Reference | nodes.Name, argument: Argument, subscripts: Sequence[Expr]) -> Expr:
    """A parameter in a function's body, `z[J]`: the argument with J in place of the index along which it goes."""
    name, axes = node.name.name, argument.axes
    if len(subscripts) != len(axes):
        return _wrong_rank(reader, node, name, len(axes), len(subscripts))
    written = node.subscripts if isinstance(node, nodes.Reference) else ()
    positions = stand(reader, name, [axis.extent for axis in axes], written, subscripts)
    return FAILED if positions is None else substitute(argument.value, dict(zip(axes, positions, strict=True)))


def stand(
    reader: Reader, tensor: str, shape: Sequence[Extent], written: Sequence[nodes.Expression], subscripts: Sequence[Expr]
) -> tuple[Expr, ...] | None:
    """The subscripts of a tensor, each on its axis: an index ranges over it, a whole number is within it. None after an error."""
    found: list[Expr] = []
    for number, (extent, subscript, made) in enumerate(zip(shape, written, subscripts, strict=True)):
        if isinstance(made, Number) and made.value.denominator != 1:
            message = f"`{subscript.span.text}` is no position on axis {number} of {tensor}"
            reader.error("out-of-bounds", subscript.span, message, "positions are whole numbers")
            return None
        position = _from_end(subscript, extent) or whole_position(reader, subscript, made)
        if position is None:
            return None
        reader.place(subscript, position, Axis(tensor, number, extent, subscript.span))
        found.append(position)
    return tuple(found)


def _from_end(subscript: nodes.Expression, extent: Extent) -> Expr | None:
    """A literal negative number counts from the end of the axis."""
    match subscript:
        case nodes.Negative(nodes.Number(value)) if value.denominator == 1:
            return Linear((), extent - int(value)).expr
        case _:
            return None


def whole_position(reader: Reader, subscript: nodes.Expression, made: Expr) -> Expr | None:
    """The position that a subscript says, a whole number; None, reported, where it is none."""
    if any(node is FAILED for node in walk(made)):
        reader.fail()
        return None
    if kind(made) == "int":
        return normal_position(made)
    help = "a position is made of indices, whole numbers and integer tensors"
    reader.error("out-of-bounds", subscript.span, f"`{subscript.span.text}` is no position", "not a whole number", help)
    return None


def _wrong_rank(
    reader: Reader, node: nodes.Reference | nodes.Name, name: str, rank: int, found: int, declared: Span | None = None
) -> Expr:
    axes = f"{rank} {'axis' if rank == 1 else 'axes'}"
    has = f"{found} subscript{'' if found == 1 else 's'}"
    help = f"one subscript for each axis: `{name}[{','.join('ijklmnpq'[:rank])}]`" if 0 < rank <= 8 else ""
    others = (Label(declared, f"{name} has {axes} here"),) if declared else ()
    return reader.error("wrong-rank", node.span, f"`{name}` has {axes}, and {has} here", has, help, others)
