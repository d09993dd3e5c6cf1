"""Line search: in go a point and a direction, out comes a point along it where the value is lower by enough, or None."""

from __future__ import annotations

from typing import NamedTuple

from einlang.training.minimisation import Array
from einlang.training.objective import Objective, Point

SUFFICIENT = 1e-4
"""The part of the decrease that the gradient promises which is enough."""
SHORTEST = 2.0**-40
"""Lengths below this part of the first are not tried."""
ROUNDING = 8
"""By so many units in the last place a value may lie too high: what rounding may do to it near a minimum."""


class Found(NamedTuple):
    """A point along a direction, and its distance as a multiple of the direction."""

    point: Point
    length: float


def backtrack(objective: Objective, start: Point, direction: Array, length: float = 1.0) -> Found | None:
    """The first of `length`, `length` / 2, … with f(x + α p) <= f(x) + c α ∇f(x)·p and everything finite; None where none has it.

    Algorithm 3.1 (Backtracking Line Search) of J. Nocedal and S. Wright, *Numerical Optimization*, 2nd edition (2006), with
    ρ = 1/2 and c = 1e-4. Where rounding would hide the decrease, the gradient decides: ∇f(x + α p)·p <= (2c - 1) ∇f(x)·p, which
    is the same condition for a parabola (W. Hager and H. Zhang, *SIAM Journal on Optimization* 16, 2005), and a value that is no
    higher but for rounding.
    """
    shortest = length * SHORTEST
    while length > shortest:
        point = objective.at(start.x + length * direction)
        if point.is_finite and _is_lower(objective, start, point, direction):
            return Found(point, length)
        length /= 2
    return None


def _is_lower(objective: Objective, start: Point, point: Point, direction: Array) -> bool:
    """Whether a point is lower by enough."""
    promised = float(start.gradient @ (point.x - start.x))
    rounding = ROUNDING * objective.precision * abs(start.value)
    if -promised > rounding:
        return point.value <= start.value + SUFFICIENT * promised
    slopes = float(start.gradient @ direction), float(point.gradient @ direction)
    return point.value <= start.value + rounding and slopes[1] <= (2 * SUFFICIENT - 1) * slopes[0]
