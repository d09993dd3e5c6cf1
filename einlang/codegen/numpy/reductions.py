"""Reductions along axes: in goes the value of a body, out comes the value of `op[I](body)`."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.codegen.numpy.contraction import along
from einlang.codegen.numpy.values import ATOM, SUM, Value, aligned, as_float, typed
from einlang.codegen.numpy.writer import Writer
from einlang.ir.nodes import Index, Reduce, ReductionName

_LARGEST: dict[ReductionName, str] = {"max": "initial=-np.inf", "min": "initial=np.inf"}


def reduction(expr: Reduce, body: Value, writer: Writer) -> Value:
    """The reduction of a body of any form."""
    operation, indices = expr.operation, expr.indices
    keeps_kind = operation in ("sum", "prod", "argmax", "argmin") and body.kind == "int"
    value = broadcast(typed(body if keeps_kind else as_float(body)), indices, writer)
    match operation:
        case "sum" | "prod":
            return along(operation, value, indices)
        case "max" | "min":
            full = all(index.extent.constant not in (None, 0) for index in indices)
            return along(operation, value, indices, "" if full else _LARGEST[operation])
        case "argmax" | "argmin":
            return _called(f"_{operation}", value, indices, f", {value.axes.index(indices[0])}", writer, integer=True)
        case "logdet":
            row, column = (value.axes.index(index) for index in indices)
            return _called("_logdet", value, indices, f", {row}, {column}", writer)
        case "logsumexp":
            axes = sorted(value.axes.index(index) for index in indices)
            return _called("_logsumexp", value, indices, f", {axes[0] if len(axes) == 1 else tuple(axes)}", writer)


def _called(function: str, value: Value, indices: Sequence[Index], options: str, writer: Writer, integer: bool = False) -> Value:
    rest = tuple(index for index in value.axes if index not in indices)
    text = f"{writer.call(function)}({value.text}{options})"
    return Value(text, rest, "int" if integer else "float", depth=value.depth + 1)


def broadcast(value: Value, indices: Sequence[Index], writer: Writer) -> Value:
    """The value with an axis for each of the indices, in front where it has none."""
    missing = tuple(index for index in indices if index not in value.axes)
    return repeated(value, (*missing, *value.axes), writer) if missing else value


def repeated(value: Value, axes: Sequence[Index], writer: Writer) -> Value:
    """The value with exactly these axes, repeated along those that it lacks."""
    moved = aligned(value, axes)
    if set(value.axes) == set(axes):
        return moved
    lengths = "".join(f"{writer.extent(index.extent).within(SUM)}, " for index in axes)
    lengths = lengths if len(axes) == 1 else lengths.removesuffix(", ")
    text = f"np.broadcast_to({typed(moved).text}, ({lengths.strip()}))"
    return moved.but(text=text, axes=tuple(axes), level=ATOM, weak=False, view=True, depth=moved.depth + 1)
