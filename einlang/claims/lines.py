"""Lines put to the test: in goes a derivation, out comes nothing, or an InternalError that names the line that is wrong.

On random data of small sizes every line is evaluated by the oracle, and compared with the derivative that it is to be.
Derivatives are taken by differences, which know nothing of the rules: the eight-point stencil is exact up to degree 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from einlang.claims import exact_lines
from einlang.claims.data import floats, sorts
from einlang.claims.facts import satisfied
from einlang.claims.points import REALS
from einlang.claims.shapes import small_sizes
from einlang.derivation.lines import Derivation, Steps
from einlang.errors import InternalError
from einlang.ir.arrays import Array
from einlang.ir.build import number, select
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import free_indices
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Stop, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.realise import realise
from einlang.ir.recurrences import circles, components, grouped
from einlang.tree import Node, rewrite, walk

STEP = 2.0**-11
_HALF = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
STENCIL = (*((-step, -weight) for step, weight in _HALF[::-1]), *_HALF)
_ROUGH = (0, 0, 1 / 12, -2 / 3, 2 / 3, -1 / 12, 0, 0)
"""The weights of a stencil of lower order at the same positions."""
"""Positions in steps, and weights over the step."""
TOLERANCE = 1e-6
SMOOTH = 1e-4
"""Where the two stencils differ by more, the function bends too much between the steps, and its slope is not known."""
POINTS = 6
"""So many points are looked at: a kink near one of them is no mistake."""


def check(derivation: Derivation) -> bool:
    """Check every line. Whether it could be done: not where no data is found for which its value is finite.

    Raises InternalError for a line that is wrong for all data that were tried.
    """
    wrong = exact_lines.wrong_line(derivation)
    if wrong is not None:
        raise InternalError("derivation", f"a line is wrong: {wrong}")
    program, equations = _concrete(derivation)
    points = list(islice(_points(program), POINTS))
    found = [_checked(steps, points) for steps in equations]
    return all(found)


def _concrete(derivation: Derivation) -> tuple[Program, list[Steps]]:
    """The program and its equations, what is abstract having become concrete."""
    whole, equations = derivation.whole, derivation.equations
    lines = [Definition(_made("line", ()), (), line.body) for steps in equations for line in steps.lines]
    program = realise(replace(whole, definitions=(*whole.definitions, *lines)), 0)
    bodies = iter(program.definitions[len(whole.definitions) :])
    made = [replace(steps, lines=tuple(line._replace(body=next(bodies).body) for line in steps.lines)) for steps in equations]
    return replace(program, definitions=program.definitions[: len(whole.definitions)]), made


def _checked(steps: Steps, points: Sequence[_Point]) -> bool:
    """Whether there is a point at which all lines can be compared; they hold there, or at one where some cannot."""
    name = steps.tensor.name
    known = [(_share_finite(point.values[name]), point) for point in points]
    wrong: str | None = None
    is_doubtful = False
    for _, point in sorted([pair for pair in known if pair[0] > 0], key=lambda pair: -pair[0]):
        verdicts = _verdicts(steps, point)
        if all(verdicts):
            return True
        is_doubtful |= False not in verdicts
        wrong = steps.lines[verdicts.index(False)].reason.words if False in verdicts else wrong
    if wrong is not None and not is_doubtful:
        raise InternalError("derivation", f"a line of {name} is wrong: {wrong}")
    return False


def _share_finite(values: Array) -> float:
    return float(np.mean(np.isfinite(values))) if values.size else 1.0


def _verdicts(steps: Steps, point: _Point) -> list[bool | None]:
    """For each line whether it holds at a point; None where nothing of it is known there."""
    truth = point.values[steps.tensor.name]
    return [_agree(_value(line.body, steps, point), truth) for line in steps.lines]


def _agree(value: Array, truth: Array) -> bool | None:
    finite = np.isfinite(value) & np.isfinite(truth)
    scale = 1 + np.max(np.abs(truth[finite]), initial=0)
    return bool(np.all(np.abs(value - truth)[finite] <= TOLERANCE * scale)) if finite.any() or not truth.size else None


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
            self.program, inputs=inputs, definitions=tuple(definitions), outputs=(), requirements=(), derivatives={}, refusals=()
        )
        arrays = {tensor.name: given[tensor] if tensor in given else self.values[tensor.name] for tensor in inputs}
        return interpret(program, arrays)[definitions[-1].tensor.name]

    def slope(
        self, body: Expr, free: Sequence[Index], target: Tensor, way: Sequence[Definition], infinite: float = np.nan
    ) -> Array:
        """The derivative of an expression by a tensor: an array over its free indices and the axes of the tensor.

        What depends on the tensor is computed anew by the definitions on the way; all else is held fixed. `infinite` is that of
        what is infinite at every step, as a masked score is: by itself not known, but of no weight in what is finite.
        """
        array, way = self.values[target.name], [d for d in way if d.tensor is not target]
        shifts = np.array([step * STEP for step, _ in STENCIL])
        units = np.eye(array.size).reshape(array.size, 1, *array.shape)
        shifted = array + units * shifts.reshape(1, -1, *[1] * array.ndim)
        run = Index("run", fixed(shifted.shape[0] * shifted.shape[1]))
        whole = Definition(_made("slope", free), tuple(free), _guarded(body))
        moving = (*_needed(way, body), whole)
        batched = {tensor: _batched(tensor, run) for tensor in (target, *(definition.tensor for definition in moving))}
        definitions = []
        for definition in moving:
            over = _over(definition.body, batched, run)
            definitions.append(Definition(batched[definition.tensor], (run, *definition.indices), over))
        given = {batched[target]: shifted.reshape(-1, *array.shape)}
        values = self.evaluate(definitions, given)
        rows = np.array([[weight for _, weight in STENCIL], _ROUGH]) / STEP
        steps = values.reshape(array.size, len(STENCIL), *values.shape[1:])
        slopes: Array
        with np.errstate(invalid="ignore"):
            stays = np.all(np.isinf(steps) & (steps == steps[:, :1]), 1)
            slopes, rough = np.where(stays, infinite, np.tensordot(rows, steps, (1, 1)))
        known = np.all(np.abs(slopes - rough)[np.isfinite(slopes)] <= SMOOTH * (1 + np.abs(slopes[np.isfinite(slopes)])))
        slopes = slopes if known else np.full_like(slopes, np.nan)
        return np.moveaxis(slopes, 0, -1).reshape(values.shape[1:] + array.shape)


def _points(program: Program) -> Iterator[_Point]:
    """Random data for a program and its derivatives that satisfies what the program assumes."""
    generator = np.random.default_rng(0)
    for sizes in islice(small_sizes(program, generator), 2):
        fixed_sizes = replace(program, sizes=tuple(sizes.items()))
        for chosen in islice(sorts(program, generator), POINTS):
            arrays = satisfied(program, REALS, floats(program, sizes, chosen, generator), positive="any" not in chosen.values())
            point = _Point(fixed_sizes, dict(arrays or {}))
            with suppress(ValueError):
                for definition in program.definitions if arrays is not None else ():
                    _add(point, definition)
                if arrays is not None:
                    yield point


def _add(point: _Point, definition: Definition) -> None:
    """The array of a definition; of a derivative, by differences."""
    of = point.program.derivatives.get(definition.tensor)
    if of is None:
        beside = next((members for members in circles(point.program.definitions) if definition in members), (definition,))
        others = (other for other in beside if other is not definition)
        point.values[definition.tensor.name] = point.evaluate([*others, definition], {})
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
    live: set[Tensor] = {target}
    for members in components([d for d in program.definitions if d.tensor is not target]):
        if any(isinstance(n, Access) and n.tensor in live for d in members for n in walk(d.body)):
            live.update(definition.tensor for definition in members)
    return list(grouped([d for d in program.definitions if d.tensor in live - {target}]))


def _needed(way: Sequence[Definition], body: Expr) -> list[Definition]:
    """The definitions that an expression needs."""
    read, needed = {node.tensor for node in walk(body) if isinstance(node, Access)}, list[Definition]()
    for members in reversed(components(way)):
        if any(definition.tensor in read for definition in members):
            needed += reversed(members)
            read |= {node.tensor for definition in members for node in walk(definition.body) if isinstance(node, Access)}
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
        slopes[slope] = point.slope(node.body, free, steps.by, way, infinite=0)
        return Access(slope, (*free, *node.wrt[0].subscripts))

    expr = rewrite(body, worked_out)
    return point.evaluate([Definition(_made("line", steps.indices), steps.indices, expr)], slopes)


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
    """An expression whose tensors have an array for each run; what `stop` holds still is that of the point."""
    still = {many: tensor for tensor, many in batched.items()}

    def held(node: Node) -> Expr | None:
        if isinstance(node, Access) and node.tensor in still:
            return Access(still[node.tensor], node.subscripts[1:])
        return None

    def rule(node: Node) -> Expr | None:
        if isinstance(node, Access) and node.tensor in batched:
            return Access(batched[node.tensor], (run, *node.subscripts))
        return rewrite(node, held) if isinstance(node, Stop) else None

    result: Expr = rewrite(body, rule)
    return result


def _guarded(body: Expr) -> Expr:
    """The expression, NaN instead of an error where it is out of bounds: a guard may stand around it."""
    return select(apply("<", number(0), number(1)), body, Zero())
