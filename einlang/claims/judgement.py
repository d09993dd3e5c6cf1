"""What became of a claim: in go findings, out come records that are true where the claim holds, and their text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

DIGITS = (6, 9, 13)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a claim fails.

    Attributes:
        side: the number of the side, from 1, that differs from the one before it.
        sides: how many there are.
        indices: at which position.
        left, right: the values there.
        sizes: of the data for which it was found.
        positions, differing: at how many positions of this data the sides were compared, and differ.
        hint: how the sides are related, where that is simple.
    """

    side: int
    sides: int
    indices: dict[str, int]
    left: float
    right: float
    sizes: dict[str, int]
    positions: int
    differing: int
    hint: str = ""

    @property
    def values(self) -> tuple[str, str]:
        """Both values, to as many digits as tell them apart."""
        spellings = (tuple(spelled(value, digits) for value in (self.left, self.right)) for digits in DIGITS)
        return next(((left, right) for left, right in spellings if left != right), (repr(self.left), repr(self.right)))

    @property
    def place(self) -> str:
        """`i = 0, j = 1`, or '' for scalars."""
        return ", ".join(f"{name} = {position}" for name, position in self.indices.items())

    @property
    def data(self) -> str:
        """`b = 2, k = 3`."""
        return ", ".join(f"{name} = {size}" for name, size in self.sizes.items())


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim and what testing it found; true where it holds.

    Attributes:
        text: the claim as it was written.
        verdict: `unchecked` where it could not be tested.
        how: by what means it was tested, or why it was not.
        mismatch: where it fails.
    """

    text: str
    verdict: Literal["holds", "fails", "unchecked"]
    how: str
    mismatch: Mismatch | None = None

    def __bool__(self) -> bool:
        return self.verdict == "holds"

    def __str__(self) -> str:
        if self.mismatch is None:
            return f"{self.verdict}: {self.text}\n  {self.how}"
        return "\n".join([f"fails: {self.text}", *(f"  {line}" for line in _lines(self.mismatch)), f"  {self.how}"])

    def __repr__(self) -> str:
        return f"<{self}>"


def _lines(found: Mismatch) -> list[str]:
    """A line for each thing to say of a mismatch."""
    before, after = side_names(found.side, found.sides)
    left, right = found.values
    where = f" at {found.place}" if found.place else ""
    lines = [f"{before} is {left} and {after} is {right}{where}"]
    if found.data:
        lines[0] += f" (with the sizes {found.data})"
    if found.positions > 1:
        lines.append(f"they differ at {found.differing} of {found.positions} positions")
    return [*lines, found.hint] if found.hint else lines


def side_names(side: int, sides: int) -> tuple[str, str]:
    """What to call a side and the one before it."""
    return ("the left side", "the right side") if sides == 2 else (f"side {side - 1}", f"side {side}")


def spelled(value: float, digits: int) -> str:
    """A number for people: `3`, `7/3` where it is that to rounding, else some digits."""
    if not math.isfinite(value):
        return str(value).replace("nan", "NaN")
    near = Fraction(value).limit_denominator(999)
    if abs(float(near) - value) <= 1e-13 * abs(value) and abs(near.numerator) < 10**6:
        return str(near)
    return f"{value:.{digits}g}"
