"""Two arrays multiplied and summed over shared indices: in go two values, out comes a matrix product or an einsum."""

from __future__ import annotations

from collections.abc import Sequence, Set

from einlang.codegen.numpy.arithmetic import Order, product
from einlang.codegen.numpy.letters import letters
from einlang.codegen.numpy.values import ATOM, MATRIX, Value, transposed, typed
from einlang.codegen.numpy.writer import Writer
from einlang.ir.nodes import Index


def contracted(left: Value, right: Value, kept: Set[Index], order: Order, writer: Writer) -> tuple[Value, int]:
    """The product summed over what is not kept, and how many sums one after the other that takes."""
    gone = [index for index in dict.fromkeys((*left.axes, *right.axes)) if index not in kept]
    if not gone:
        return product([left, right], order, writer), 0
    alone = [index for index in gone if (index in left.axes) != (index in right.axes)]
    nested = set(left.axes) <= set(right.axes) or set(right.axes) <= set(left.axes)
    if alone and nested:
        return _einsum(left, right, kept, order), 1
    only = [[index for index in alone if index in value.axes] for value in (left, right)]
    left, right = summed(left, only[0]), summed(right, only[1])
    sums = bool(only[0]) + bool(only[1])
    if len(alone) == len(gone):
        return product([left, right], order, writer), 2
    pair = _inner(left, right, kept) or _matrix_product(left, right, kept, order) or _einsum(left, right, kept, order)
    return pair, sums + 1


def summed(value: Value, indices: Sequence[Index]) -> Value:
    """The sum of one array over some of its axes."""
    return along("sum", value, indices) if indices else value


def along(method: str, value: Value, indices: Sequence[Index], options: str = "") -> Value:
    """A method of NumPy's arrays that reduces axes."""
    axes = [value.axes.index(index) for index in indices]
    places = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, sorted(axes)))})"
    arguments = [f"axis={places}"] if len(axes) < len(value.axes) else []
    arguments += [options] if options else []
    rest = tuple(index for index in value.axes if index not in indices)
    text = f"{value.within(ATOM)}.{method}({', '.join(arguments)})"
    if value.level < ATOM:
        text = f"np.{method}({', '.join([value.text, *arguments])})"
    return Value(text, rest, value.kind, depth=value.depth + 1)


def _inner(left: Value, right: Value, kept: Set[Index]) -> Value | None:
    """All indices shared and summed."""
    if kept & {*left.axes, *right.axes} or set(left.axes) != set(right.axes):
        return None
    if len(left.axes) == 1:
        return _at(left, right, ())
    text = f"np.vdot({left.text}, {transposed(right, left.axes).text})"
    return Value(text, (), left.kind, depth=1 + max(left.depth, right.depth))


def _matrix_product(left: Value, right: Value, kept: Set[Index], order: Order) -> Value | None:
    """One index summed, and at most one (or, in front, several) of each factor's own kept; batches have one of each."""
    shared = [index for index in left.axes if index in right.axes]
    gone = [index for index in shared if index not in kept]
    batch = sorted((index for index in shared if index in kept), key=order.__getitem__)
    rows = [index for index in left.axes if index not in shared]
    columns = [index for index in right.axes if index not in shared]
    swap = bool(columns) and (not rows or len(columns) > 1 or order[columns[0]] < order[rows[0]])
    if swap and len(rows) <= 1:
        left, right, rows, columns = right, left, columns, rows
    if len(gone) != 1 or len(columns) > 1 or (batch and not len(rows) == len(columns) == 1):
        return None
    if not columns and len(rows) == 1 and left.axes == (*gone, *rows):
        return _at(right, left, tuple(rows))
    left = transposed(left, (*batch, *rows, *gone))
    return _at(left, transposed(right, (*batch, *gone, *columns)), (*batch, *rows, *columns))


def _at(left: Value, right: Value, axes: tuple[Index, ...]) -> Value:
    text = f"{left.within(MATRIX)} @ {right.within(MATRIX + 1)}"
    return Value(text, axes, left.kind, MATRIX, depth=1 + max(left.depth, right.depth))


def _einsum(left: Value, right: Value, kept: Set[Index], order: Order) -> Value:
    """Any other pair; what is a matrix product in disguise goes to one when `optimize` is set."""
    letter = letters((*left.axes, *right.axes))
    axes = tuple(sorted((index for index in letter if index in kept), key=order.__getitem__))
    spelled = ["".join(letter[index] for index in indices) for indices in (left.axes, right.axes, axes)]
    rows = [index for index in left.axes if index not in right.axes and index in kept]
    columns = [index for index in right.axes if index not in left.axes and index in kept]
    options = ", optimize=True" if rows and columns else ""
    arguments = f"{typed(left).text}, {typed(right).text}{options}"
    text = f'np.einsum("{spelled[0]},{spelled[1]}->{spelled[2]}", {arguments})'
    return Value(text, axes, left.kind, depth=1 + max(left.depth, right.depth))
