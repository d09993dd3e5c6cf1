"""Gradient descent: in go a program, a scalar output and arrays, out comes a record of the way to a minimum."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from einlang.call import CallValueError
from einlang.program import Names, Program
from einlang.training.minimisation import Callback, Minimisation
from einlang.training.objective import Objective, Point
from einlang.training.search import backtrack
from einlang.training.walk import Ending, Limits, Method, Move, failure, walk


def gradient_descent(
    program: Program,
    output: str,
    given: Mapping[str, Any],
    wrt: Names = None,
    *,
    rate: float | None = None,
    steps: int = 1000,
    tolerance: float | None = None,
    callback: Callback | None = None,
) -> Minimisation:
    """Minimise a scalar output by steps against its gradient: w <- w - α ∂L/∂w.

    Args:
        program: any program with a scalar output or definition of that name.
        given: its inputs by name, as for a call; the params' arrays are where it starts from, and stay as they are.
        wrt: the inputs that it changes, one name or several; by default the params that the output depends on.
        rate: α, the same for every step; without it, each step is found by a line search (Algorithm 3.1 of Nocedal and Wright,
            *Numerical Optimization*) that begins at twice the length of the step before.
        steps: how many steps are made at most.
        tolerance: it has converged where the Euclidean norm of the gradient over all params is at most this; by default 1e-8 for
            a program in float64, 1e-4 in float32.
        callback: called with a `Step` and the params after each step, the start included.

    Returns a `Minimisation`. It fails where the value or the gradient is not finite, or no step lowers the value.
    Raises CallError for wrong names, shapes and types, or options.
    """

    if rate is not None and not rate > 0:
        raise CallValueError(f"rate= is a positive number; it is {rate}")
    method = Method(_searched if rate is None else partial(_fixed, rate), lambda objective, point: "")
    return walk(Objective(program, output, given, wrt), method, Limits(steps, tolerance), callback)


def _fixed(rate: float, objective: Objective, point: Point, _: float) -> Move | Ending:
    reached = objective.at(point.x - rate * point.gradient)
    return Move(reached, rate) if reached.is_finite else failure(f"a step with rate {rate} leads to what is not finite")


def _searched(objective: Objective, point: Point, last: float) -> Move | Ending:
    first = 2 * last or 1 / max(1.0, point.gradient_norm)
    found = backtrack(objective, point, -point.gradient, first)
    return Move(*found) if found else failure("no step against the gradient lowers the value")
