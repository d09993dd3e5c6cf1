"""Newton's method: in go a program, a scalar output and arrays, out comes a record of the way to a minimum."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from einlang.program import Names, Program
from einlang.training.conjugate import conjugate_direction
from einlang.training.minimisation import Array, Callback, Minimisation
from einlang.training.objective import Objective, Point
from einlang.training.search import backtrack
from einlang.training.walk import Ending, Limits, Method, Move, failure, walk

FIRST_SHIFT = 1e-3
"""The least shift, as a part of the largest entry of the Hessian."""


class Solved(NamedTuple):
    """A direction, and what was added to the diagonal to find it."""

    direction: Array
    shift: float


def newton(
    program: Program,
    output: str,
    given: Mapping[str, Any],
    wrt: Names = None,
    *,
    steps: int = 100,
    tolerance: float | None = None,
    products: bool = False,
    callback: Callback | None = None,
) -> Minimisation:
    """Minimise a scalar output by damped Newton steps: w <- w - α s with H s = ∂L/∂w, H the Hessian by all params together.

    Algorithm 3.2 (Line Search Newton with Modification) of J. Nocedal and S. Wright, *Numerical Optimization*, 2nd edition
    (2006): where H is not positive definite, or singular up to rounding, a multiple τ of the identity is added to it, the least
    of a growing row for which there is a Cholesky factor (their Algorithm 3.3); the `shift` of the step says which. α is the
    first of 1, 1/2, 1/4, … that lowers the value by enough (Algorithm 3.1). H is formed and factored: n elements of params take
    n² numbers and of the order of n³ operations a step.

    With `products`, H is never formed: Algorithm 7.1 (Line Search Newton-CG) there finds a direction by conjugate gradients from
    products with H, each of which costs a small multiple of the gradient. That is for params of many elements.

    Args:
        program: any program with a scalar output or definition of that name.
        given: its inputs by name, as for a call; the params' arrays are where it starts from, and stay as they are.
        wrt: the inputs that it changes, one name or several; by default the params that the output depends on.
        steps: how many steps are made at most.
        tolerance: it has converged where the Euclidean norm of the gradient over all params is at most this; by default 1e-8 for
            a program in float64, 1e-4 in float32.
        products: whether products with the Hessian are used in place of the Hessian.
        callback: called with a `Step` and the params after each step, the start included.

    Returns a `Minimisation`. It fails where the value, the gradient or the Hessian is not finite, where no step along the
    direction lowers the value, or where the gradient vanishes and the Hessian has a negative eigenvalue: at a saddle point or a
    maximum. Its reason says so if the Hessian is singular where it has converged: the minimum need not be the only one then.
    With `products`, where the gradient vanishes the Hessian is not looked at.
    Raises CallError for wrong names, shapes and types, or options.
    """
    method = Method(_move_by_products, lambda objective, point: "") if products else Method(_move, _judge)
    return walk(Objective(program, output, given, wrt), method, Limits(steps, tolerance), callback)


def _move_by_products(objective: Objective, point: Point, _: float) -> Move | Ending:
    direction = conjugate_direction(partial(objective.product, point.x), point.gradient)
    found = backtrack(objective, point, direction)
    return Move(*found) if found else failure("no step along Newton's direction lowers the value")


def _move(objective: Objective, point: Point, _: float) -> Move | Ending:
    hessian = objective.hessian(point.x)
    if not np.isfinite(hessian).all():
        return failure("the Hessian is not finite")
    direction, shift = _solved(hessian, point.gradient, objective.precision)
    found = backtrack(objective, point, direction)
    if found is None:
        added = f" ({shift:.2g} was added to the diagonal of the Hessian)" if shift else ""
        return failure(f"no step along Newton's direction lowers the value{added}")
    return Move(found.point, found.length, shift)


def _solved(hessian: Array, gradient: Array, precision: float) -> Solved:
    """The solution of (H + τ I) p = -g with the least τ of 0, then β, 2 β, 4 β, … that makes it positive definite."""
    least = FIRST_SHIFT * float(np.abs(hessian).max(initial=0)) or FIRST_SHIFT
    lowest = float(np.diag(hessian).min(initial=np.inf))
    shift = 0.0 if lowest > 0 else least - lowest
    while shift < np.inf and not _is_definite(shifted := hessian + shift * np.eye(len(hessian)), precision):
        shift = max(2 * shift, least)
    return Solved(-np.linalg.solve(shifted, gradient), shift)


def _is_definite(matrix: Array, precision: float) -> bool:
    """Whether a matrix is positive definite by more than rounding: it has a Cholesky factor with no pivot that rounding made."""
    try:
        pivots = np.diag(np.linalg.cholesky(matrix)) ** 2
    except np.linalg.LinAlgError:
        return False
    return bool(pivots.min(initial=np.inf) > _rounding(matrix, precision))


def _rounding(matrix: Array, precision: float) -> float:
    """How far eigenvalues may lie from the true ones if entries are as precise as that."""
    return len(matrix) * precision * float(np.abs(matrix).max(initial=0))


def _judge(objective: Objective, point: Point) -> Ending | str:
    """What the Hessian says of a point where the gradient vanishes."""
    hessian = objective.hessian(point.x)
    if not np.isfinite(hessian).all():
        return failure("the gradient vanishes, but the Hessian is not finite")
    lowest, rounding = float(np.linalg.eigvalsh(hessian).min(initial=np.inf)), _rounding(hessian, objective.precision)
    if lowest < -rounding:
        return failure(f"the gradient vanishes at a saddle point or a maximum: the Hessian has the eigenvalue {lowest:.2g}")
    return "" if lowest > rounding else "; the Hessian is singular there, so that the minimum need not be the only one"
