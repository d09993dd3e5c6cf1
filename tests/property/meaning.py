"""What a random program means, without the compiler: its Python text evaluated position by position."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
from property.pieces import Line, Sample


def meaning(sample: Sample, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of all definitions but the derivatives, in float64."""
    known: dict[str, Any] = {**_FUNCTIONS, **arrays, "half": 0.5, "size": lambda array, axis: array.shape[axis]}
    for text in sample.functions:
        left, _, right = text.removeprefix("fn ").partition(" = ")
        name, _, parameters = left.rstrip(")").partition("(")
        known[name] = eval(f"lambda {parameters}: {_PYTHON[right]}", known)
    for tensor in sample.inputs:
        known |= {size: length for size, length in zip(tensor.axes, arrays[tensor.name].shape, strict=True) if size != "3"}
    with np.errstate(all="ignore"):
        for line in sample.lines:
            known[line.tensor.name] = _define(line, known)
    return {line.tensor.name: known[line.tensor.name] for line in sample.lines}


_PYTHON = {
    "0.5 * x y + tanh(x - y)": "0.5 * x * y + tanh(x - y)",
    "exp(-x^2)": "exp(-x**2)",
    "max(0, 1 - abs(x)) + half * y": "max(0, 1 - abs(x)) + half * y",
}


def _define(line: Line, known: dict[str, Any]) -> np.ndarray:
    lengths = [known.get(size, 3) for size in line.indices.values()]
    body = eval(f"lambda {', '.join(line.indices)}: {line.body.python}", known)
    return np.array([body(*position) for position in product(*map(range, lengths))], np.float64).reshape(lengths)


def _values(body: Callable[..., Any], lengths: tuple[int, ...]) -> list[Any]:
    return [body(*position) for position in product(*map(range, lengths))]


def _argmax(body: Callable[[int], Any], length: int) -> int:
    values = _values(body, (length,))
    return values.index(max(values))


def _mean(body: Callable[..., Any], *lengths: int) -> float:
    return np.float64(sum(_values(body, lengths))) / np.float64(math.prod(lengths))


def _logsumexp(body: Callable[..., Any], *lengths: int) -> float:
    return np.logaddexp.reduce(np.array(_values(body, lengths), np.float64), initial=-math.inf)


def _log_softmax(body: Callable[[int], Any], length: int, position: int) -> float:
    return body(position) - _logsumexp(body, length)


class _Delta:
    def __getitem__(self, pair: tuple[int, int]) -> int:
        return int(pair[0] == pair[1])


_FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "erf": math.erf,
    "pi": math.pi,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "relu": lambda x: max(0, x),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda condition, then, otherwise: then if condition else otherwise,
    "stop": lambda x: x,
    "delta_": _Delta(),
    "sum_": lambda body, *lengths: sum(_values(body, lengths)),
    "prod_": lambda body, *lengths: math.prod(_values(body, lengths)),
    "max_": lambda body, *lengths: max(_values(body, lengths), default=-math.inf),
    "min_": lambda body, *lengths: min(_values(body, lengths), default=math.inf),
    "argmax_": _argmax,
    "argmin_": lambda body, length: _argmax(lambda n: -body(n), length),
    "mean_": _mean,
    "logsumexp_": _logsumexp,
    "log_softmax_": _log_softmax,
    "softmax_": lambda body, length, position: np.exp(_log_softmax(body, length, position)),
}
