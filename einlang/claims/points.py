"""Sides computed: in goes a program whose outputs are the sides of a claim, out come their values at random points.

Floats are compared to a tolerance that the conditioning of the sides gives: the difference of their values in float32 and in
float64 is about 2^29 times the rounding error in float64. It is looked at for all points, since at one it may be 0 by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from einlang.claims.data import Generator, floats, residues, sorts, whole_floats
from einlang.claims.facts import satisfied
from einlang.claims.meaning import Arrays
from einlang.claims.shapes import Sizes
from einlang.ir.arrays import Array
from einlang.ir.exact import PRIME, Residues
from einlang.ir.interpret import Floats, interpret, interpret_over
from einlang.ir.program import Program

PRIMES = (PRIME, 2**89 - 1)
TRIES = 5
ROUNDING = 2.0**-29
NOISE, RELATIVE = 1000, 1e-10
REALS = Floats(np.dtype(np.float64))


@dataclass(frozen=True, slots=True)
class Point:
    """The sides of a claim for some data.

    Attributes:
        noise: by how much they differ from their values in float32.
        tolerance: by how much rounding may set them apart.
        assumed: whether the data satisfies what the program assumes.
    """

    sizes: Sizes
    sides: tuple[Array, ...]
    noise: float
    assumed: bool = True
    tolerance: float = 0.0

    @property
    def known(self) -> Array:
        """At which positions all sides have a value."""
        return np.asarray(np.all([np.isfinite(side) for side in self.sides], axis=0))

    def differs(self, left: int, right: int) -> Array:
        """At which positions two sides differ."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.known & (np.abs(self.sides[left] - self.sides[right]) > self.tolerance))


def exact_points(program: Program, sides: Program, sizes: Sizes, generator: Generator) -> Iterator[bool | None]:
    """For each prime: whether all sides are equal at a random point; None where no point is found."""
    for prime in PRIMES:
        yield _exact_point(program, sides, sizes, Residues(prime), generator)


def _exact_point(program: Program, sides: Program, sizes: Sizes, numbers: Residues, generator: Generator) -> bool | None:
    for _ in range(TRIES):
        try:
            arrays = satisfied(program, numbers, residues(program, sizes, numbers, generator))
            if arrays is None:
                return None
            found = interpret_over(numbers, sides, arrays)
        except ZeroDivisionError:
            continue
        except ValueError:
            return None
        values = [numbers.convert(found[tensor.name]) for tensor in sides.outputs]
        return all(bool(np.all(values[0] == value)) for value in values[1:])
    return None


def float_point(program: Program, sides: Program, sizes: Sizes, generator: Generator) -> Point | None:
    """The sides for data of the most general sort for which they are finite at all positions, else at most; None if at none.

    There is none either where something is read out of bounds, at fixed positions and for small sizes.
    """
    best: Point | None = None
    for chosen in sorts(program, generator):
        positive = "any" not in chosen.values()
        try:
            point = _point(program, sides, sizes, floats(program, sizes, chosen, generator), positive)
        except ValueError:
            return None
        if best is None or np.sum(point.known) > np.sum(best.known):
            best = point
        if np.all(best.known):
            break
    return best if best is not None and np.any(best.known) else None


def whole_point(program: Program, sides: Program, sizes: Sizes, generator: Generator) -> Point:
    """The sides for data of small whole numbers."""
    return _point(program, sides, sizes, whole_floats(program, sizes, generator), True)


def _point(program: Program, sides: Program, sizes: Sizes, drawn: Arrays, positive: bool) -> Point:
    arrays = satisfied(program, REALS, drawn, positive=positive)
    given = drawn if arrays is None else arrays
    values = _values(sides, given, "float64")
    return Point(sizes, values, _noise(values, _values(sides, given, "float32")), arrays is not None)


def _values(sides: Program, arrays: Mapping[str, Array], dtype: str) -> tuple[Array, ...]:
    found = interpret(sides, arrays, dtype)
    return tuple(found[tensor.name].astype(np.float64) for tensor in sides.outputs)


def _noise(values: Sequence[Array], coarse: Sequence[Array]) -> float:
    with np.errstate(invalid="ignore"):
        return _largest(np.stack([np.abs(fine - rough) for fine, rough in zip(values, coarse, strict=True)]))


def tolerant(points: Iterable[Point]) -> list[Point]:
    """The points with their tolerances."""
    found = list(points)
    rounding = NOISE * ROUNDING * max((point.noise for point in found), default=0.0)
    return [replace(point, tolerance=rounding + RELATIVE * _largest(np.abs(point.sides))) for point in found]


def _largest(array: Array) -> float:
    return float(np.max(array, initial=0.0, where=np.isfinite(array)))
