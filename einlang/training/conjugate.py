"""Newton's direction without the matrix: in go products with a Hessian and a gradient, out comes a direction of descent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from einlang.training.minimisation import Array

MOST = 10
"""So many times the number of unknowns, products at most: more than rounding ever needs."""


def conjugate_direction(product: Callable[[Array], Array], gradient: Array) -> Array:
    """An approximate solution of H p = -g by conjugate gradients, where they meet no direction of negative curvature.

    The inner loop of Algorithm 7.1 (Line Search Newton-CG) of J. Nocedal and S. Wright, *Numerical Optimization*, 2nd edition
    (2006): it ends where the residual is at most min(1/2, √|g|) |g|, so that steps converge faster than linearly; at a
    direction of no positive curvature it gives what it has so far, or -g.
    """
    norm = float(np.linalg.norm(gradient))
    enough = min(0.5, norm**0.5) * norm
    found, residual, direction = np.zeros_like(gradient), gradient, -gradient
    for _ in range(MOST * len(gradient)):
        turned = product(direction)
        curvature = float(direction @ turned)
        if not curvature > 0:
            return found if found.any() else -gradient
        length = float(residual @ residual) / curvature
        found = found + length * direction
        before, residual = residual, residual + length * turned
        if np.linalg.norm(residual) <= enough:
            break
        direction = -residual + float(residual @ residual) / float(before @ before) * direction
    return found
