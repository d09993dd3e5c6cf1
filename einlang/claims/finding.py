"""What became of a derivative that was put to the test: a record, and a verdict."""

from __future__ import annotations

from typing import NamedTuple

NEAR = 1e-6
"""Largest deviation, of the largest element, for which a derivative is right: trusted differences are that good."""


class Finding(NamedTuple):
    """What became of one derivative.

    Attributes:
        formula: the derivative in the notation, or the tensor that uses derivatives.
        steps: by what kind of steps it was tested; why it was not, if `elements` is 0.
        checked, elements: how many of its elements were compared, over all data; others are at kinks, or left out as too many.
        exact: whether it is equal modulo two primes; None where it is not rational.
        deviation: the largest difference, relative to the largest element, or to a small part of the numerator.
        largest: the largest element.
        place: where it is.
        rule, step: the values there.
    """

    formula: str
    steps: str
    checked: int = 0
    elements: int = 0
    exact: bool | None = None
    deviation: float = 0.0
    largest: float = 0.0
    place: tuple[int, ...] = ()
    rule: float = 0.0
    step: float = 0.0

    @property
    def verdict(self) -> str:
        """`right`, `wrong`, or `unchecked`."""
        if self.exact is False or not self.deviation <= NEAR:
            return "wrong"
        return "right" if self.checked or self.exact else "unchecked"
