"""Products of a vector and a matrix in C: both unit strides, ragged sizes, blocks, vectors of every width and none."""

import ctypes

import numpy as np
import pytest

TEXT = """
#include <stdint.h>
#include <einlang_vector.h>
#define EIN_TYPE TYPE
#define EIN_NAME(word) ein_##word
#include <einlang_matvec.h>

void product(int64_t n, int64_t k, const TYPE *x, const TYPE *b, int64_t b_k, int64_t b_column, TYPE *c) {
    for (int64_t j = 0; j < n; j += ein_breadth()) {
        const int64_t columns = n - j < ein_breadth() ? n - j : ein_breadth();
        const int64_t half = k / 2;
        ein_matvec(columns, half, x, b + j * b_column, b_k, b_column, c + j, 1);
        ein_matvec(columns, k - half, x + half, b + j * b_column + half * b_k, b_k, b_column, c + j, 0);
    }
}
"""
TARGETS = {"portable": ["-DEIN_PORTABLE", "-std=c11"], "16 bytes": ["-mno-avx"], "this machine": ["-march=native"]}
SIZES = [(1, 1), (1, 40), (13, 5), (33, 100), (20, 300), (64, 0), (1030, 67), (7, 5000), (5000, 3), (31, 47)]


@pytest.fixture(scope="module", params=[(target, dtype) for target in TARGETS for dtype in ("float32", "float64")])
def multiply(request, library):
    target, dtype = request.param
    loaded = library(TEXT, *TARGETS[target], f"-DTYPE={'float' if dtype == 'float32' else 'double'}")

    def call(x: np.ndarray, b: np.ndarray) -> np.ndarray:
        c = np.full(b.shape[1] + 1, np.nan, dtype)
        strides = [stride // b.itemsize for stride in b.strides]
        numbers = [b.shape[1], b.shape[0], x.ctypes.data, b.ctypes.data, *strides, c.ctypes.data]
        loaded.product(*(ctypes.c_int64(number) for number in numbers))
        assert np.isnan(c[-1])
        return c[:-1]

    return call, dtype


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_products(multiply, n: int, k: int) -> None:
    call, dtype = multiply
    random = np.random.default_rng(1)
    x = random.uniform(-1, 1, k).astype(dtype)
    plain = random.uniform(-1, 1, (k, n)).astype(dtype)
    wide = random.uniform(-1, 1, (k, n + 3)).astype(dtype)[:, :n]
    for b in (plain, np.asfortranarray(plain), wide):
        expected = x.astype(float) @ b.astype(float)
        np.testing.assert_allclose(call(x, b), expected, rtol=0, atol=(k + 1) * (1e-7 if dtype == "float32" else 1e-15))


def test_what_is_left_out_of_a_vector_is_not_multiplied(multiply) -> None:
    """Numbers read twice, to fill the last vector, count once, also where they are infinite."""
    call, dtype = multiply
    for k in range(1, 70):
        b = np.ones((k, 5), dtype, order="F")
        b[0] = np.inf
        assert (call(np.ones(k, dtype), b) == np.inf).all()
        b[0] = 1
        assert (call(np.ones(k, dtype), b) == k).all()
