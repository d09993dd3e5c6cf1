"""Systems of equations as NumPy: in go the values of the matrix and of the right side, out comes the value of the solution."""

from __future__ import annotations

from einlang.codegen.numpy.reductions import repeated
from einlang.codegen.numpy.values import Value, as_float, typed
from einlang.codegen.numpy.writer import Writer
from einlang.ir.nodes import Index, Solve


def solution(expr: Solve, matrix: Value, right: Value, writer: Writer) -> Value:
    """The solution; indices that only the right side carries are further right sides of one matrix."""
    batch = tuple(index for index in matrix.axes if index not in expr.binds)
    others = tuple(index for index in right.axes if index not in (*expr.rows, *batch))
    whole = repeated(typed(as_float(matrix)), (*batch, *expr.rows, *expr.columns), writer)
    sides = repeated(typed(as_float(right)), (*batch, *expr.rows, *others), writer)
    text = f"{writer.call('_solve')}({whole.text}, {sides.text}, {len(batch)}, {len(expr.rows)})"
    at = tuple(index for index in expr.position if isinstance(index, Index))
    return Value(text, (*batch, *at, *others), depth=1 + max(whole.depth, sides.depth))
