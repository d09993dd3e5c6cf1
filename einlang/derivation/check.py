"""Lines put to the test: in goes a derivation, out comes nothing, or an InternalError that names the line that is wrong.

On random data of small sizes every line is evaluated by the oracle, and compared with the derivative that it is to be.
Derivatives are taken by differences, which know nothing of the rules: the four-point stencil is right to some eleven digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from einlang.derivation.lines import Derivation, Steps
from einlang.errors import InternalError
from einlang.ir.arrays import Array
from einlang.ir.build import number, select
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.tree import Node, rewrite, walk

STEP = 2.0**-11
STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
"""Positions in steps, and weights over the step."""
TOLERANCE = 1e-6
RANGES = ((0.25, 0.95), (-1.0, 1.0), (1.1, 2.0))
"""Where random floats lie; logarithms and roots, or kinks, may need one or another."""
SMALLEST = 2


def check(derivation: Derivation) -> bool:
    """Check every line. Whether it could be done: not where nothing is finite.

    Raises InternalError for a line that is wrong on all data that were tried.
    """
    points = [point for seed, limits in enumerate(RANGES) if (point := _point(derivation.whole, seed, limits)) is not None]
    found = [_checked(steps, points) for steps in derivation.equations]
    return all(found)


def _checked(steps: Steps, points: Sequence[_Point]) -> bool:
    comparable = [(point, truth) for point in points if np.isfinite(truth := point.values[steps.tensor.name]).any()]
    for number_of_line, line in enumerate(steps.lines, start=1):
        if comparable and not any(_agree(_value(line.body, steps, point), truth) for point, truth in comparable):
            name = line.reason.words
            raise InternalError("derivation", f"line {number_of_line} of {steps.tensor.name} is wrong: {name}")
    return bool(comparable)


def _agree(value: Array, truth: Array) -> bool:
    finite = np.isfinite(value) & np.isfinite(truth)
    scale = 1 + np.max(np.abs(truth[finite]), initial=0)
    return bool(finite.any() and np.all(np.abs(value - truth)[finite] <= TOLERANCE * scale))


@dataclass(frozen=True, slots=True)
class _Point:
    """A program with sizes fixed, and the arrays of its tensors, derivatives found by differences."""

    program: Program
    values: dict[str, Array]

    def evaluate(self, definitions: Sequence[Definition], given: Mapping[Tensor, Array]) -> Array:
        """The array of the last of some definitions, over the arrays of the point and others given."""
        defined = {definition.tensor for definition in definitions}
        read = (node.tensor for d in definitions for node in walk(d.body) if isinstance(node, Access))
        inputs = tuple(tensor for tensor in dict.fromkeys(read) if tensor not in defined)
        program = replace(
            self.program, inputs=inputs, definitions=tuple(definitions), outputs=(), requirements=(), derivatives={}
        )
        arrays = {tensor.name: given[tensor] if tensor in given else self.values[tensor.name] for tensor in inputs}
        return interpret(program, arrays)[definitions[-1].tensor.name]

    def slope(self, body: Expr, free: Sequence[Index], target: Tensor, way: Sequence[Definition]) -> Array:
        """The derivative of an expression by a tensor: an array over its free indices and the axes of the tensor.

        What depends on the tensor is computed anew by the definitions on the way; all else is held fixed.
        """
        array, way = self.values[target.name], [d for d in way if d.tensor is not target]
        shifts = np.array([step * STEP for step, _ in STENCIL])
        units = np.eye(array.size).reshape(array.size, 1, *array.shape)
        shifted = array + units * shifts.reshape(1, -1, *[1] * array.ndim)
        run = Index("run", fixed(shifted.shape[0] * shifted.shape[1]))
        batched = {target: _batched(target, run)}
        definitions = []
        whole = Definition(_made("slope", free), tuple(free), _guarded(body))
        for definition in (*_needed(way, body), whole):
            batched[definition.tensor] = _batched(definition.tensor, run)
            over = _over(definition.body, batched, run)
            definitions.append(Definition(batched[definition.tensor], (run, *definition.indices), over))
        given = {batched[target]: shifted.reshape(-1, *array.shape)}
        values = self.evaluate(definitions, given)
        weights = np.array([weight / STEP for _, weight in STENCIL])
        slopes = np.tensordot(weights, values.reshape(array.size, len(STENCIL), *values.shape[1:]), (0, 1))
        return np.moveaxis(slopes, 0, -1).reshape(values.shape[1:] + array.shape)


def _point(whole: Program, seed: int, limits: tuple[float, float]) -> _Point | None:
    """Random data for a program and its derivatives; None where it takes no such data."""
    names = whole.given_sizes
    sizes = {**dict(whole.sizes), **{name: SMALLEST + n % 3 for n, name in enumerate(names)}}
    generator = np.random.default_rng(seed)
    values: dict[str, Array] = {}
    for tensor in whole.inputs:
        shape = [extent.evaluate(sizes) for extent in tensor.shape]
        floats = generator.uniform(*limits, shape)
        values[tensor.name] = generator.integers(0, SMALLEST, shape) if tensor.kind == "int" else floats
    point = _Point(replace(whole, sizes=tuple(sizes.items())), values)
    try:
        for definition in whole.definitions:
            _add(point, definition)
    except ValueError:
        return None
    return point


def _add(point: _Point, definition: Definition) -> None:
    """The array of a definition; of a derivative, by differences."""
    of = point.program.derivatives.get(definition.tensor)
    if of is None:
        point.values[definition.tensor.name] = point.evaluate([definition], {})
        return
    numerator = _numerator(point.program, of.numerator, of.by[:-1])
    own = definition.indices[: numerator.rank]
    way = _way(point.program, of.by[-1])
    point.values[definition.tensor.name] = point.slope(Access(numerator, own), own, of.by[-1], way)


def _numerator(program: Program, numerator: Tensor, by: tuple[Tensor, ...]) -> Tensor:
    """The tensor that holds a derivative of lower order."""
    if not by:
        return numerator
    return next(tensor for tensor, of in program.derivatives.items() if of == (numerator, by))


def _way(program: Program, target: Tensor) -> list[Definition]:
    """The definitions of what depends on a tensor."""
    live, way = {target}, []
    for definition in program.definitions:
        if definition.tensor not in live and any(isinstance(n, Access) and n.tensor in live for n in walk(definition.body)):
            live.add(definition.tensor)
            way.append(definition)
    return way


def _needed(way: Sequence[Definition], body: Expr) -> list[Definition]:
    """The definitions that an expression needs."""
    read, needed = {node.tensor for node in walk(body) if isinstance(node, Access)}, []
    for definition in reversed(way):
        if definition.tensor in read:
            needed.append(definition)
            read |= {node.tensor for node in walk(definition.body) if isinstance(node, Access)}
    return needed[::-1]


def _value(body: Expr, steps: Steps, point: _Point) -> Array:
    """The array that a line says."""
    slopes: dict[Tensor, Array] = {}

    def worked_out(node: Node) -> Expr | None:
        if not isinstance(node, Derivative):
            return None
        free = free_indices(node.body)
        way = _one(point.program, node.body) if steps.holds_fixed else _way(point.program, steps.by)
        slope = _made(f"slope_{len(slopes)}", free, steps.by)
        slopes[slope] = point.slope(node.body, free, steps.by, way)
        return Access(slope, (*free, *node.wrt[0].subscripts))

    expr = rewrite(body, worked_out)
    return point.evaluate([Definition(steps.tensor, steps.indices, expr)], slopes)


def _one(program: Program, body: Expr) -> list[Definition]:
    """The definition of a tensor whose partial derivative is meant."""
    definition = program.definition(body.tensor) if isinstance(body, Access) else None
    return [] if definition is None else [definition]


def _made(name: str, indices: Sequence[Index], tensor: Tensor | None = None) -> Tensor:
    """A tensor over some indices, and the axes of another."""
    shape: tuple[Extent, ...] = tuple(index.extent for index in indices)
    return Tensor(name, (*shape, *(tensor.shape if tensor else ())), "float", "definition", None)


def _batched(tensor: Tensor, run: Index) -> Tensor:
    return Tensor(f"{tensor.name} in every run", (run.extent, *tensor.shape), tensor.kind, "definition", None)


def _over(body: Expr, batched: Mapping[Tensor, Tensor], run: Index) -> Expr:
    """An expression whose tensors have an array for each run."""

    def rule(node: Node) -> Expr | None:
        if isinstance(node, Access) and node.tensor in batched:
            return Access(batched[node.tensor], (run, *node.subscripts))
        return None

    result: Expr = rewrite(body, rule)
    return result


def _guarded(body: Expr) -> Expr:
    """The expression, NaN instead of an error where it is out of bounds: a guard may stand around it."""
    return select(apply("<", number(0), number(1)), body, Zero())
