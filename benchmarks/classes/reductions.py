"""Reductions over broadcasts, which NumPy stores and others fuse; in goes nothing, out come problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio


class Form(NamedTuple):
    """A program, the shapes of its inputs, and the same as a function of arrays and of NumPy or jax.numpy."""

    text: str
    shapes: dict[str, tuple[int, ...]]
    function: Callable[..., Any]


FORMS = {
    "sum_ij x_ij log y_ji": Form(
        "input x[m, n], y[n, m]\ns = sum[I,J](x[I,J] log(y[J,I]))",
        {"x": (1000, 1000), "y": (1000, 1000)},
        lambda xp, x, y: (x * xp.log(y.T)).sum(),
    ),
    "pairwise distances": Form(
        "input x[m, d], y[n, d]\nD[i,j] = sqrt((x[i,K] - y[j,K])^2)",
        {"x": (500, 16), "y": (400, 16)},
        lambda xp, x, y: xp.sqrt(((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=-1)),
    ),
    "RBF sums": Form(
        "input x[m, d], y[n, d], w[n]\nD[i,j] = (x[i,K] - y[j,K])^2\nf[i] = w[J] exp(-D[i,J])",
        {"x": (500, 16), "y": (400, 16), "w": (400,)},
        lambda xp, x, y, w: xp.exp(-((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=-1)) @ w,
    ),
    "largest difference": Form(
        "input x[m], y[n]\nd[i] = max[J](abs(x[i] - y[J]))",
        {"x": (2000,), "y": (2000,)},
        lambda xp, x, y: xp.abs(x[:, None] - y[None, :]).max(axis=1),
    ),
}


def problems() -> Iterator[Problem]:
    for dtype in ("float32", "float64"):
        for name, form in FORMS.items():
            yield _problem(name, form, dtype)


def _problem(name: str, form: Form, dtype: str) -> Problem:
    random = np.random.default_rng(0)
    arrays = {letter: random.uniform(0.1, 1, shape).astype(dtype) for letter, shape in form.shapes.items()}
    given = list(arrays.values())
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(form.text, arrays),
        numpy=lambda: lambda: form.function(np, *given),
        jax=lambda: _jax(form, given),
        numba=lambda: _numba(name, given),
    )
    return Problem(f"{name} {dtype}", runs, dtype)


def _jax(form: Form, given: list[np.ndarray]) -> Callable[[], Any]:
    import jax.numpy as jnp

    return peers.jax_run(lambda *arrays: form.function(jnp, *arrays), given)


def _numba(name: str, given: list[np.ndarray]) -> Callable[[], Any]:
    """The loops that one writes by hand."""
    import math

    import numba

    zero = given[0].dtype.type(0)

    def logs(x: Any, y: Any) -> Any:
        total = zero
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                total += x[i, j] * math.log(y[j, i])
        return total

    def squares(x: Any, y: Any, i: int, j: int) -> Any:
        total = zero
        for k in range(x.shape[1]):
            total += (x[i, k] - y[j, k]) ** 2
        return total

    inner = numba.njit(squares)

    def distances(x: Any, y: Any) -> Any:
        out = np.empty((x.shape[0], y.shape[0]), x.dtype)
        for i in range(x.shape[0]):
            for j in range(y.shape[0]):
                out[i, j] = math.sqrt(inner(x, y, i, j))
        return out

    def sums(x: Any, y: Any, w: Any) -> Any:
        out = np.zeros(x.shape[0], x.dtype)
        for i in range(x.shape[0]):
            for j in range(y.shape[0]):
                out[i] += w[j] * math.exp(-inner(x, y, i, j))
        return out

    def largest(x: Any, y: Any) -> Any:
        out = np.empty(x.shape[0], x.dtype)
        for i in range(x.shape[0]):
            best = zero
            for j in range(y.shape[0]):
                best = max(best, abs(x[i] - y[j]))
            out[i] = best
        return out

    loops = {"sum_ij x_ij log y_ji": logs, "pairwise distances": distances, "RBF sums": sums, "largest difference": largest}
    compiled = numba.njit(loops[name])
    return lambda: compiled(*given)


CLASSES = (Class("reductions", "Reductions over broadcasts", problems, (mean_ratio(5.0, "numpy"), mean_ratio(1.5, "jax"))),)
