"""Symmetric results: one triangle is computed, both right and alike to the bit, at sizes around those of tiles and blocks."""

import numpy as np
import pytest

import einlang

PROGRAM = """input X[m, n], s[m], Y[p, q, n]
H[i,j] = X[K,i] s[K] X[K,j] / m + δ[i,j]
G[i,j] = exp(-sum[K](X[K,i] X[K,j]))
B[a,i,j] = Y[a,K,i] Y[a,K,j]
P[i,a,j,b] = Y[K,a,i] Y[K,b,j]
"""


def expected(X: np.ndarray, s: np.ndarray, Y: np.ndarray) -> list[np.ndarray]:
    n = X.shape[1]
    return [
        (X.T * s) @ X / max(len(s), 1) + np.eye(n),
        np.exp(-X.T @ X),
        np.einsum("aki,akj->aij", Y, Y),
        np.einsum("kai,kbj->iajb", Y, Y),
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 9, 47, 48, 49, 65, 130])
def test_both_triangles(n: int, dtype: str) -> None:
    program, random = einlang.compile(PROGRAM), np.random.default_rng(n)
    for m in (0, 1, 5, 700):
        arrays = {"X": (m, n), "s": (m,), "Y": (3, 2, n)}
        given = {name: random.uniform(-1, 1, shape).astype(dtype) for name, shape in arrays.items()}
        out = program(given)
        tolerance = 1e-4 if dtype == "float32" else 1e-12
        for found, known in zip(out, expected(**{name: array.astype(float) for name, array in given.items()}), strict=True):
            np.testing.assert_allclose(found, known, rtol=tolerance, atol=tolerance)
        assert (out.H == out.H.T).all()
