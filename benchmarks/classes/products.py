"""Matrix products: large ones in all layouts, small and ragged ones; in goes nothing, out come problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio, mean_share

LAYOUTS = {"NN": ("i,K", "K,j"), "NT": ("i,K", "j,K"), "TN": ("K,i", "K,j"), "TT": ("K,i", "j,K")}
"""Subscripts of both factors; T is a factor whose summed index does not stand where a matrix product has it."""
LARGE = [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (1000, 1537, 777)]
SMALL = [(8, 8, 8), (16, 16, 16), (32, 32, 32), (48, 48, 48), (64, 64, 64), (96, 96, 96), (128, 128, 128), (192, 192, 192)]
SMALL += [(256, 256, 256), (33, 47, 65), (100, 10, 784), (127, 129, 31), (250, 50, 35)]


def large() -> Iterator[Problem]:
    """n ≥ 512, f32 and f64, any transposition."""
    for dtype, sizes, layout in product(("float32", "float64"), LARGE, LAYOUTS):
        if layout == "NN" or sizes[0] == 1024:
            yield matrix_product(sizes, layout, dtype)


def small() -> Iterator[Problem]:
    """8 to 256, ragged sizes too."""
    for dtype, sizes in product(("float32", "float64"), SMALL):
        yield matrix_product(sizes, "NN", dtype)


def matrix_product(sizes: tuple[int, int, int], layout: str, dtype: str) -> Problem:
    """C[i,j] = A[i,K] B[K,j] for sizes m, n, k."""
    m, n, k = sizes
    random = np.random.default_rng(0)
    left, right = LAYOUTS[layout]
    a = random.standard_normal((m, k) if left == "i,K" else (k, m)).astype(dtype)
    b = random.standard_normal((k, n) if right == "K,j" else (n, k)).astype(dtype)
    A, B = (a if left == "i,K" else a.T), (b if right == "K,j" else b.T)
    axes = [[letter.lower() for letter in subscripts.split(",")] for subscripts in (left, right)]
    text = f"input A[{', '.join(axes[0])}], B[{', '.join(axes[1])}]\nC[i,j] = A[{left}] B[{right}]\n"
    out = np.empty((m, n), dtype)
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(text, {"A": a, "B": b}),
        numpy=lambda: lambda: np.matmul(A, B, out=out),
        torch=lambda: _torch(a, b, left, right),
        jax=lambda: peers.jax_run(_jax(left, right), [a, b]),
    )
    name = f"{layout} {m}x{n}x{k} {dtype}"
    return Problem(name, runs, dtype, 2.0 * m * n * k, a.itemsize * float(m * k + k * n + m * n))


def _torch(a: np.ndarray, b: np.ndarray, left: str, right: str) -> Callable[[], Any]:
    import torch

    def run(x: Any, y: Any) -> Any:
        return torch.matmul(x if left == "i,K" else x.T, y if right == "K,j" else y.T)

    return peers.torch_run(run, [a, b])


def _jax(left: str, right: str) -> Callable[[Any, Any], Any]:
    return lambda x, y: (x if left == "i,K" else x.T) @ (y if right == "K,j" else y.T)


CLASSES = (
    Class("products", "Matrix products, n ≥ 512", large, (mean_share(0.9, "peak"), mean_ratio(1.0))),
    Class("small-products", "Matrix products, 8 to 256", small, (mean_ratio(1.0, "numpy"),)),
)
