"""What surrounds the numbers: one call of a small program, first calls, and compiling large programs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.classes.networks import mlp_text
from benchmarks.problem import Class, Problem, at_most

SIX = """input X[b, k], Y[b, n]
param W[k, n], c[n], s[n], t[n]
Z[i,j] = X[i,K] W[K,j]
L = sum[I,J]((Z[I,J] s[J] + c[J] + t[J] - Y[I,J])^2)
"""
FIRST = {
    "one contraction": ("input A[m, k], B[k, n]\nC[i,j] = A[i,K] B[K,j]\n", ""),
    "network, value and gradients": (mlp_text(2), ".value_and_grad('L')"),
}


def calls() -> Iterator[Problem]:
    """A program with six arrays, with all checks and bound; NumPy's product of two small matrices is the yardstick."""
    import einlang

    random = np.random.default_rng(0)
    shapes = {"X": (2, 3), "Y": (2, 4), "W": (3, 4), "c": (4,), "s": (4,), "t": (4,)}
    arrays = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    program, out = einlang.compile(SIX), {"L": np.empty(())}
    bound = program.bind(**arrays)
    A, B, C = arrays["X"], arrays["W"], np.empty((2, 4))
    yardstick = peers.runs(numpy=lambda: lambda: np.matmul(A, B, out=C))
    for name, run in (("checked", lambda: program(**arrays, out=out)), ("bound", bound)):
        yield Problem(f"{name} call, six arrays", {"einlang": run, **yardstick}, "float64", yardsticks=("numpy",))


def first_calls() -> Iterator[Problem]:
    """From a text to its first result, in a process that has imported the library: with an empty cache, and from the cache."""
    for name, (text, derive) in FIRST.items():
        with tempfile.TemporaryDirectory() as folder:
            cold, warm = _first(text, derive, folder), _first(text, derive, folder)
        for when, taken in (("cold", cold), ("cached", warm)):
            yield Problem(f"{name}, {when}", {}, "float64", known={"einlang": taken})


_CHILD = """
import sys, time
import numpy as np, einlang
arrays = {name: np.ones(shape) for name, shape in %s.items()}
started = time.perf_counter()
program = einlang.compile(%r)%s
program(arrays)
print(time.perf_counter() - started)
"""
_SHAPES = {
    "A": {"A": (8, 8), "B": (8, 8)},
    "X": {"X": (8, 4), "Y": (8, 3), "W{1}": (4, 5), "c{1}": (5,), "W{2}": (5, 3), "c{2}": (3,)},
}


def _first(text: str, derive: str, cache: str) -> float:
    shapes = _SHAPES["A" if "A[m, k]" in text else "X"]
    environment = {**os.environ, "EINLANG_CACHE_DIR": cache}
    child = [sys.executable, "-c", _CHILD % (shapes, text, derive)]
    return float(subprocess.run(child, env=environment, check=True, capture_output=True, text=True).stdout)


def growth() -> Iterator[Problem]:
    """From the text of a network to C with all gradients."""
    import einlang

    for layers in (25, 50, 100):
        text = mlp_text(layers)

        def run(text: str = text) -> Any:
            return np.array(len(einlang.compile(text).value_and_grad("L").stages.c("float32")))

        yield Problem(f"{layers} layers", {"einlang": run}, "float32")


CLASSES = (
    Class(
        "calls",
        "One call of a small program",
        calls,
        (at_most(1.2e-6, "checked", "checked ≤ 1.2 µs"), at_most(0.2e-6, "bound", "bound ≤ 0.2 µs")),
    ),
    Class(
        "first-calls",
        "The first call",
        first_calls,
        (
            at_most(0.3, "contraction, cold", "one contraction ≤ 0.3 s"),
            at_most(0.8, "gradients, cold", "network ≤ 0.8 s"),
            at_most(0.01, "cached", "from the cache ≤ 10 ms"),
        ),
    ),
    Class("growth", "From text to C", growth, (at_most(2.0, "100 layers", "100 layers ≤ 2 s"),)),
)
