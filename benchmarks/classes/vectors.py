"""Products with vectors, which memory limits: one matrix and one vector, and pairs that share the matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio, mean_share

SIZES = [(1000, 1000), (4000, 4000), (64, 100_000)]


class Form(NamedTuple):
    """Definitions, the same for NumPy, torch and jax, and how many products of the matrix and a vector these are."""

    definitions: str
    function: Callable[..., Any]
    products: int


FORMS = {
    "y = A x": Form("y[i] = A[i,J] x[J]", lambda A, x, z: A @ x, 1),
    "y = A' x": Form("y[j] = A[I,j] z[I]", lambda A, x, z: A.T @ z, 1),
    "pair A x, A' z": Form("y[i] = A[i,J] x[J]\nw[j] = A[I,j] z[I]", lambda A, x, z: (A @ x, A.T @ z), 2),
    "A' (A x)": Form("y[i] = A[i,J] x[J]\nw[j] = A[I,j] y[I]\noutput w", lambda A, x, z: A.T @ (A @ x), 2),
}


def problems() -> Iterator[Problem]:
    for dtype in ("float32", "float64"):
        for m, n in SIZES:
            yield from (_problem(name, m, n, dtype) for name in FORMS)


def _problem(name: str, m: int, n: int, dtype: str) -> Problem:
    definitions, function, products = FORMS[name]
    random = np.random.default_rng(0)
    A, x, z = (random.standard_normal(shape).astype(dtype) for shape in ((m, n), (n,), (m,)))
    arrays = {letter: array for letter, array in (("A", A), ("x", x), ("z", z)) if f"{letter}[" in definitions}
    shapes = {"A": "A[m, n]", "x": "x[n]", "z": "z[m]"}
    text = f"input {', '.join(shapes[letter] for letter in arrays)}\n{definitions}\n"
    runs: dict[str, Callable[[], Any]] = peers.runs(
        einlang=lambda: peers.einlang_run(text, arrays),
        numpy=lambda: lambda: function(A, x, z),
        torch=lambda: peers.torch_run(function, [A, x, z]),
        jax=lambda: peers.jax_run(function, [A, x, z]),
    )
    return Problem(f"{name} {m}x{n} {dtype}", runs, dtype, 2.0 * m * n * products, float(A.nbytes))


CLASSES = (
    Class(
        "vectors",
        "Matrix-vector products",
        problems,
        (mean_share(0.9, "bandwidth", among="y = "), mean_ratio(1.6, among="pair"), mean_ratio(1.6, among="A' (A x)")),
    ),
)
