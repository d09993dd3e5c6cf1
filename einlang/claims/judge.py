"""Claims put to the test: in go a program without derivatives and an equation of it, out comes a judgement.

Where the sides are rational they are computed modulo two primes at random points of several sizes, which settles the claim but
for a chance of about degree / 2^61; else in float64 on random data of several sizes, to a tolerance that the conditioning gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from einlang.claims.data import Generator
from einlang.claims.judgement import Judgement, Mismatch
from einlang.claims.points import PRIMES, Point, exact_points, float_point, tolerant, whole_point
from einlang.claims.relations import relation
from einlang.claims.shapes import numbers_held, small_sizes
from einlang.claims.sides import sides_of
from einlang.ir.arrays import Array
from einlang.ir.exact import rational
from einlang.ir.extent import Extent
from einlang.ir.nodes import Abstract, Access, Index, Reduce, Size, Solve
from einlang.ir.program import Equation, Program
from einlang.ir.realise import realise
from einlang.tree import Node, walk

SHAPES, DRAWS = 4, 2
FUNCTIONS = 2
MISSED = 8
"""After so many tries that find no point, arithmetic modulo a prime is given up."""
MOST_EXACT, MOST = 100_000, 20_000_000
"""So many numbers of each kind the oracle may hold."""


def judge(program: Program, equation: Equation) -> Judgement:
    """Whether the sides of an equation of a program are equal for all data that the program assumes.

    Where they depend on something abstract, random functions stand for it: sines, then polynomials.
    """
    if not any(isinstance(node, Abstract) for d in sides_of(program, equation).definitions for node in walk(d.body)):
        return _judged(program, equation)
    place = program.checks.index(equation)
    for seed, exact in product(range(FUNCTIONS), (False, True)):
        concrete = realise(program, seed, rational=exact)
        found = _judged(concrete, concrete.checks[place])
        if not found:
            break
    return replace(found, how=f"{found.how}, with random functions for what is abstract")


def _judged(program: Program, equation: Equation, seed: int = 0) -> Judgement:
    claim = _Claim(program, equation, sides_of(program, equation), np.random.default_rng(seed))
    exact = claim.exactly()
    return claim.numerically() if exact is None else exact


@dataclass(frozen=True, slots=True)
class _Claim:
    program: Program
    equation: Equation
    sides: Program
    generator: Generator

    def exactly(self) -> Judgement | None:
        """The judgement by arithmetic modulo primes; None where that cannot tell."""
        if not rational(self.sides):
            return None
        tested = missed = 0
        for sizes in small_sizes(self.program, self.generator):
            if numbers_held(self.sides, sizes) > MOST_EXACT or missed > MISSED:
                return None
            if tested >= SHAPES * len(PRIMES):
                break
            for equal in exact_points(self.program, self.sides, sizes, self.generator):
                if equal is False:
                    how = "found by exact arithmetic modulo a prime"
                    shown = self._failing(tolerant(self._shown(sizes)), how)
                    return self._fails_beyond_floats() if shown is None else shown
                tested += equal is True
                missed += equal is None
        where = f"{tested} random points of small sizes"
        return Judgement(self.equation.text, "holds", f"exactly: modulo 2 primes at {where}") if tested else None

    def _shown(self, sizes: dict[str, int]) -> Iterator[Point]:
        """Floats that show what residues found: small whole numbers first, then any, of several sizes."""
        for _ in range(DRAWS):
            yield whole_point(self.program, self.sides, sizes, self.generator)
        yield from self._points()

    def _fails_beyond_floats(self) -> Judgement:
        how = "the sides differ modulo a prime, though by less than the rounding of a float64 on random data"
        return Judgement(self.equation.text, "fails", how)

    def numerically(self) -> Judgement:
        """The judgement by float64."""
        points = tolerant(self._points())
        compared = int(sum(np.sum(point.known) for point in points))
        if not compared:
            return Judgement(self.equation.text, "unchecked", self._why_unchecked())
        assumed = all(point.assumed for point in points)
        failing = self._failing(points, "found on random data, in float64")
        if failing is None:
            where = f"at {compared} positions of random data in {len(points)} sizes and draws"
            notes = [
                *([] if assumed else ["the data does not satisfy what the program assumes"]),
                *([] if all(np.all(point.known) for point in points) else ["where a side is not finite, nothing was compared"]),
            ]
            return Judgement(self.equation.text, "holds", "; ".join([f"to rounding: {where}", *notes]))
        if assumed:
            return failing
        how = "no data was found that satisfies what the program assumes; without that, the sides differ"
        return Judgement(self.equation.text, "unchecked", how)

    def _points(self) -> Iterator[Point]:
        found = 0
        for sizes in small_sizes(self.program, self.generator):
            if found == SHAPES * DRAWS or numbers_held(self.sides, sizes) > MOST:
                return
            for _ in range(DRAWS):
                point = float_point(self.program, self.sides, sizes, self.generator)
                if point is not None:
                    found += 1
                    yield point

    def _why_unchecked(self) -> str:
        sizes = next(small_sizes(self.program, self.generator), None)
        if sizes is None:
            return "no small sizes were found that the program allows"
        if numbers_held(self.sides, sizes) > MOST:
            return "the sizes that the program fixes are too large to test it"
        return "no random data was found for which all sides are finite"

    def _failing(self, points: Sequence[Point], how: str) -> Judgement | None:
        """The first `=` that fails, where it does so first."""
        for point in points:
            for right in range(1, len(point.sides)):
                if np.any(differing := point.differs(right - 1, right)):
                    mismatch = self._mismatch(point, right, differing, points)
                    return Judgement(self.equation.text, "fails", how, mismatch)
        return None

    @property
    def _sizes(self) -> set[str]:
        """The sizes that the sides depend on and that data gives."""
        found = (node for definition in self.sides.definitions for node in (*definition.indices, *walk(definition.body)))
        extents = [extent for node in found for extent in _extents(node)]
        return {size for extent in extents for size in extent.sizes} & set(self.program.given_sizes)

    def _mismatch(self, point: Point, right: int, differing: Array, points: Sequence[Point]) -> Mismatch:
        before, after = point.sides[right - 1], point.sides[right]
        apart = np.where(differing, np.abs(before - after), -1.0)
        place = np.unravel_index(int(np.argmax(apart)), apart.shape)
        return Mismatch(
            side=right + 1,
            sides=len(point.sides),
            indices={index.name: int(n) for index, n in zip(self.equation.indices, place, strict=True)},
            left=float(before[place]),
            right=float(after[place]),
            sizes={name: size for name, size in point.sizes.items() if name in self._sizes},
            positions=int(np.sum(point.known)),
            differing=int(np.sum(differing)),
            hint=relation(self.equation, points, right - 1, right),
        )


def _extents(node: Node) -> Iterator[Extent]:
    """The extents that a node speaks of."""
    match node:
        case Index(_, extent) | Size(extent):
            yield extent
        case Access(tensor):
            yield from tensor.shape
        case Reduce() | Solve():
            yield from (index.extent for index in node.binds)
