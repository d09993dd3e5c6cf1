"""Elementwise operators and reductions on NumPy arrays: in go arrays, out come arrays, as the oracle has them.

Written apart from the spellings of the table of operators, so that these are tested against something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def logsumexp(array: Array, axes: tuple[int, ...]) -> Array:
    """Stable log Σ exp along some axes; -∞ over nothing."""
    largest = np.max(array, axes, initial=-math.inf, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, np.zeros((), array.dtype))
    return cast(Array, np.squeeze(shift, axes) + np.log(np.sum(np.exp(array - shift), axes)))


def logdet(array: Array, axes: tuple[int, ...]) -> Array:
    """log |det| of the matrices along two axes."""
    return np.asarray(np.linalg.slogdet(np.moveaxis(array, axes, (-2, -1)))[1])


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _erf(x: Array) -> Array:
    return cast(Array, np.vectorize(math.erf, otypes=[np.float64])(x)).astype(x.dtype)


POINTWISE: dict[str, Callable[..., Array]] = {
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "erf": _erf,
    "sigmoid": _sigmoid,
    "softplus": lambda x: np.logaddexp(x, np.zeros((), x.dtype)),
    "abs": np.abs,
    "sign": np.sign,
    "mod": np.mod,
    "floor": np.floor_divide,
    "max": np.maximum,
    "min": np.minimum,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
}
"""NumPy's function for each operator of the table."""

ALONG: dict[str, Callable[[Array, tuple[int, ...]], Array]] = {
    "sum": np.sum,
    "prod": np.prod,
    "max": lambda array, axes: cast(Array, np.max(array, axes, initial=-math.inf)),
    "min": lambda array, axes: cast(Array, np.min(array, axes, initial=math.inf)),
    "logsumexp": logsumexp,
    "logdet": logdet,
    "argmax": lambda array, axes: cast(Array, np.argmax(array, axes[0])),
    "argmin": lambda array, axes: cast(Array, np.argmin(array, axes[0])),
}
"""NumPy's function for each reduction, along some axes; that of argmax and argmin is one."""
