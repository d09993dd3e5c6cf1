"""Contractions of bundles of indices in C: all orders of indices, ragged sizes, on vectors of every width and without any."""

import ctypes
from itertools import permutations

import numpy as np
import pytest

TEXT = """
#include <stdint.h>
#include <einlang_vector.h>
#define EIN_TYPE TYPE
#define EIN_NAME(word) ein_##word
#include <einlang_contract.h>
#if EIN_VECTOR_BYTES >= 16
#define EIN_BYTES 16
#define EIN_SIZED(word) ein_##word##_16
#include <einlang_square.h>
#undef EIN_BYTES
#undef EIN_SIZED
#endif
#if EIN_VECTOR_BYTES >= 32
#define EIN_BYTES 32
#define EIN_SIZED(word) ein_##word##_32
#include <einlang_square.h>
#undef EIN_BYTES
#undef EIN_SIZED
#endif
#if EIN_VECTOR_BYTES >= 64
#define EIN_BYTES 64
#define EIN_SIZED(word) ein_##word##_64
#include <einlang_square.h>
#undef EIN_BYTES
#undef EIN_SIZED
#endif
#include <einlang_bundles.h>

int64_t room(int64_t m, int64_t n, int64_t k) { return ein_room(m, n, k); }

static ein_bundle bundle(int64_t rank, const int64_t *axes) {
    ein_bundle found = ein_empty();
    for (int64_t axis = 0; axis < rank; axis++) found = ein_with(found, axes[3 * axis], axes[3 * axis + 1], axes[3 * axis + 2]);
    return found;
}

void contract(int64_t m, int64_t n, int64_t k, const int64_t *ranks, const int64_t *axes, const TYPE *a, const TYPE *b, TYPE *c,
              void *space) {
    const ein_bundle rows = bundle(ranks[0], axes), columns = bundle(ranks[1], axes + 3 * ranks[0]);
    const ein_bundle summed = ein_woven(bundle(ranks[2], axes + 3 * (ranks[0] + ranks[1])));
    for (int64_t p = 0; p < (k > 1 ? k : 1); p += ein_depth(k)) {
        const int64_t depth = k - p < ein_depth(k) ? k - p : ein_depth(k);
        for (int64_t j = 0; j < n; j += ein_reach(n, k)) {
            const int64_t wide = n - j < ein_reach(n, k) ? n - j : ein_reach(n, k);
            const ein_laid laid = ein_lay_columns(j, wide, p, depth, b, &columns, &summed, space);
            for (int64_t i = 0; i < m; i += ein_height()) {
                const int64_t high = m - i < ein_height() ? m - i : ein_height();
                ein_lay_rows(i, high, p, depth, a, &rows, &summed, laid, c);
            }
        }
    }
}
"""
TARGETS = {
    "portable": ["-DEIN_PORTABLE", "-std=c11"],
    "16 bytes": ["-mno-avx"],
    "32 bytes": ["-mavx"],
    "this machine": ["-march=native"],
}
CONTRACTIONS = [
    ("abk,kc->abc", {"a": 5, "b": 20, "c": 33, "k": 19}),
    ("ecbd,ae->dcba", {"a": 37, "b": 5, "c": 3, "d": 21, "e": 17}),
    ("ce,aebd->dcba", {"a": 24, "b": 7, "c": 9, "d": 20, "e": 18}),
    ("edfb,fcea->dcba", {"a": 20, "b": 21, "c": 6, "d": 5, "e": 12, "f": 50}),
    ("bcd,dac->ba", {"a": 70, "b": 67, "c": 40, "d": 33}),
    ("bdc,dac->ab", {"a": 9, "b": 35, "c": 48, "d": 24}),
    ("cbeg,agfd->fedcba", {"a": 16, "b": 9, "c": 5, "d": 19, "e": 4, "f": 3, "g": 13}),
    ("cbeg,agfd->fedcba", {"a": 2, "b": 3, "c": 1, "d": 50, "e": 2, "f": 40, "g": 3}),
    ("akl,lbk->ab", {"a": 3, "b": 5, "k": 0, "l": 2}),
    ("kal,lkbc->acb", {"a": 7, "b": 130, "c": 21, "k": 31, "l": 35}),
    ("iik,kjj->ij", {"i": 18, "j": 35, "k": 20}),
]


def axes_of(formula: str, arrays: list[np.ndarray], sizes: dict[str, int]) -> list[list[list[int]]]:
    """The bundles of rows, columns and what is summed, each index with its extent and its strides in two of the arrays."""
    words = [*formula.partition("->")[0].split(","), formula.partition("->")[2]]

    def stride(number: int, letter: str) -> int:
        steps = zip(words[number], arrays[number].strides, strict=True)
        return sum(step for own, step in steps if own == letter) // arrays[number].itemsize

    summed = [c for c in dict.fromkeys(words[0]) if c in words[1]]
    sides = [([c for c in words[2] if c in words[0]], 0, 2), ([c for c in words[2] if c in words[1]], 1, 2), (summed, 0, 1)]
    return [[[sizes[c], stride(one, c), stride(two, c)] for c in letters] for letters, one, two in sides]


def computed(loaded: ctypes.CDLL, axes: list[list[list[int]]], arrays: list[np.ndarray]) -> None:
    """The contraction, into the last of the arrays."""
    m, n, k = (int(np.prod([extent for extent, _, _ in bundle])) for bundle in axes)
    loaded.room.restype = ctypes.c_int64
    size = loaded.room(ctypes.c_int64(m), ctypes.c_int64(n), ctypes.c_int64(k))
    room = np.zeros(size + 128, np.uint8)
    start = -room.ctypes.data % 64
    room[start + size :] = 77
    ranks = np.array([len(bundle) for bundle in axes])
    flat = np.array([number for bundle in axes for axis in bundle for number in axis])
    pointers = [array.ctypes.data for array in (ranks, flat, *arrays)]
    loaded.contract(*(ctypes.c_int64(number) for number in (m, n, k, *pointers, room.ctypes.data + start)))
    assert (room[start + size :] == 77).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", TARGETS)
def test_contractions_in_all_orders(target: str, dtype: str, library) -> None:
    loaded = library(TEXT, *TARGETS[target], f"-DTYPE={'float' if dtype == 'float32' else 'double'}")
    random = np.random.default_rng(4)
    for formula, sizes in CONTRACTIONS:
        words = [*formula.partition("->")[0].split(","), formula.partition("->")[2]]
        given = [random.integers(-4, 5, [sizes[c] for c in word]).astype(dtype) for word in words[:2]]
        expected = np.einsum(formula, *given, optimize=True)
        result = np.full([size + 1 for size in expected.shape], np.nan, dtype)
        inner = result[tuple(slice(size) for size in expected.shape)]
        for rows, columns, summed in _orders(axes_of(formula, [*given, inner], sizes)):
            result[:] = np.nan
            computed(loaded, [rows, columns, summed], [*given, inner])
            np.testing.assert_array_equal(inner, expected, f"{formula} {sizes} {rows} {columns} {summed}")
            assert np.isnan(result).sum() == result.size - expected.size


def _orders(axes: list[list[list[int]]]):
    """The bundles with each of them in every order."""
    for rows, columns, summed in (
        (r, c, s) for r in permutations(axes[0]) for c in permutations(axes[1]) for s in permutations(axes[2])
    ):
        yield list(rows), list(columns), list(summed)
