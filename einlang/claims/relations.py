"""Simple relations of two unequal sides: in go their values at some points, out comes a sentence that helps, or ''.

Most wrong claims are wrong by a factor, a sign, a size, a constant, two indices exchanged, or a δ left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations, permutations

import numpy as np

from einlang.claims.judgement import side_names
from einlang.claims.points import Point
from einlang.ir.arrays import Array
from einlang.ir.program import Equation

FEWEST = 3
"""Points at which a relation must hold."""
MOST_AXES = 4
NEAR = 1e-8


def relation(equation: Equation, points: Sequence[Point], left: int, right: int) -> str:
    """How two sides are related wherever they were computed."""
    if len(points) < FEWEST or not all(np.all(point.known) for point in points):
        return ""
    names = side_names(right + 1, len(equation.sides))
    ways = (
        _factors(names, points, left, right),
        _exchanges(equation, points, left, right),
        _deltas(equation, names, points, left, right),
        _offsets(names, points, left, right),
    )
    return next(chain(*ways), "")


def _factors(names: tuple[str, str], points: Sequence[Point], left: int, right: int) -> Iterator[str]:
    """A number, or a size, or one divided by a size."""
    for size, wanted in _multiples(points):
        ratios = [_ratio(p.sides[left], p.sides[right] * w, p.tolerance) for p, w in zip(points, wanted, strict=True)]
        known = [ratio for ratio in ratios if ratio is not None]
        if len(known) == len(points) and np.ptp(known) <= NEAR * abs(known[0]):
            factor = Fraction(known[0]).limit_denominator(100)
            if factor and abs(float(factor) - known[0]) <= NEAR * abs(known[0]):
                yield _sentence(names, factor, size)


def _sentence(names: tuple[str, str], factor: Fraction, size: str) -> str:
    """Which side is how many times the other, turned so that there are few fractions."""
    if factor.numerator in (1, -1) and (factor.denominator > 1 or size.startswith("1/")):
        names, factor = names[::-1], 1 / factor
        size = size.removeprefix("1/") if size.startswith("1/") else f"1/{size}" * bool(size)
    words = [str(factor)] if factor not in (1, -1) else ["minus"] if factor < 0 else []
    times = " ".join([*words, *([size] if size else [])])
    return f"{names[0]} is {times}{'' if times == 'minus' else ' times'} {names[1]}, for all of the data"


def _multiples(points: Sequence[Point]) -> Iterator[tuple[str, list[float]]]:
    yield "", [1.0 for _ in points]
    for size in points[0].sizes:
        values = [float(point.sizes[size]) for point in points]
        if len(set(values)) > 1:
            yield size, values
            yield f"1/{size}", [1 / value for value in values]


def _ratio(left: Array, right: Array, tolerance: float) -> float | None:
    """The number that one array is of another."""
    square = float(np.sum(right * right))
    if not square:
        return None
    factor = float(np.sum(left * right)) / square
    return factor if factor and np.all(np.abs(left - factor * right) <= (1 + abs(factor)) * tolerance) else None


def _exchanges(equation: Equation, points: Sequence[Point], left: int, right: int) -> Iterator[str]:
    """Equal after indices change places."""
    names = [index.name for index in equation.indices]
    if not 2 <= len(names) <= MOST_AXES:
        return
    for order in permutations(range(len(names))):
        moved = [_moved(point.sides[right], order, point) for point in points]
        if all(m is not None and _equal(p.sides[left], m, p.tolerance) for p, m in zip(points, moved, strict=True)):
            changed = [name for name, place in zip(names, order, strict=True) if names[place] != name]
            words = f"{', '.join(f'`{name}`' for name in changed[:-1])} and `{changed[-1]}`"
            yield f"they would be equal with {words} exchanged on one side"


def _moved(array: Array, order: Sequence[int], point: Point) -> Array | None:
    moved = np.transpose(array, order)
    return moved if moved.shape == array.shape else None


def _deltas(equation: Equation, names: tuple[str, str], points: Sequence[Point], left: int, right: int) -> Iterator[str]:
    """A δ that one side lacks."""
    for a, b in combinations(range(len(equation.indices)), 2):
        if equation.indices[a].extent is equation.indices[b].extent:
            pair = f"δ[{equation.indices[a].name},{equation.indices[b].name}]"
            for name, whole, part in ((names[1], left, right), (names[0], right, left)):
                if all(_equal(p.sides[whole], p.sides[part] * _diagonal(p.sides[part], a, b), p.tolerance) for p in points):
                    yield f"they would be equal with `{pair}` as a factor of {name}"


def _diagonal(array: Array, first: int, second: int) -> Array:
    """1 where two positions are the same, else 0."""
    places = np.indices(array.shape)
    return np.asarray(places[first] == places[second]) * 1.0


def _equal(left: Array, right: Array, tolerance: float) -> bool:
    return bool(np.all(np.abs(left - right) <= tolerance))


def _offsets(names: tuple[str, str], points: Sequence[Point], left: int, right: int) -> Iterator[str]:
    """A constant that one side has too much."""
    apart = [point.sides[left] - point.sides[right] for point in points]
    near = Fraction(float(np.ravel(apart[0])[0])).limit_denominator(100)
    if near and all(_equal(a, np.full_like(a, float(near)), point.tolerance) for a, point in zip(apart, points, strict=True)):
        more, other = names if near > 0 else names[::-1]
        yield f"{more} is {abs(near)} more than {other}, for all of the data"
