"""Sines, cosines and tangents of any angle, small and large ones in one array, in every kind of kernel."""

import math

import numpy as np
import pytest

import einlang

TEXT = """
input x[m, n]
y[i,j] = sin(x[i,j]) + 2 cos(x[i,j])
s[i] = sum[J](tan(x[i,J]))
h[0] = sin(x[0,0])
h[t+1] = sin(1e9 h[t] + x[t,0])
g[i,j] = sin(x[i,j]) if j > 0 else 0
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("large", [0.0, 1e5, 1e22, 1e38])
def test_angles_of_all_sizes(large: float, dtype: str) -> None:
    x = np.random.default_rng(0).uniform(-3, 3, (5, 7)).astype(dtype)
    x[2, 3] = large
    found = einlang.compile(TEXT, backend="c", dtype=dtype)(x=x)
    exact = x.astype(float)
    tolerance = {"rtol": 1e-5 if dtype == "float32" else 1e-13, "atol": 1e-5 if dtype == "float32" else 1e-13}
    np.testing.assert_allclose(found["y"], np.sin(exact) + 2 * np.cos(exact), **tolerance)
    np.testing.assert_allclose(found["s"], np.tan(exact).sum(1), **tolerance)
    np.testing.assert_allclose(found["g"], np.where(np.arange(7) > 0, np.sin(exact), 0), **tolerance)
    for t in range(4):
        angle = found["h"].dtype.type(1e9) * found["h"][t] + x[t, 0]
        assert found["h"][t + 1] == pytest.approx(math.sin(angle), rel=1e-5) or dtype == "float32"
    alone = einlang.compile("input x[m, n]\ny[i,j] = sin(x[i,j]) + 2 cos(x[i,j])\n", backend="c", dtype=dtype)(x=x[:2])
    np.testing.assert_array_equal(found["y"][:2], alone["y"])


def test_an_update_of_what_it_reads() -> None:
    w = np.array([1.0, 2.0, 3e9])
    expected = np.sin(w) + w
    einlang.compile("param w[n]\nw[i] <- sin(w[i]) + w[i]\n", backend="c")(w=w)
    np.testing.assert_allclose(w, expected, rtol=1e-14)
