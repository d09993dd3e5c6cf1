"""Exact evaluation modulo a prime: in go a rational program and whole numbers, out come residues, by the oracle's own rules.

Two rational expressions that agree at random points modulo a large prime are equal for all numbers, but for a chance of
about degree / prime (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from einlang.ir.arrays import ALONG, POINTWISE, Array
from einlang.ir.interpret import interpret_over
from einlang.ir.kinds import kinds_of_all
from einlang.ir.nodes import Apply, Derivative, Infinity, Number, Pi, Pow, Reduce
from einlang.ir.program import Program
from einlang.tree import walk

PRIME = 2**61 - 1


@dataclass(frozen=True, slots=True)
class Residue:
    """A whole number modulo a prime. Division by zero raises ZeroDivisionError."""

    value: int
    prime: int

    def _of(self, other: object) -> int:
        return other.value if isinstance(other, Residue) else int(other)  # type: ignore[call-overload]

    def _with(self, value: int) -> Residue:
        return Residue(value % self.prime, self.prime)

    def __add__(self, other: object) -> Residue:
        return self._with(self.value + self._of(other))

    def __mul__(self, other: object) -> Residue:
        return self._with(self.value * self._of(other))

    def __truediv__(self, other: object) -> Residue:
        return self * self._with(self._of(other)) ** -1

    def __pow__(self, exponent: int) -> Residue:
        if exponent < 0 and self.value == 0:
            raise ZeroDivisionError("division by zero modulo a prime")
        return self._with(pow(self.value, int(exponent), self.prime))

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return self.value == self._of(other) % self.prime

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class Residues:
    """The numbers of a program are residues, in arrays of objects."""

    prime: int
    pointwise: Mapping[str, Callable[..., Array]] = field(default_factory=lambda: POINTWISE)
    along: Mapping[str, Callable[[Array, tuple[int, ...]], Array]] = field(default_factory=lambda: ALONG)

    def literal(self, value: Fraction) -> Any:
        return np.asarray(Residue(value.numerator % self.prime, self.prime) / value.denominator, object)

    def constant(self, value: float) -> Any:
        if math.isnan(value):
            return self.literal(Fraction(0))
        raise ValueError(f"{value} is no rational number")

    def convert(self, array: Array) -> Array:
        def convert(item: Any) -> Residue:
            return item if isinstance(item, Residue) else Residue(int(item) % self.prime, self.prime)

        return np.asarray(np.frompyfunc(convert, 1, 1)(array), object) if array.size else array.astype(object)

    def power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(np.power(self.convert(base), exponent.astype(object)), object)

    def solve(self, matrix: Array, right: Array) -> Array:
        found = np.empty(right.shape, object)
        for place in np.ndindex(*right.shape[:-1]):
            found[place] = _solved(self.convert(matrix[place]), self.convert(right[place]))
        return found


def _solved(matrix: Array, right: Array) -> Array:
    """The solution of one system, by Gauss and Jordan."""
    count = len(right)
    rows = np.concatenate([matrix.reshape(count, count), right[:, None]], axis=1)
    for column in range(count):
        pivot = next((row for row in range(column, count) if rows[row, column] != 0), None)
        if pivot is None:
            raise ZeroDivisionError("a system of equations that is singular modulo a prime")
        rows[[column, pivot]] = rows[[pivot, column]]
        rows[column] = rows[column] / rows[column, column]
        for row in (row for row in range(count) if row != column):
            rows[row] = rows[row] + rows[column] * (rows[row, column] * -1)
    return np.asarray(rows[:, count], object)


def interpret_exact(program: Program, inputs: Mapping[str, object], prime: int = PRIME) -> dict[str, Array]:
    """The arrays of all definitions by name, whole numbers from 0 to `prime` - 1.

    Raises ValueError as `interpret` does and where the program is not rational, ZeroDivisionError where it divides by zero.
    """
    for reason in why_not_rational(program):
        raise ValueError(f"the program is not rational: {reason}")
    found = interpret_over(Residues(prime), program, inputs)
    values = np.frompyfunc(lambda item: item.value if isinstance(item, Residue) else int(item), 1, 1)
    return {name: np.asarray(values(array), object) for name, array in found.items()}


def why_not_rational(program: Program) -> Iterator[str]:
    """What stands in the way of evaluating a program modulo a prime, if anything."""
    for definition in program.definitions:
        kinds = kinds_of_all(definition.body)
        for node in walk(definition.body):
            whole = all(kinds[child] != "float" for child in node.children)
            match node:
                case Apply(operator) if not whole:
                    yield f"{operator.name} in {definition.tensor.name}"
                case Reduce(operation) if operation not in ("sum", "prod"):
                    yield f"{operation} in {definition.tensor.name}"
                case Pow(_, exponent) if not (isinstance(exponent, Number) and exponent.value.denominator == 1):
                    yield f"a power in {definition.tensor.name}"
                case Pi() | Infinity() | Derivative():
                    yield f"{type(node).__name__.lower()} in {definition.tensor.name}"


def rational(program: Program) -> bool:
    """Whether `interpret_exact` can evaluate it."""
    return next(why_not_rational(program), None) is None
