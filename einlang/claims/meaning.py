"""What derivatives mean: in goes a program with `Derivative` nodes and data, out come values, the derivatives by steps alone.

Nothing here knows a rule of the calculus: the oracle computes the program as it was written, one element moved by a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from einlang.claims.differences import At, complex_step, extrapolated, is_analytic
from einlang.claims.duals import Dual, Duals
from einlang.ir.arrays import Array
from einlang.ir.interpret import Floats, Numbers, define
from einlang.ir.nodes import Access, Apply, Definition, Derivative, Target, Tensor
from einlang.ir.program import Program
from einlang.tree import walk

Arrays = dict[str, Array]
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A program whose derivatives are definitions by themselves, `D[i, p] = ∂N[i]/∂T[p]` with distinct subscripts.

    Attributes:
        sizes: the value of every size.
        places: by which elements of a tensor to derive; the derivative by others is NaN.
    """

    program: Program
    sizes: Mapping[str, int]
    places: Callable[[Tensor, Sequence[Place]], Iterable[Place]] = lambda tensor, places: places

    def values(self, known: Mapping[str, Array], numbers: Numbers, wanted: Sequence[Definition] | None = None) -> Arrays:
        """The arrays of all definitions (or of those wanted) that are not known, with those that are."""
        found = dict(known)
        for definition in self.program.definitions if wanted is None else wanted:
            if definition.tensor.name not in known:
                found[definition.tensor.name] = self._define(definition, found, numbers)
        return found

    def _define(self, definition: Definition, known: Arrays, numbers: Numbers) -> Array:
        match definition.body:
            case Derivative(Access(numerator), targets):
                return self._derivative(numerator, [target.tensor for target in targets], known, numbers)
            case _:
                return define(definition, known, self.sizes, numbers)

    def _derivative(self, numerator: Tensor, targets: Sequence[Tensor], known: Arrays, numbers: Numbers) -> Array:
        """The derivative by the first targets, derived by the last: an axis for each of the numerator, then of each target."""
        if not targets:
            return known[numerator.name]
        *others, target = targets
        if target.kind == "int" or numerator.kind == "int":
            raise ValueError(f"{target.name} or {numerator.name} holds whole numbers")
        way = self._way(target, numerator)
        computed = {definition.tensor.name for definition in way}
        analytic = not others and is_analytic(operators_of(way)) and not any(isinstance(d.body, Derivative) for d in way)

        def at(place: Place) -> At:
            def moved(over: Numbers, step: Any) -> Array:
                moving = {name: lifted(array, over) for name, array in known.items()}
                changed = moving[target.name].copy()
                changed[place] = changed[place] + step
                start = {name: array for name, array in moving.items() if name not in computed} | {target.name: changed}
                return self._derivative(numerator, others, self.values(start, over, way), over)

            return moved

        shape = known[target.name].shape
        chosen = set(self.places(target, list(np.ndindex(shape))))
        columns = [slope(at(place), numbers, analytic) if place in chosen else None for place in np.ndindex(shape)]
        return _side_by_side(columns, shape)

    def _way(self, target: Tensor, numerator: Tensor) -> list[Definition]:
        """The definitions through which a tensor depends on another."""
        moving, way = {target}, []
        for definition in self.program.definitions:
            if definition.tensor is not target and moving & _used(definition):
                moving.add(definition.tensor)
                way.append(definition)
        needed, kept = {numerator}, []
        for definition in reversed(way):
            if definition.tensor in needed:
                needed |= _used(definition)
                kept.append(definition)
        return kept[::-1]


def _used(definition: Definition) -> set[Tensor]:
    return {node.tensor for node in walk(definition.body) if isinstance(node, Access | Target)}


def operators_of(definitions: Iterable[Definition]) -> set[str]:
    """The names of the elementwise operators in definitions."""
    return {node.operator.name for d in definitions for node in walk(d.body) if isinstance(node, Apply)}


def lifted(array: Array, numbers: Numbers) -> Array:
    """Numbers as those of a larger kind; whole numbers as they are."""
    if array.dtype.kind == "i":
        return array
    return numbers.lift(array) if isinstance(numbers, Duals) else numbers.convert(array)


def slope(at: At, numbers: Numbers, analytic: bool) -> Array:
    """Over floats by differences; over residues, whose functions are all rational, by dual numbers."""
    if isinstance(numbers, Floats):
        return complex_step(at) if analytic else extrapolated(at)
    duals = Duals(numbers)
    return duals.slopes(at(duals, Dual(0, 1)))


def _side_by_side(columns: Sequence[Array | None], shape: Place) -> Array:
    """Arrays along new axes, which come last; NaN for those left out."""
    known = next(column for column in columns if column is not None)
    missing = np.full(known.shape, np.nan)
    return np.stack([missing if column is None else column for column in columns], axis=-1).reshape((*known.shape, *shape))
