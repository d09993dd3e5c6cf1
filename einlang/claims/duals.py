"""Dual numbers: in go numbers of any ring, out come pairs f + f' ε with ε² = 0, whose second part is a derivative without error.

Over residues they are power series cut after ε, and the coefficient of ε is exact; duals of duals give second derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from einlang.ir.arrays import ALONG, POINTWISE, Array
from einlang.ir.interpret import Numbers


@dataclass(frozen=True, slots=True)
class Dual:
    """`value` + `slope` ε."""

    value: Any
    slope: Any

    def __add__(self, other: object) -> Dual:
        right = _dual(other)
        return Dual(self.value + right.value, self.slope + right.slope)

    def __mul__(self, other: object) -> Dual:
        right = _dual(other)
        return Dual(self.value * right.value, self.value * right.slope + self.slope * right.value)

    def __truediv__(self, other: object) -> Dual:
        return self * _dual(other) ** -1

    def __pow__(self, exponent: int) -> Dual:
        if exponent == 0:
            return Dual(self.value**0, self.slope * 0)
        return Dual(self.value**exponent, self.slope * self.value ** (exponent - 1) * exponent)

    __radd__ = __add__
    __rmul__ = __mul__


def _dual(number: object) -> Dual:
    return number if isinstance(number, Dual) else Dual(number, 0)


@dataclass(frozen=True, slots=True)
class Duals:
    """The numbers of a program are duals of those of `base`, in arrays of objects."""

    base: Numbers
    pointwise: Mapping[str, Callable[..., Array]] = field(default_factory=lambda: POINTWISE)
    along: Mapping[str, Callable[[Array, tuple[int, ...]], Array]] = field(default_factory=lambda: ALONG)

    def literal(self, value: Fraction) -> Any:
        return np.asarray(Dual(self.base.literal(value).item(), 0), object)

    def constant(self, value: float) -> Any:
        return np.asarray(Dual(self.base.constant(value).item(), 0), object)

    def convert(self, array: Array) -> Array:
        return _each(lambda item: item if isinstance(item, Dual) else self._constant(item), array)

    def _constant(self, item: Any) -> Dual:
        return Dual(self.base.convert(np.asarray(item)).item(), 0)

    def power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(np.power(self.convert(base), exponent.astype(object)), object)

    def solve(self, matrix: Array, right: Array) -> Array:
        """From A x = b follows A x' = b' - A' x."""
        (a, b), (da, db) = ([self.base.convert(_part(array, part)) for array in (matrix, right)] for part in ("value", "slope"))
        found = self.base.solve(a, b)
        moved = np.sum(da * found[..., None, :], axis=-1) if da.size else db
        slopes = self.base.solve(a, self.base.convert(db + moved * -1))
        return np.asarray(np.frompyfunc(Dual, 2, 1)(found, slopes), object)

    def lift(self, array: Array) -> Array:
        """Numbers of `base` as duals that do not depend on ε."""
        return _each(lambda item: Dual(item, 0), self.base.convert(array))

    def slopes(self, array: Array) -> Array:
        """The coefficients of ε, numbers of `base`."""
        return self.base.convert(_each(lambda item: item.slope, array))


def _part(array: Array, part: str) -> Array:
    return _each(lambda item: getattr(_dual(item), part), array)


def _each(function: Callable[[Any], Any], array: Array) -> Array:
    return np.asarray(np.frompyfunc(function, 1, 1)(array), object) if array.size else array.astype(object)
