"""Derivatives by differences: in goes a function of a step, out comes its slope at 0, to nearly all digits of a float64.

Where the function takes complex numbers, f(i h) / i h has the slope as its real part, without cancellation for the smallest h
(Squire and Trapp 1998). Else central differences are extrapolated to h = 0, and the tableau tells how far to trust them
(Ridders 1982). Around a kink neither means anything: the choices that are made at ±h are compared with those at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from einlang.ir.arrays import ALONG, POINTWISE, Array
from einlang.ir.interpret import Floats, Numbers
from einlang.ir.nodes import Apply, Definition, Reduce
from einlang.tree import walk

At = Callable[[Numbers, Any], Array]
"""An array over some numbers, the variable moved by a step."""

REALS = np.dtype(np.float64)
TINY = 1e-30
NEARBY = 1e-6
STEPS = (5e-2, 5e-3, 5e-4)
LEVELS = 4
TRUSTED = 1e-7


def _softplus(z: Array) -> Array:
    return np.asarray(np.where(z.real > 0, z, 0) + np.log1p(np.exp(np.where(z.real > 0, -z, z))))


def _sigmoid(z: Array) -> Array:
    small = np.exp(np.where(z.real > 0, -z, z))
    return np.asarray(np.where(z.real > 0, 1, small) / (1 + small))


def _chosen(condition: Array, then: Array, otherwise: Array) -> Array:
    return np.asarray(np.where(condition, then, otherwise))


ANALYTIC: dict[str, Callable[..., Array]] = {
    **{name: POINTWISE[name] for name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: POINTWISE[name] for name in ("asin", "acos", "atan", "and", "or", "not")},
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "abs": lambda z: _chosen(z.real < 0, -z, z),
    "sign": lambda z: np.sign(z.real),
    "max": lambda z, w: _chosen(z.real >= w.real, z, w),
    "min": lambda z, w: _chosen(z.real <= w.real, z, w),
    **{name: lambda z, w, f=POINTWISE[name]: f(z.real, w.real) for name in ("<", "<=", ">", ">=", "==", "!=")},
}
"""Operators continued to complex numbers near the real line; the others (erf) have no such NumPy function."""

COMPLEX = Floats(np.dtype(np.complex128), ANALYTIC)


def is_analytic(operators: set[str]) -> bool:
    """Whether numbers may be complex in functions that use these operators."""
    return operators <= ANALYTIC.keys()


# --- kinks --------------------------------------------------------------------------------------------------------------------


class Choices:
    """Floats that remember on which side of each kink they were: what was compared, and which was the largest."""

    def __init__(self) -> None:
        self.made: list[Array] = []
        pointwise = {name: self._watched(function, CHOICES[name]) for name, function in POINTWISE.items() if name in CHOICES}
        along = {name: self._watched(ALONG[name], CHOSEN[name]) for name in CHOSEN}
        self.numbers = Floats(REALS, {**POINTWISE, **pointwise}, {**ALONG, **along})

    def _watched(self, function: Callable[..., Array], choice: Callable[..., Array]) -> Callable[..., Array]:
        def watched(*arguments: Any) -> Array:
            self.made.append(np.asarray(choice(*arguments)))
            return function(*arguments)

        return watched


CHOICES: dict[str, Callable[..., Array]] = {
    "abs": np.sign,
    "sign": np.sign,
    **{name: lambda a, b: np.sign(np.subtract(a, b)) for name in ("max", "min", "<", "<=", ">", ">=", "==", "!=")},
}
CHOSEN: dict[str, Callable[..., Array]] = {
    "max": lambda array, axes: array == ALONG["max"](array, axes)[(..., *[None for _ in axes])],
    "min": lambda array, axes: array == ALONG["min"](array, axes)[(..., *[None for _ in axes])],
    "argmax": lambda array, axes: ALONG["argmax"](array, axes),
    "argmin": lambda array, axes: ALONG["argmin"](array, axes),
}


def has_kinks(definitions: Iterable[Definition]) -> bool:
    """Whether anything in definitions chooses between numbers."""
    nodes = [node for definition in definitions for node in walk(definition.body)]
    operators = {node.operator.name for node in nodes if isinstance(node, Apply)}
    return bool(operators & CHOICES.keys()) or any(isinstance(node, Reduce) and node.operation in CHOSEN for node in nodes)


@dataclass(frozen=True, slots=True)
class Function:
    """An array as a function of how far one variable is moved.

    Attributes:
        at: its value, over some numbers.
        shape: of its values.
        choosing: computes what it depends on and may have kinks; None where nothing has.
    """

    at: At
    shape: tuple[int, ...]
    choosing: Callable[[Numbers, Any], object] | None = None

    def is_kinked(self, step: float) -> bool:
        """Whether choices differ between -step, 0 and step."""
        moves = (-step, 0.0, step) if self.choosing is not None else ()
        return len({tuple(choice.tobytes() for choice in self._choices(move)) for move in moves}) > 1

    def _choices(self, step: float) -> list[Array]:
        choices = Choices()
        if self.choosing is not None:
            self.choosing(choices.numbers, step)
        return choices.made


# --- slopes -------------------------------------------------------------------------------------------------------------------


def complex_step(function: Function) -> Array:
    """The slope of an analytic function; NaN at a kink."""
    if function.is_kinked(NEARBY):
        return np.full(function.shape, np.nan)
    return np.asarray(function.at(COMPLEX, TINY * 1j).imag / TINY)


def extrapolated(function: Function) -> Array:
    """The slope of any function; NaN at a kink, and where differences do not tell it."""
    for step in STEPS:
        if not function.is_kinked(step):
            return _ridders(lambda move: function.at(Floats(REALS), move), step)
    return np.full(function.shape, np.nan)


def _ridders(function: Callable[[float], Array], step: float) -> Array:
    """Neville's tableau of central differences, whose error is a series in h²; of it the entry nearest to its neighbours."""
    rows: list[list[Array]] = []
    best, error = np.asarray(np.nan), np.asarray(np.inf)
    for level in range(LEVELS):
        h = step / 2**level
        row = [np.asarray((function(h) - function(-h)) / (2 * h))]
        for order, before in enumerate(rows[-1] if rows else [], start=1):
            row.append(row[-1] + (row[-1] - before) / (4**order - 1))
            apart = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - before))
            best, error = np.where(apart < error, row[-1], best), np.fmin(apart, error)
        rows.append(row)
    scale = np.max(np.abs(best), initial=1.0, where=np.isfinite(best))
    return np.where(error <= TRUSTED * scale, best, np.nan)
