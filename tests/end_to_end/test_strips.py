"""Definitions computed block by block: right numbers at sizes of one block, of several, and of a last one that is short."""

import numpy as np
import pytest

import einlang

ROWS = """param x[n, m], g[m]
mu[i] = mean[J](x[i,J])
d[i,j] = x[i,j] - mu[i]
v[i] = mean[J](d[i,J]^2)
y[i,j] = g[j] d[i,j] / sqrt(v[i] + 0.1)
P[i,j] = softmax[j](y[i,j])
a[i] = argmax[J](P[i,J])
t = sum[I,J](P[J,I] y[I,J] if I < 3 and J < 3 else 0)
L = sum[I,J](P[I,J]^2 y[I,J]) + t
"""
HEADS = """param Q[b, h, n, 3], K[b, h, n, 3], V[b, h, n, 2]
S[b,h,q,k] = Q[b,h,q,D] K[b,h,k,D] if k <= q else -inf
P[b,h,q,k] = softmax[k](S[b,h,q,k])
O[b,h,q,d] = P[b,h,q,K] V[b,h,K,d]
L = sum[B,H,Q,D](O[B,H,Q,D]^2)
"""


DTYPES = ["float32", "float64"]


def agrees(text: str, outputs: list[str], shapes: dict[str, tuple[int, ...]], dtype: str) -> None:
    """What C gives is what NumPy gives, and the same bits for two threads as for one."""
    random = np.random.default_rng(3)
    data = {name: random.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    alone, shared, numpy = (
        einlang.compile(text, **options).with_grad("L").only(*outputs)(data)
        for options in ({"backend": "c", "threads": 1}, {"backend": "c", "threads": 2}, {"backend": "numpy"})
    )
    tolerance = 1e-4 if dtype == "float32" else 1e-10
    for found, other, known in zip(alone, shared, numpy, strict=True):
        assert found.tobytes() == other.tobytes()
        np.testing.assert_allclose(found, known, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "m"), [(3, 3), (700, 130), (7, 9000), (3, 30001)])
def test_rows(n: int, m: int, dtype: str) -> None:
    agrees(ROWS, ["y", "P", "a", "L", "dL_dx", "dL_dg"], {"x": (n, m), "g": (m,)}, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("b", "h", "n"), [(0, 2, 5), (2, 3, 0), (1, 1, 1), (3, 5, 60), (2, 3, 131)])
def test_heads(b: int, h: int, n: int, dtype: str) -> None:
    shapes = {"Q": (b, h, n, 3), "K": (b, h, n, 3), "V": (b, h, n, 2)}
    agrees(HEADS, ["O", "L", "dL_dQ", "dL_dK", "dL_dV"], shapes, dtype)
