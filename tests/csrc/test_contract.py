"""Matrix products in C: all strides, ragged sizes, several blocks, on vectors of every width and without any."""

import ctypes
from itertools import product

import numpy as np
import pytest

TEXT = """
#include <stdint.h>
#include <einlang_vector.h>
#define EIN_TYPE TYPE
#define EIN_NAME(word) ein_##word
#include <einlang_contract.h>

int64_t space(int64_t n, int64_t k) { return ein_space(n, k); }

void multiply(int64_t m, int64_t n, int64_t k, const TYPE *a, int64_t a_row, int64_t a_k, const TYPE *b, int64_t b_k,
              int64_t b_column, TYPE *c, int64_t c_row, void *room) {
    for (int64_t j = 0; j < n; j += ein_columns(n)) {
        const int64_t columns = n - j < ein_columns(n) ? n - j : ein_columns(n);
        for (int64_t p = 0; p < (k > 1 ? k : 1); p += ein_depth(k)) {
            const int64_t depth = k - p < ein_depth(k) ? k - p : ein_depth(k);
            const ein_panels panels = ein_pack(m, columns, depth, b + p * b_k + j * b_column, b_k, b_column, room);
            for (int64_t i = 0; i < m; i += ein_height()) {
                const int64_t rows = m - i < ein_height() ? m - i : ein_height();
                const TYPE *from = a + i * a_row + p * a_k;
                ein_rows(rows, columns, columns, depth, from, a_row, a_k, panels, c + i * c_row + j, c_row, p == 0, room);
            }
        }
    }
}
"""
TARGETS = {
    "portable": ["-DEIN_PORTABLE", "-std=c11"],
    "16 bytes": ["-mno-avx"],
    "this machine": ["-march=native"],
}
SIZES = [(1, 1, 1), (7, 13, 5), (17, 100, 33), (3, 300, 20), (5, 64, 0), (130, 67, 1030), (49, 600, 9), (64, 1, 300)]


def layouts(rows: int, columns: int, random: np.random.Generator, dtype: str) -> list[np.ndarray]:
    """Equal shapes, other strides: rows contiguous, columns contiguous, neither."""
    wide = random.uniform(-1, 1, (2 * rows + 1, 3 * columns + 1)).astype(dtype)
    plain = random.uniform(-1, 1, (rows, columns)).astype(dtype)
    return [plain, np.asfortranarray(plain), wide[1::2, ::3][:rows, :columns]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", TARGETS)
def test_products_of_all_layouts(target: str, dtype: str, library) -> None:
    loaded = library(TEXT, *TARGETS[target], f"-DTYPE={'float' if dtype == 'float32' else 'double'}")
    loaded.space.restype = ctypes.c_int64
    random = np.random.default_rng(2)
    for m, n, k in SIZES:
        room = np.zeros(loaded.space(ctypes.c_int64(n), ctypes.c_int64(k)), np.uint8)
        for a, b in product(layouts(m, k, random, dtype), layouts(k, n, random, dtype)):
            c = np.full((m, n + 2), np.nan, dtype)
            strides = [[stride // array.itemsize for stride in array.strides] for array in (a, b)]
            numbers = [m, n, k, a.ctypes.data, *strides[0], b.ctypes.data, *strides[1], c.ctypes.data, n + 2, room.ctypes.data]
            loaded.multiply(*(ctypes.c_int64(number) for number in numbers))
            limit = k * (1e-7 if dtype == "float32" else 1e-15)
            np.testing.assert_allclose(c[:, :n], a.astype(float) @ b.astype(float), rtol=0, atol=limit)
            assert np.isnan(c[:, n:]).all()
