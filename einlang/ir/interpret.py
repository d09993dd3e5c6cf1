"""The oracle: in go a program of the tensor IR and arrays, out come the arrays of all its definitions, by obvious NumPy.

Every expression becomes an array with one axis for each of its free indices. Nothing is fused, reordered or skipped, and
intermediate arrays may be huge: this is what the tests hold every pass and every backend against.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from einlang.dtypes import to_float
from einlang.errors import InternalError
from einlang.ir.arrays import ALONG, POINTWISE, Array
from einlang.ir.extent import Extent
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Div,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    ReductionName,
    Select,
    Size,
    Solve,
    Stack,
    Stop,
    Tensor,
    Zero,
)
from einlang.ir.program import Program
from einlang.ir.recurrences import Recurrence, recurrences
from einlang.ir.safety import guarded_nodes
from einlang.tree import Node, evaluate

SINGULAR = "a system of equations is singular"
"""What is wrong with a call in which a `Solve` has a pivot that is zero."""


class Numbers(Protocol):
    """What the numbers of a program are: how literals and whole numbers become such, their operators and reductions."""

    @property
    def pointwise(self) -> Mapping[str, Callable[..., Array]]: ...
    @property
    def along(self) -> Mapping[str, Callable[[Array, tuple[int, ...]], Array]]: ...
    def literal(self, value: Fraction) -> Any: ...
    def constant(self, value: float) -> Any: ...
    def convert(self, array: Array) -> Array: ...
    def power(self, base: Array, exponent: Array) -> Array: ...
    def solve(self, matrix: Array, right: Array) -> Array: ...


@dataclass(frozen=True, slots=True)
class Floats:
    """Floats of a NumPy type."""

    dtype: np.dtype[Any]
    pointwise: Mapping[str, Callable[..., Array]] = field(default_factory=lambda: POINTWISE)
    along: Mapping[str, Callable[[Array, tuple[int, ...]], Array]] = field(default_factory=lambda: ALONG)

    def literal(self, value: Fraction) -> Any:
        return self.dtype.type(to_float(value))

    def constant(self, value: float) -> Any:
        return self.dtype.type(value)

    def convert(self, array: Array) -> Array:
        return array.astype(self.dtype)

    def power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(np.power(self.convert(base), self.convert(exponent)))

    def solve(self, matrix: Array, right: Array) -> Array:
        try:
            return np.asarray(np.linalg.solve(self.convert(matrix), self.convert(right)[..., None])[..., 0])
        except np.linalg.LinAlgError as error:
            raise ValueError(SINGULAR) from error


def interpret(program: Program, inputs: Mapping[str, object], dtype: DTypeLike = "float64") -> dict[str, Array]:
    """The arrays of all definitions by name, floats of `dtype`.

    Raises ValueError for missing or unknown inputs, wrong shapes or types, and accesses that are out of bounds though
    nothing guards them.
    """
    return interpret_over(Floats(np.dtype(dtype)), program, inputs)


def interpret_over(numbers: Numbers, program: Program, inputs: Mapping[str, object]) -> dict[str, Array]:
    """`interpret` over numbers of any kind."""
    values = {tensor.name: _input(tensor, inputs, numbers) for tensor in program.inputs}
    unknown = [name for name in inputs if name not in values]
    if unknown:
        raise ValueError(f"the program has no input {unknown[0]}")
    sizes = bind_sizes(program, values)
    refused = {refusal.tensor: refusal.text for refusal in program.refusals}
    with np.errstate(all="ignore"):
        for definition in define_all(program.definitions, values, sizes, numbers):
            if definition.tensor in refused and values[definition.tensor.name]:
                raise ValueError(f"refused: {refused[definition.tensor]}")
    return {d.tensor.name: values[d.tensor.name] for d in program.definitions if d.tensor not in refused}


def _input(tensor: Tensor, inputs: Mapping[str, object], numbers: Numbers) -> Array:
    if tensor.name not in inputs:
        raise ValueError(f"the input {tensor.name} is missing")
    array = np.asarray(inputs[tensor.name])
    if array.ndim != tensor.rank:
        raise ValueError(f"{tensor.name} has rank {array.ndim}, but is declared with rank {tensor.rank}")
    if tensor.kind == "int" and array.dtype.kind not in "iu":
        raise ValueError(f"{tensor.name} holds whole numbers, but the array given has type {array.dtype}")
    return array.astype(np.int64) if tensor.kind == "int" else numbers.convert(array)


def bind_sizes(program: Program, arrays: Mapping[str, Array]) -> dict[str, int]:
    """The value of every size, from axes that have it alone. Raises ValueError where shapes disagree or a requirement fails."""
    axes = [
        (tensor, axis, extent, arrays[tensor.name].shape[axis])
        for tensor in program.inputs
        for axis, extent in enumerate(tensor.shape)
    ]
    sizes = dict(program.sizes)
    for _, _, extent, length in axes:
        if extent.size in program.given_sizes:
            sizes.setdefault(extent.size, length)
    for found in program.computed:
        sizes[found.size] = found.value(sizes)
    for tensor, axis, extent, length in axes:
        unbound = [size for size in extent.sizes if size not in sizes]
        if unbound:
            raise ValueError(f"no axis has the size {unbound[0]} alone, and no value of it is given")
        if extent.evaluate(sizes) != length:
            expected = f"{extent.spell()} = {extent.evaluate(sizes)}"
            raise ValueError(f"axis {axis} of {tensor.name} has length {length}, but {expected} is declared")
    for requirement in program.requirements:
        left, right = requirement.left.evaluate(sizes), requirement.right.evaluate(sizes)
        if any(_length(extent, sizes) == 0 for extent in requirement.over):
            continue
        if not (left == right if requirement.relation == "=" else left <= right):
            raise ValueError(f"{left} {requirement.relation} {right} is required: {requirement.text}")
    return sizes


def define_all(
    definitions: Sequence[Definition], values: dict[str, Array], sizes: Mapping[str, int], numbers: Numbers
) -> Iterator[Definition]:
    """Puts the arrays of definitions into `values`, in order, those of a recurrence together, and gives each one done."""
    groups = {tensor: group for group in recurrences(definitions) for tensor in group.tensors}
    for definition in definitions:
        group = groups.get(definition.tensor)
        if group is None:
            values[definition.tensor.name] = define(definition, values, sizes, numbers)
        elif not all(tensor.name in values for tensor in group.tensors):
            values.update(define_group(group, values, sizes, numbers))
        yield definition


def define(definition: Definition, values: Mapping[str, Array], sizes: Mapping[str, int], numbers: Numbers) -> Array:
    """The array of one definition, from those of the tensors that it uses."""
    return _part(definition, values, sizes, numbers, {})


def define_group(group: Recurrence, values: Mapping[str, Array], sizes: Mapping[str, int], numbers: Numbers) -> dict[str, Array]:
    """The arrays of the members of a recurrence, position by position; what is not computed yet is 0."""
    arrays = {}
    for tensor in group.tensors:
        zeros = np.zeros([_length(extent, sizes) for extent in tensor.shape], np.int64)
        arrays[tensor.name] = zeros if tensor.kind == "int" else numbers.convert(zeros)
    known = {**values, **arrays}
    lengths = [_length(step.extent, sizes) for step in group.steps]
    for position in group.positions(lengths):
        for n, member in enumerate(group.members):
            at = position + group.shifts[n]
            if 0 <= at < lengths[n]:
                place = (*[slice(None)] * group.axes[n], slice(at, at + 1))
                arrays[member.tensor.name][place] = _part(member, known, sizes, numbers, {group.steps[n]: at})
    return arrays


def _part(
    definition: Definition, values: Mapping[str, Array], sizes: Mapping[str, int], numbers: Numbers, at: Mapping[Index, int]
) -> Array:
    """The array of a definition, of length 1 along indices that stand at one position."""
    evaluation = _Evaluation(values, sizes, numbers, frozenset(guarded_nodes(definition.body)), at)
    grid = evaluate(definition.body, evaluation.visit)
    shape = [1 if index in at else _length(index.extent, sizes) for index in definition.indices]
    array = np.broadcast_to(grid.over(definition.indices), shape)
    return np.ascontiguousarray(array if definition.tensor.kind == "int" else numbers.convert(array)).reshape(shape)


def _length(extent: Extent, sizes: Mapping[str, int]) -> int:
    return max(0, extent.evaluate(sizes))


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers at all positions of some indices: axis n of the array runs over `indices[n]`, or has length 1 and repeats."""

    indices: tuple[Index, ...]
    array: Array

    def over(self, order: Sequence[Index]) -> Array:
        """The array with one axis for each index of `order`, of length 1 where the numbers do not depend on it."""
        moved = self.array.transpose([self.indices.index(index) for index in order if index in self.indices])
        lengths = iter(moved.shape)
        return moved.reshape([next(lengths) if index in self.indices else 1 for index in order])


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One body: arrays by name, sizes, what numbers are, the nodes that a `Select` guards, and indices at one position."""

    values: Mapping[str, Array]
    sizes: Mapping[str, int]
    numbers: Numbers
    guarded: frozenset[Node]
    at: Mapping[Index, int]

    def visit(self, expr: Node, children: tuple[Grid, ...]) -> Grid:
        """The grid of a node from those of its children."""
        if expr in self.at:
            return Grid((), np.array(self.at[expr]))  # type: ignore[index]
        if isinstance(expr, Index):
            return Grid((expr,), np.arange(_length(expr.extent, self.sizes)))
        if isinstance(expr, Reduce):
            return self._reduce(expr, children[0])
        if isinstance(expr, Solve):
            return self._solve(expr, children)
        indices = tuple(dict.fromkeys(index for child in children for index in child.indices))
        return Grid(indices, np.asarray(self._pointwise(expr, [child.over(indices) for child in children])))

    def _pointwise(self, expr: Node, arrays: list[Array]) -> Any:
        match expr:
            case Number(value):
                whole = value.denominator == 1 and abs(value) < 2**63
                return np.array(int(value)) if whole else self.numbers.literal(value)
            case Zero():
                return np.array(0)
            case Pi():
                return self.numbers.constant(math.pi)
            case Infinity():
                return self.numbers.constant(math.inf)
            case Size(extent):
                return np.array(_length(extent, self.sizes))
            case Access(tensor):
                return self._gather(expr, self.values[tensor.name], arrays)
            case Delta():
                return np.equal(*arrays).astype(np.int64)
            case Add():
                return functools.reduce(np.add, self._alike(arrays))
            case Mul(factors):
                return _product(factors, self._alike(arrays))
            case Div():
                return np.true_divide(*self._floats(arrays))
            case Pow():
                return self.numbers.power(*arrays)
            case Apply(operator):
                converted = self._floats(arrays) if operator.takes == "float" else self._alike(arrays)
                return self._alike([self.numbers.pointwise[operator.name](*converted)])[0]
            case Select():
                return np.where(arrays[0], *self._alike(arrays[1:]))
            case Stack():
                return self._entry(expr, self._alike(arrays[:-1]), arrays[-1])
            case Stop():
                return arrays[0]
            case _:
                raise InternalError("interpret", f"no meaning for {type(expr).__name__}")

    def _alike(self, arrays: Sequence[Array]) -> list[Array]:
        """Unchanged where all are whole numbers, or all are truth values; else floats."""
        same = {array.dtype.kind for array in arrays} in ({"i"}, {"b"})
        return list(arrays) if same else self._floats(arrays)

    def _floats(self, arrays: Sequence[Array]) -> list[Array]:
        return [self.numbers.convert(array) for array in arrays]

    def _gather(self, expr: Access, array: Array, subscripts: list[Array]) -> Array:
        """Elements at the subscripts; where a guarded subscript is out of bounds, NaN (0 in an integer tensor)."""
        inside = np.array(True)
        for axis, (subscript, length) in enumerate(zip(subscripts, array.shape, strict=True)):
            inside = inside & self._in_bounds(expr, subscript, length, f"axis {axis} of {expr.tensor.name}")
        if inside.size == 0 or np.all(inside):
            empty = array.reshape(-1)[:0] if array.size == 0 else array
            shape = np.broadcast_shapes(*(subscript.shape for subscript in subscripts))
            return empty.reshape(shape) if array.size == 0 else array[tuple(subscripts)]
        outside = np.zeros((), array.dtype) if array.dtype.kind == "i" else np.asarray(self.numbers.constant(math.nan))
        if array.size == 0:
            return np.broadcast_to(outside, inside.shape)
        safe = tuple(np.where(inside, subscript, 0) for subscript in subscripts)
        return np.where(inside, array[safe], outside)

    def _entry(self, expr: Stack, entries: list[Array], position: Array) -> Array:
        self._in_bounds(expr, position, len(entries), "a tensor written out")
        return np.select([position == number for number in range(len(entries))], entries)

    def _in_bounds(self, expr: Node, subscript: Array, length: int, what: str) -> NDArray[np.bool_]:
        inside = (subscript >= 0) & (subscript < length)
        if expr not in self.guarded and not np.all(inside):
            raise ValueError(f"{what} has length {length}, and position {subscript[~inside][0]} is used")
        return inside

    def _reduce(self, expr: Reduce, body: Grid) -> Grid:
        """Broadcast along the reduced indices, which come last, then reduce those axes."""
        kept = tuple(index for index in body.indices if index not in expr.indices)
        lengths = self._lengths(expr.indices)
        array = body.over((*kept, *expr.indices))
        full = np.broadcast_to(array, (*array.shape[: len(kept)], *lengths))
        axes = tuple(range(len(kept), len(kept) + len(lengths)))
        return Grid(kept, np.asarray(self._along(expr.operation, full, axes)))

    def _solve(self, expr: Solve, children: Sequence[Grid]) -> Grid:
        """Rows and columns flattened to one axis each, which come last; the others are a batch."""
        matrix, right, *position = children
        inside = (*expr.rows, *expr.columns)
        batch = tuple(dict.fromkeys(i for grid in (matrix, right) for i in grid.indices if i not in inside))
        batched, rows, columns = (self._lengths(indices) for indices in (batch, expr.rows, expr.columns))
        count = math.prod(columns)
        if math.prod(rows) != count:
            raise ValueError(f"{math.prod(rows)} equations for {count} unknowns")
        whole = np.broadcast_to(matrix.over((*batch, *inside)), (*batched, *rows, *columns))
        sides = np.broadcast_to(right.over((*batch, *expr.rows)), (*batched, *rows))
        found = self.numbers.solve(whole.reshape(*batched, count, count), sides.reshape(*batched, count))
        at = tuple(index for grid in position for index in grid.indices)
        return Grid((*batch, *at), found.reshape([*batched, *columns]))

    def _lengths(self, indices: Sequence[Index]) -> list[int]:
        return [_length(index.extent, self.sizes) for index in indices]

    def _along(self, operation: ReductionName, array: Array, axes: tuple[int, ...]) -> Array:
        if operation in ("argmax", "argmin") and 0 in [array.shape[axis] for axis in axes]:
            return np.zeros([length for axis, length in enumerate(array.shape) if axis not in axes], np.int64)
        converted = self._floats([array])[0] if operation in ("max", "min", "logsumexp", "logdet") else array
        return self.numbers.along[operation](converted, axes)


def _product(factors: Sequence[Node], arrays: Sequence[Array]) -> Array:
    """The product from left to right; what is zero by structure (`Zero`, `δ` off its diagonal) hides NaN and infinity."""
    product = np.asarray(functools.reduce(np.multiply, arrays))
    for factor, array in zip(factors, arrays, strict=True):
        if isinstance(factor, Zero | Delta):
            product = np.where(array == 0, np.zeros((), product.dtype), product)
    return product
