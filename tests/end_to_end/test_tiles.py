"""Maps in tiles: transposed and permuted accesses, and symmetric results, at sizes around those of tiles."""

import numpy as np
import pytest

import einlang

PROGRAM = """input A[n, n], B[m, p, n], v[n]
H[i,j] = A[i,j] + A[j,i]
E[i,j] = exp(-(v[i] - v[j])^2)
S[a,i,j] = B[a,0,i] B[a,0,j] + sin(v[i] + v[j])
D[i,j] = A[i,j] - A[j,i]
T[k,a,b] = B[a,b,k]
U[a,k,b] = 2 B[a,b,k]
V[k,b,a] = B[a,b,k] + v[k]
C[i,j] = A[j,i] if i > j else 0
"""


def expected(A: np.ndarray, B: np.ndarray, v: np.ndarray) -> list[np.ndarray]:
    return [
        A + A.T,
        np.exp(-((v[:, None] - v) ** 2)),
        B[:, 0, :, None] * B[:, 0, None, :] + np.sin(v[:, None] + v),
        A - A.T,
        B.transpose(2, 0, 1),
        2 * B.transpose(0, 2, 1),
        B.transpose(2, 1, 0) + v[:, None, None],
        np.tril(A.T, -1),
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 32, 50])
def test_tiles(n: int, dtype: str) -> None:
    program, random = einlang.compile(PROGRAM), np.random.default_rng(n)
    for m, p in ((2, 1), (1, 19), (18, 3)):
        shapes = {"A": (n, n), "B": (m, p, n), "v": (n,)}
        given = {name: random.uniform(-1, 1, shape).astype(dtype) for name, shape in shapes.items()}
        out = program(given)
        for found, known in zip(out, expected(**given), strict=True):
            np.testing.assert_allclose(found, known, rtol=1e-5, atol=1e-5)
        assert all((x == np.swapaxes(x, -1, -2)).all() for x in (out.H, out.E, out.S))
