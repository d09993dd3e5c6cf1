"""The number types a program runs in: a name in, its spellings out; an exact number in, a float out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class DType:
    """A row: the NumPy name, the C type, the suffix of C functions and literals, and the bytes of one number."""

    name: str
    c: str
    suffix: str
    literal: str
    itemsize: int


FLOAT32 = DType("float32", "float", "f32", "f", 4)
FLOAT64 = DType("float64", "double", "f64", "", 8)
INT64 = DType("int64", "int64_t", "i64", "", 8)
FLOATS = {row.name: row for row in (FLOAT32, FLOAT64)}


def to_float(value: Fraction) -> float:
    """The nearest float64; infinity where the number is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
