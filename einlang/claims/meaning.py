"""What derivatives mean: in goes a program with `Derivative` nodes and data, out come values, the derivatives by steps alone.

Nothing here knows a rule of the calculus: the oracle computes the program as it was written, one element moved by a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from einlang.claims.differences import Function, complex_step, extrapolated, has_kinks, is_analytic
from einlang.claims.duals import Dual, Duals
from einlang.claims.held import with_held
from einlang.ir.arrays import Array
from einlang.ir.interpret import Floats, Numbers, define, define_group
from einlang.ir.nodes import Access, Apply, Definition, Derivative, Reduce, Stop, Target, Tensor
from einlang.ir.program import Program
from einlang.ir.recurrences import grouped, recurrences
from einlang.tree import Node, walk

Arrays = dict[str, Array]
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A program whose derivatives are definitions by themselves, `D[i, p] = ∂N[i]/∂T[p]` with distinct subscripts.

    What stands under a `stop` keeps its value when something is moved: it becomes a definition of its own.

    Attributes:
        sizes: the value of every size.
        places: by which elements of a tensor to derive; the derivative by others is NaN.
    """

    program: Program
    sizes: Mapping[str, int]
    places: Callable[[Tensor, Sequence[Place]], Iterable[Place]] = lambda tensor, places: places

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", with_held(self.program))

    def values(self, known: Mapping[str, Array], numbers: Numbers, wanted: Sequence[Definition] | None = None) -> Arrays:
        """The arrays of all definitions (or of those wanted) that are not known, with those that are."""
        found = dict(known)
        missing = [d for d in (self.program.definitions if wanted is None else wanted) if d.tensor.name not in known]
        groups = {tensor: group for group in recurrences(missing) for tensor in group.tensors}
        with np.errstate(all="ignore"):
            for definition in missing:
                if definition.tensor not in groups:
                    found[definition.tensor.name] = self._define(definition, found, numbers)
                elif definition.tensor.name not in found:
                    found.update(define_group(groups[definition.tensor], found, self.sizes, numbers))
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
        way = self._way(target, numerator)
        computed, bare = {definition.tensor.name for definition in way}, _without_derivatives(way)
        analytic = not others and self.is_simple(numerator, target)

        def moved(place: Place) -> Callable[[Numbers, Any], Arrays]:
            def start(over: Numbers, step: Any) -> Arrays:
                arrays = {name: lifted(array, over) for name, array in known.items() if name not in computed}
                arrays[target.name] = lifted(known[target.name], over).copy()
                arrays[target.name][place] = arrays[target.name][place] + step
                return arrays

            return start

        def function(place: Place) -> Function:
            start = moved(place)

            def at(over: Numbers, step: Any) -> Array:
                return self._derivative(numerator, others, self.values(start(over, step), over, way), over)

            choosing = (lambda over, step: self.values(start(over, step), over, bare)) if has_kinks(bare) else None
            return Function(at, own, choosing)

        own = tuple(n for tensor in (numerator, *others) for n in known[tensor.name].shape)
        shape = known[target.name].shape
        chosen = set(self.places(target, list(np.ndindex(shape))))
        columns = [slope(function(place), numbers, analytic) if place in chosen else None for place in np.ndindex(shape)]
        return _side_by_side(columns, own, shape)

    def is_simple(self, numerator: Tensor, target: Tensor) -> bool:
        """Whether numbers on the way may be complex, none being a derivative."""
        way = self._way(target, numerator)
        return is_analytic(operators_of(way)) and not any(isinstance(definition.body, Derivative) for definition in way)

    def _way(self, target: Tensor, numerator: Tensor) -> list[Definition]:
        """The definitions through which a tensor depends on another."""
        uses = {d.tensor: _used(d) for d in self.program.definitions if d.tensor is not target}
        users: dict[Tensor, set[Tensor]] = {}
        for tensor, used in uses.items():
            for one in used:
                users.setdefault(one, set()).add(tensor)
        between = _reachable(target, users) & _reachable(numerator, uses)
        return list(grouped([definition for definition in self.program.definitions if definition.tensor in between - {target}]))


def _reachable(start: Tensor, leads_to: Mapping[Tensor, set[Tensor]]) -> set[Tensor]:
    found, waiting = {start}, [start]
    while waiting:
        more = leads_to.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def _used(definition: Definition) -> set[Tensor]:
    """What a definition moves with: not what `stop` holds still."""
    found, seen = set(), set()
    stack: list[Node] = [definition.body]
    while stack:
        node = stack.pop()
        if node not in seen and not isinstance(node, Stop):
            seen.add(node)
            stack.extend(node.children)
            if isinstance(node, Access | Target):
                found.add(node.tensor)
    return found


def operators_of(definitions: Iterable[Definition]) -> set[str]:
    """The names of the elementwise operators in definitions, and of reductions that are no sums of complex numbers either."""
    found = [node for definition in definitions for node in walk(definition.body)]
    names = {node.operator.name for node in found if isinstance(node, Apply)}
    return names | {node.operation for node in found if isinstance(node, Reduce) and node.operation == "logdet"}


def lifted(array: Array, numbers: Numbers) -> Array:
    """Numbers as those of a larger kind; whole numbers as they are."""
    if array.dtype.kind == "i":
        return array
    return numbers.lift(array) if isinstance(numbers, Duals) else numbers.convert(array)


def _without_derivatives(way: Sequence[Definition]) -> list[Definition]:
    """Those that are no derivatives and depend on none."""
    without = {definition.tensor for definition in way if isinstance(definition.body, Derivative)}
    kept = []
    for definition in way:
        if definition.tensor in without or without & _used(definition):
            without.add(definition.tensor)
        else:
            kept.append(definition)
    return kept


def slope(function: Function, numbers: Numbers, analytic: bool) -> Array:
    """Over floats by differences; over residues, whose functions are all rational, by dual numbers."""
    if isinstance(numbers, Floats):
        return complex_step(function) if analytic else extrapolated(function)
    duals = Duals(numbers)
    return duals.slopes(function.at(duals, Dual(0, 1)))


def _side_by_side(columns: Sequence[Array | None], own: Place, shape: Place) -> Array:
    """Arrays of one shape along new axes, which come last; NaN for those left out."""
    missing = np.full(own, np.nan)
    arrays = [missing if column is None else column for column in columns]
    return np.stack(arrays, axis=-1).reshape((*own, *shape)) if arrays else np.empty((*own, *shape))
