"""Running reductions in C: every count, exact where numbers are whole, about as accurate as NumPy where they are not."""

import ctypes

import numpy as np
import pytest

TEXT = """
#include <math.h>
#include <stdint.h>
#include <einlang_math.h>
#define EIN_TYPE float
#define EIN_NAME(word) ein_OPERATION_##word
#define EIN_NEUTRAL (NEUTRAL)
#define EIN_COMBINE(a, b) COMBINE
#include <einlang_reduce.h>

float reduce(int64_t n, const float *x) {
    float values[256];
    ein_OPERATION_state state;
    state.chunks = 0;
    for (int64_t start = 0; start < n; start += 256) {
        const int64_t count = n - start < 256 ? n - start : 256;
        for (int64_t i = 0; i < count; i++) values[i] = x[start + i];
        ein_OPERATION_chunk(&state, values, count);
    }
    return ein_OPERATION_result(&state);
}
"""
OPERATIONS = {
    "sum": ("0", "((a) + (b))", np.sum),
    "prod": ("1", "((a) * (b))", np.prod),
    "max": ("-INFINITY", "ein_max_f32(a, b)", lambda x: np.max(x, initial=-np.inf)),
    "min": ("INFINITY", "ein_min_f32(a, b)", lambda x: np.min(x, initial=np.inf)),
}
COUNTS = [*range(36), 255, 256, 257, 511, 512, 513, 3 * 256, 7 * 256 + 19, 65 * 256 + 1]


def reducer(library, operation: str, *flags: str):
    """The reduction as a function of an array."""
    neutral, combine, _ = OPERATIONS[operation]
    text = TEXT.replace("OPERATION", operation).replace("NEUTRAL)", f"{neutral})").replace("b) COMBINE", f"b) {combine}")
    reduce = library(text, *flags).reduce
    reduce.restype = ctypes.c_float
    return lambda x: reduce(ctypes.c_int64(x.size), ctypes.c_void_p(x.ctypes.data))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_count(operation: str, library) -> None:
    reduce = reducer(library, operation)
    random = np.random.default_rng(1)
    for count in COUNTS:
        x = (random.choice([1, -1], count) if operation == "prod" else random.integers(-9, 9, count)).astype(np.float32)
        assert reduce(x) == OPERATIONS[operation][2](x), count


def test_nan_is_not_lost(library) -> None:
    for operation in ("max", "min"):
        for place in (0, 5, 255, 256, 700):
            x = np.zeros(701, np.float32)
            x[place] = np.nan
            assert np.isnan(reducer(library, operation)(x)), place


def test_long_sums_are_accurate(library) -> None:
    x = np.random.default_rng(4).uniform(0, 1, 2**22).astype(np.float32)
    exact = np.sum(x, dtype=np.float64)
    assert abs(reducer(library, "sum", "-O3", "-march=native")(x) - exact) <= 2 * max(abs(np.sum(x) - exact), exact * 2**-24)
