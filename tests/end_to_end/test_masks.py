"""What masks leave out: right numbers of sums, products and gradients around the ends of blocks, and fewer operations."""

import numpy as np
import pytest

import einlang

ATTENTION = """param Q[n, d], K[m, d], V[m, e]
S[q,k] = Q[q,D] K[k,D] if {mask} else -inf
P[q,k] = softmax[k](S[q,k])
O[q,e] = P[q,K] V[K,e]
L = sum[Q,E](sin(O[Q,E]) O[Q,E])
"""
MASKS = [
    "k <= q",
    "k < q + 1",
    "q >= k",
    "k <= q + 3",
    "k <= q and k > q - 5",
    "k <= q and q < k + 60",
    "k >= q",
    "q - 2 <= k",
    "k < 7 or k <= q",
]
PRODUCTS = """param A[n, n], B[n, m]
T[i,j] = A[i,j] if j <= i else 0
U[i,j] = 0 if i > j else A[i,j]^2
W[i,j] = A[i,j] * (1 if j < i else 0)
X[i,j] = T[i,K] B[K,j]
Y[i,j] = U[i,K] B[K,j] + sum[K](T[K,i] B[K,j])
Z[i,j] = W[i,K] T[K,j] if j <= i else 0
s[i] = sum[K](T[i,K] exp(A[i,K]))
t[i] = max[K](log(T[i,K]^2 + 1))
L = sum[I,J](X[I,J] Y[I,J]) + sum[I,J](Z[I,J]^2) + s[I]
"""


def agrees(text: str, shapes: dict[str, tuple[int, ...]], dtype: str) -> None:
    """What C gives is what NumPy gives, and the same bits for any number of threads."""
    random = np.random.default_rng(3)
    data = {name: random.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    numpy = einlang.compile(text, backend="numpy").with_grad("L")(data)
    alone, *shared = (einlang.compile(text, backend="c", threads=n).with_grad("L")(data) for n in (1, 2, 3))
    tolerance = 2e-3 if dtype == "float32" else 1e-9
    for found, known, *others in zip(alone, numpy, *shared, strict=True):
        np.testing.assert_allclose(found, known, rtol=tolerance, atol=tolerance)
        assert all(np.asarray(found).tobytes() == np.asarray(other).tobytes() for other in others)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("n", [1, 5, 48, 97])
def test_attention_with_masks(mask: str, n: int) -> None:
    agrees(ATTENTION.format(mask=mask), {"Q": (n, 3), "K": (n, 3), "V": (n, 2)}, "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (1100, 1100), (600, 1200), (1200, 600)])
def test_attention_over_several_blocks(n: int, m: int, dtype: str) -> None:
    mask = "k <= q" if n == m else "k <= q or q < 0"
    agrees(ATTENTION.format(mask=mask), {"Q": (n, 5), "K": (m, 5), "V": (m, 7)}, dtype)


@pytest.mark.parametrize("n", [0, 1, 2, 47, 49, 100, 900])
def test_triangles(n: int) -> None:
    agrees(PRODUCTS, {"A": (n, n), "B": (n, 11)}, "float64")


def test_a_causal_mask_leaves_out_half_of_the_products() -> None:
    scaled = ATTENTION.replace("S[q,k] =", "T[q,k] = Q[q,D] K[k,D] / sqrt(size(Q, 1))\nS[q,k] =").replace(
        "= Q[q,D] K[k,D] if", "= T[q,k] if"
    )
    sizes = {"n": 512, "m": 512, "d": 64, "e": 64}
    causal, whole = (einlang.compile(scaled.format(mask=mask)).grad("L").cost(sizes) for mask in ("k <= q", "0 < 1"))
    products = [
        [part.operations for part in found.definitions if part.form.startswith("contraction") and part.operations > 10**7]
        for found in (causal, whole)
    ]
    assert len(products[0]) == len(products[1]) == 6
    assert sum(products[0]) < 0.55 * sum(products[1])
