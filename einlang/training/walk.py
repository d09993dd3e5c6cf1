"""Step after step: in go an objective and what makes a step, out comes a record of how that ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from einlang.call import CallValueError
from einlang.training.minimisation import Callback, Minimisation, Outcome, Step
from einlang.training.objective import Objective, Point

TOLERANCES = {"float32": 1e-4, "float64": 1e-8}
"""How small the gradient's norm must be, unless a call says so."""


class Move(NamedTuple):
    """A step that was made: where it led, its length, and what was added to the Hessian's diagonal."""

    point: Point
    length: float
    shift: float = 0.0


class Ending(NamedTuple):
    """Why no step is made any more."""

    outcome: Outcome
    reason: str


def failure(reason: str) -> Ending:
    """The end of what cannot go on."""
    return Ending("failed", reason)


class Method(NamedTuple):
    """How steps are made: `move` takes a point and the length of the step before (0 at first); `judge` takes a point where the
    gradient is small, and says whether that is a failure, or what is to be said of it."""

    move: Callable[[Objective, Point, float], Move | Ending]
    judge: Callable[[Objective, Point], Ending | str]


class Limits(NamedTuple):
    """So many steps at most, and how small the gradient's norm must be (None: by the float type)."""

    steps: int
    tolerance: float | None


def walk(objective: Objective, method: Method, limits: Limits, callback: Callback | None) -> Minimisation:
    """Make steps until the gradient is small, the limit is reached or no step can be made.

    Raises CallError for limits that cannot be.
    """
    chosen = _checked(limits, objective)
    point, history = objective.start, [_step(0, Move(objective.start, 0.0))]
    while True:
        if callback is not None:
            callback(history[-1], objective.params(point.x))
        following = _end(objective, method, chosen, point, history[-1]) or _moved(objective, method, point, history[-1])
        if isinstance(following, Ending):
            return Minimisation(*following, objective.params(point.x), tuple(history), objective.evaluations)
        point = following.point
        history.append(_step(len(history), following))


def _checked(limits: Limits, objective: Objective) -> Limits:
    steps, tolerance = limits
    chosen = TOLERANCES[objective.dtype.name] if tolerance is None else tolerance
    if steps < 0 or not chosen >= 0:
        raise CallValueError(f"steps= and tolerance= are not negative; they are {steps} and {chosen}")
    return Limits(steps, chosen)


def _end(objective: Objective, method: Method, limits: Limits, point: Point, last: Step) -> Ending | None:
    """How it ends here; None where it goes on."""
    if not point.is_finite:
        return failure("the value or the gradient is not finite at the start")
    norm, enough = f"the gradient's norm is {last.gradient_norm:.2g}", limits.tolerance or 0.0
    if last.gradient_norm <= enough:
        found = method.judge(objective, point)
        return found if isinstance(found, Ending) else Ending("converged", f"{norm}, at most {enough:.2g}{found}")
    return Ending("step limit", f"{norm}, more than {enough:.2g}") if last.number >= limits.steps else None


def _moved(objective: Objective, method: Method, point: Point, last: Step) -> Move | Ending:
    moved = method.move(objective, point, last.length)
    if isinstance(moved, Move) and np.array_equal(moved.point.x, point.x):
        return failure("the step is so short that rounding leaves nothing of it")
    return moved


def _step(number: int, move: Move) -> Step:
    return Step(number, move.point.value, move.point.gradient_norm, move.length, move.shift)
