"""Names, references, δ, tensors written out and derivatives: in goes a node and its children's tensor IR, out comes its own."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.diagnostics import Label
from einlang.ir.build import delta, number
from einlang.ir.extent import fixed
from einlang.ir.nodes import Access, Delta, Derivative, Expr, Index, Size, Stack, Target
from einlang.sema import builtins
from einlang.sema.names import Sort, TensorSymbol
from einlang.sema.reader import FAILED, Reader
from einlang.sema.reading import WHOLE, Reading
from einlang.sema.unsupported import SUBSCRIPT, SUPERSCRIPTS
from einlang.syntax import nodes
from einlang.tree import walk

# --- names --------------------------------------------------------------------------------------------------------------------


def name(reader: Reader, node: nodes.Name, _: Expr) -> Expr:
    """A bare name."""
    reading, text = reader.places[node].reading, node.name.name
    if node in reader.indices:
        return reader.indices[node]
    if reading is Reading.SIZED:
        return FAILED
    if reading is Reading.INDEX:
        return reader.fail()
    if node.name.superscripts:
        return superscripted(reader, node.name)
    if reading is Reading.TENSOR:
        symbol = tensor_symbol(reader, node.name)
        return access(reader, node, symbol, ()) if symbol else FAILED
    return _meaning(reader, node, _meanings(reader, text, reading in WHOLE))


def _meanings(reader: Reader, text: str, whole: bool) -> list[Sort]:
    """What a bare name may mean; within a subscript or a range it is a const or a size."""
    found = reader.scope.meanings(text)
    return [sort for sort in found if sort in (Sort.CONST, Sort.SIZE, Sort.LOST)] if whole else found


def _meaning(reader: Reader, node: nodes.Name, found: list[Sort]) -> Expr:
    known, text = reader.known, node.name.name
    match found:
        case []:
            return _unknown(reader, node)
        case [Sort.LOST, *_] | [Sort.INDEX]:
            return reader.fail()
        case [Sort.PARAMETER]:
            return reader.parameters[text]
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
            return reader.error("ambiguous-name", node.span, f"`{text}` is {meant}", "which one is meant?", _choice(reader, text))


def _choice(reader: Reader, text: str) -> str:
    """How to say which of two things a name means."""
    for tensor, shape in reader.known.shapes.items():
        for axis, extent in enumerate(shape):
            if extent.size == text and text in reader.known.symbols.sizes:
                return f"write `size({tensor}, {axis})` for the size, or give the other another name"
    return "give one of them another name"


def _unknown(reader: Reader, node: nodes.Name) -> Expr:
    """A bare name that means nothing here."""
    symbols, text = reader.known.symbols, node.name.name
    if text in symbols.functions or text in builtins.ELEMENTWISE or text in builtins.REDUCTIONS:
        return reader.error("not-a-tensor", node.span, f"`{text}` is a function", "its arguments are missing", f"`{text}(…)`")
    symbol = symbols.tensors.get(text)
    if symbol is None or reader.places[node].reading in WHOLE:
        wanted = "a const or a size" if reader.places[node].reading in WHOLE else text
        return undefined(reader, node.name, f"declare it: `input {wanted}`" if wanted == text else f"here a name is {wanted}")
    if reader.scope.parameters is not None:
        return _unseen(reader, node.name)
    return _wrong_rank(reader, node, symbol, 0)


def undefined(reader: Reader, node: nodes.TensorName, otherwise: str) -> Expr:
    """A name that nothing defines."""
    help = reader.known.symbols.like(node.name) or otherwise
    return reader.error("undefined-name", node.span, f"nothing defines `{node.name}`", "not declared or defined", help)


def superscripted(reader: Reader, node: nodes.TensorName) -> Expr:
    """`W{2}`: reported where no line that is left out makes it known."""
    return reader.fail() if node.name in reader.known.symbols.lost else reader.unsupported(node.span, SUPERSCRIPTS)


# --- references ---------------------------------------------------------------------------------------------------------------


def reference(reader: Reader, node: nodes.Reference, _: Expr, *subscripts: Expr) -> Expr:
    """`A[i, K]`."""
    if node.name.superscripts:
        return superscripted(reader, node.name)
    symbol = tensor_symbol(reader, node.name, len(subscripts))
    return access(reader, node, symbol, subscripts) if symbol else FAILED


def tensor_symbol(reader: Reader, node: nodes.TensorName, rank: int = 0) -> TensorSymbol | None:
    """The tensor of a name; None, reported, where it is none or a function cannot see it."""
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
        reader.error("not-a-tensor", node.span, f"`{text}` is {found[0].value}", "a tensor is wanted here")
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
        return _wrong_rank(reader, node, symbol, len(subscripts))
    written = node.subscripts if isinstance(node, nodes.Reference) else ()
    for axis, (subscript, extent) in enumerate(zip(written, reader.known.shapes[symbol.name], strict=True)):
        index = plain(reader, subscript)
        if index is None:
            return FAILED
        reader.stand(index, symbol.name, axis, extent, subscript)
    return Access(reader.known.tensor(symbol), tuple(subscripts))


def plain(reader: Reader, subscript: nodes.Expression) -> Index | None:
    """The index that a subscript is; None where it is none."""
    index = reader.index(subscript)
    if index is None and isinstance(subscript, nodes.Name):
        reader.fail()
    elif index is None:
        reader.unsupported(subscript.span, SUBSCRIPT)
    return index


def _wrong_rank(reader: Reader, node: nodes.Reference | nodes.Name, symbol: TensorSymbol, found: int) -> Expr:
    rank = symbol.rank
    axes = f"{rank} {'axis' if rank == 1 else 'axes'}"
    has = f"{found} subscript{'' if found == 1 else 's'}"
    help = f"one subscript for each axis: `{symbol.name}[{','.join('ijklmnpq'[:rank])}]`" if 0 < rank <= 8 else ""
    others = (Label(symbol.span, f"{symbol.name} has {axes} here"),)
    return reader.error("wrong-rank", node.span, f"`{symbol.name}` has {axes}, and {has} here", has, help, others)


# --- δ and other symbols ------------------------------------------------------------------------------------------------------


def filled(reader: Reader, node: nodes.Filled, *subscripts: Expr) -> Expr:
    """`1[I]` or `0[i, j]`: gives its indices no range."""
    found = [plain(reader, subscript) for subscript in node.subscripts]
    return FAILED if None in found else number(node.value)


def kronecker(reader: Reader, node: nodes.Delta, *subscripts: Expr) -> Expr:
    """`δ[i, j]`."""
    if len(subscripts) != 2:
        message = f"δ has two subscripts, and {len(subscripts)} here"
        return reader.error("wrong-rank", node.span, message, help="`δ[i, j]` is 1 where i = j, else 0")
    left, right = (plain(reader, subscript) for subscript in node.subscripts)
    if left is None or right is None:
        return FAILED
    made = delta(left, right)
    if isinstance(made, Delta):
        reader.known.ranges.link(left, right)
    return made


def permutation(reader: Reader, node: nodes.LeviCivita, *subscripts: Expr) -> Expr:
    """`levicivita[i, j, k]`: every axis is as long as there are axes."""
    for axis, subscript in enumerate(node.subscripts):
        if (index := plain(reader, subscript)) is None:
            return FAILED
        reader.stand(index, "levicivita", axis, fixed(len(subscripts)), subscript)
    return builtins.levicivita(subscripts)


# --- tensors written out ------------------------------------------------------------------------------------------------------


def written(reader: Reader, node: nodes.Written, *entries: Expr) -> Expr:
    """`[a, b, c]`: a stack whose position is set by what stands after it."""
    return FAILED if FAILED in entries else Stack(entries, FAILED)


def written_reference(reader: Reader, node: nodes.WrittenReference, tensor: Expr, *subscripts: Expr) -> Expr:
    """`[[a, b], [c, d]][i, j]`."""
    shape = written_shape(reader, node.tensor)
    if tensor is FAILED or shape is None:
        return reader.fail()
    if len(shape) != len(subscripts):
        message = f"this tensor has {len(shape)} axes, and {len(subscripts)} subscripts here"
        return reader.error("wrong-rank", node.span, message, help="one subscript for each level of brackets")
    for axis, (subscript, length) in enumerate(zip(node.subscripts, shape, strict=True)):
        if (index := plain(reader, subscript)) is None:
            return FAILED
        reader.stand(index, "the tensor written out", axis, fixed(length), subscript)
    return placed(tensor, subscripts)


def placed(tensor: Expr, positions: Sequence[Expr]) -> Expr:
    """The stacks of stacks of a tensor written out, at positions."""
    if not isinstance(tensor, Stack) or not positions:
        return tensor
    return Stack(tuple(placed(entry, positions[1:]) for entry in tensor.entries), positions[0])


def written_shape(reader: Reader, tensor: nodes.Written) -> tuple[int, ...] | None:
    """The lengths of the axes of a tensor written out; None, reported, where its rows differ."""
    shape: list[int] = []
    level: list[nodes.Expression] = [tensor]
    while all(isinstance(row, nodes.Written) for row in level):
        rows = [row for row in level if isinstance(row, nodes.Written)]
        shape.append(len(rows[0].entries))
        odd = next((row for row in rows if len(row.entries) != shape[-1]), None)
        if odd is not None:
            _ragged(reader, odd, f"{len(odd.entries)} entries beside {shape[-1]}")
            return None
        level = [entry for row in rows for entry in row.entries]
    deeper = next((row for row in level if isinstance(row, nodes.Written)), None)
    if deeper is not None:
        _ragged(reader, deeper, "brackets beside numbers")
        return None
    return tuple(shape)


def _ragged(reader: Reader, row: nodes.Written, label: str) -> None:
    message = "the rows of a tensor written out have one length"
    reader.error("ragged-tensor", row.span, message, label, "write as many entries in each")


# --- derivatives --------------------------------------------------------------------------------------------------------------


def derivative(reader: Reader, node: nodes.Derivative, numerator: Expr, *denominators: Expr) -> Expr:
    """`∂L/∂W[i, j]`."""
    targets = [_target(reader, written, made) for written, made in zip(node.denominators, denominators, strict=True)]
    if isinstance(numerator, Access) and numerator is not FAILED and numerator.tensor.kind == "int":
        return _of_integers(reader, node.numerator, numerator.tensor.name)
    if numerator is FAILED or None in targets:
        return reader.fail()
    names = [found.tensor.name for found in walk(numerator) if isinstance(found, Access)]
    for target, written in zip(targets, node.denominators, strict=True):
        if target is not None and not reader.known.depends(names, target.tensor.name):
            reader.known.report.add(
                "derivative-is-zero",
                node.span,
                f"`{node.numerator.span.text}` does not depend on `{target.tensor.name}`: this is 0",
                label=f"no definition leads from the one to `{written.span.text}`",
            )
    return Derivative(numerator, tuple(target for target in targets if target is not None))


def _target(reader: Reader, written: nodes.Name | nodes.Reference, made: Expr) -> Target | None:
    """What a derivative is taken by: an input, a param or a defined tensor of floats."""
    if not isinstance(made, Access) or made is FAILED:
        return None
    tensor = made.tensor
    if tensor.kind == "int":
        _of_integers(reader, written, tensor.name)
        return None
    if reader.known.symbols.tensors[tensor.name].role == "const":
        message = f"`{tensor.name}` is a const, by which nothing is differentiated"
        reader.error("not-a-tensor", written.span, message, "an input, a param or a defined tensor is wanted here")
        return None
    return Target(tensor, made.subscripts)


def _of_integers(reader: Reader, written: nodes.Expression, tensor: str) -> Expr:
    message = f"`{tensor}` holds integers, which have no derivative"
    return reader.error("derivative-of-integers", written.span, message, "a tensor of floats is wanted here")
