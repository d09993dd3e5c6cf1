"""Tensors that need no name, δ and those written out: in goes a node and its children's tensor IR, out comes its own."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.ir.build import delta, number
from einlang.ir.extent import fixed
from einlang.ir.nodes import Delta, Expr, Index, Stack
from einlang.sema import builtins
from einlang.sema.reader import FAILED, Reader
from einlang.sema.references import stand, whole_position
from einlang.syntax import nodes


def filled(reader: Reader, node: nodes.Filled, *subscripts: Expr) -> Expr:
    """`1[I]` or `0[i, j]`: gives its indices no range."""
    found = [whole_position(reader, *pair) for pair in zip(node.subscripts, subscripts, strict=True)]
    return FAILED if None in found else number(node.value)


def kronecker(reader: Reader, node: nodes.Delta, *subscripts: Expr) -> Expr:
    """`δ[i, j]`."""
    if len(subscripts) != 2:
        message = f"δ has two subscripts, and {len(subscripts)} here"
        return reader.error("wrong-rank", node.span, message, help="`δ[i, j]` is 1 where i = j, else 0")
    left, right = (_position(reader, *pair) for pair in zip(node.subscripts, subscripts, strict=True))
    if left is None or right is None:
        return FAILED
    made = delta(left, right)
    if isinstance(made, Delta) and isinstance(left, Index) and isinstance(right, Index):
        reader.known.ranges.link(left, right)
    return made


def _position(reader: Reader, subscript: nodes.Expression, made: Expr) -> Expr | None:
    """A subscript of δ, which has no axis whose end a negative number could count from."""
    return whole_position(reader, subscript, made)


def permutation(reader: Reader, node: nodes.LeviCivita, *subscripts: Expr) -> Expr:
    """`levicivita[i, j, k]`: every axis is as long as there are axes."""
    lengths = [fixed(len(subscripts))] * len(subscripts)
    positions = stand(reader, "levicivita", lengths, node.subscripts, subscripts)
    return FAILED if positions is None else builtins.levicivita(positions)


def written(reader: Reader, node: nodes.Written, *entries: Expr) -> Expr:
    """`[a, b, c]`: a stack whose position is set by what stands after it."""
    return FAILED if FAILED in entries else Stack(entries, FAILED)


def written_reference(reader: Reader, node: nodes.WrittenReference, tensor: Expr, *subscripts: Expr) -> Expr:
    """`[[a, b], [c, d]][i, j]`."""
    shape = written_shape(reader, node.tensor)
    if tensor is FAILED or shape is None:
        return reader.fail()
    if len(shape) != len(subscripts):
        message = f"a tensor of rank {len(shape)} has {len(subscripts)} subscripts here"
        help = "one subscript for each level of brackets"
        return reader.error("wrong-rank", node.span, message, f"rank {len(shape)}", help)
    lengths = [fixed(length) for length in shape]
    positions = stand(reader, "the tensor written out", lengths, node.subscripts, subscripts)
    return FAILED if positions is None else placed(tensor, positions)


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
            _ragged(reader, odd, f"{len(odd.entries)} beside {shape[-1]}")
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
