"""Elementwise functions in C: at most 3 units in the last place off, right at infinities, NaN, subnormals and signed zeros."""

import ctypes
import math

import numpy as np
import pytest

VECTORISED = ("exp", "log", "tanh", "sigmoid", "softplus", "log1p", "expm1", "erf", "sqrt", "root")
MOST_ULP = 3.0
TARGETS = ([], ["-march=native", "-O3"])
TEXT = "#include <stdint.h>\n#include <einlang_math.h>\n" + "\n".join(
    f"void {name}_{suffix}(int64_t n, const {c} *restrict x, {c} *restrict y) "
    f"{{ for (int64_t i = 0; i < n; i++) y[i] = ein_{name}_{suffix}(x[i]); }}"
    for name in VECTORISED
    for c, suffix in (("float", "f32"), ("double", "f64"))
)
BINARY = "#include <einlang_math.h>\n" + "\n".join(
    f"{c} {name}_{suffix}({c} a, {c} b) {{ return ein_{name}_{suffix}(a, b); }}"
    for name in ("max", "min")
    for c, suffix in (("float", "f32"), ("double", "f64"), ("int64_t", "i64"))
)
POWER = "#include <einlang_math.h>\ndouble power(double x, int n) { return ein_power_f64(x, n); }"

EXACT = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "root": np.sqrt,
}
"""In a wider type than the one tested: float64 for float32, long double for float64."""
SPECIAL = {
    "exp": [(-np.inf, 0.0), (np.inf, np.inf), (0.0, 1.0), (-0.0, 1.0)],
    "log": [(0.0, -np.inf), (-0.0, -np.inf), (-1.0, np.nan), (np.inf, np.inf), (1.0, 0.0), (-np.inf, np.nan)],
    "tanh": [(-np.inf, -1.0), (np.inf, 1.0), (0.0, 0.0), (-0.0, -0.0)],
    "sigmoid": [(-np.inf, 0.0), (np.inf, 1.0), (0.0, 0.5)],
    "softplus": [(-np.inf, 0.0), (np.inf, np.inf)],
    "log1p": [(-1.0, -np.inf), (-2.0, np.nan), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0)],
    "expm1": [(-np.inf, -1.0), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0)],
    "erf": [(-np.inf, -1.0), (np.inf, 1.0), (0.0, 0.0), (-0.0, -0.0)],
    "sqrt": [(-1.0, np.nan), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0)],
    "root": [(-np.inf, np.inf), (-1.0, np.nan), (np.inf, np.inf), (0.0, 0.0), (-0.0, 0.0)],
}


def computed(library, name: str, x: np.ndarray, flags=()) -> np.ndarray:
    """The function of C at every element."""
    function = library(TEXT, *flags)[f"{name}_{'f32' if x.dtype == np.float32 else 'f64'}"]
    y = np.empty_like(x)
    function(ctypes.c_int64(x.size), ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data))
    return y


def sample(dtype: str) -> np.ndarray:
    """Numbers of all magnitudes and signs, subnormals among them, and many between -40 and 40."""
    random = np.random.default_rng(3)
    bits = random.integers(0, 2**32, 150_000, np.uint32) if dtype == "float32" else random.integers(0, 2**64, 150_000, np.uint64)
    plain = random.uniform(-40, 40, 150_000) * random.uniform(0, 1, 150_000) ** 8
    x = np.concatenate([bits.view(dtype), plain.astype(dtype), random.uniform(-110, 90, 50_000).astype(dtype)])
    return x[np.isfinite(x)]


def ulps(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The distance in units in the last place of the exact value; infinite where just one is NaN or infinite."""
    with np.errstate(over="ignore"):
        rounded = exact.astype(got.dtype)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    unit = np.spacing(np.maximum(np.abs(rounded), np.finfo(got.dtype).tiny))
    with np.errstate(all="ignore"):
        distance = np.abs(got.astype(exact.dtype) - exact) / unit
    distance = np.where(np.isfinite(got) & np.isfinite(rounded), distance, np.inf)
    return np.where(same, np.minimum(distance, 0.5), distance).astype(np.float64)


@pytest.mark.parametrize("flags", TARGETS, ids=["any machine", "this machine"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EXACT)
def test_functions_are_accurate(name: str, dtype: str, flags: list[str], library) -> None:
    x = sample(dtype)
    with np.errstate(all="ignore"):
        exact = EXACT[name](x.astype(np.float64 if dtype == "float32" else np.longdouble))
    distance = ulps(computed(library, name, x, flags), exact)
    assert distance.max() <= MOST_ULP, (x[distance.argmax()], distance.max())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erf_is_accurate(dtype: str, library) -> None:
    x = np.ascontiguousarray(sample(dtype)[::20])
    exact = np.array([math.erf(value) for value in x.astype(float)])
    assert ulps(computed(library, "erf", x), exact).max() <= MOST_ULP


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", VECTORISED)
def test_special_values(name: str, dtype: str, library) -> None:
    x, wanted = (np.array(column, dtype) for column in zip(*SPECIAL[name], (np.nan, np.nan), strict=True))
    y = computed(library, name, x)
    np.testing.assert_array_equal(y, wanted)
    np.testing.assert_array_equal(np.signbit(y[wanted == 0]), np.signbit(wanted[wanted == 0]))


def test_subnormal_results_and_arguments(library) -> None:
    small = np.array([-88.0, -100.0, -103.0], np.float32)
    np.testing.assert_allclose(computed(library, "exp", small), np.exp(small.astype(float)).astype("f4"), rtol=0, atol=2e-45)
    tiny = np.array([1e-40, 3e-45], np.float32)
    np.testing.assert_allclose(computed(library, "log", tiny), np.log(tiny.astype(float)), rtol=1e-7)
    np.testing.assert_array_equal(computed(library, "tanh", tiny), tiny)


@pytest.mark.parametrize("suffix", ["f32", "f64", "i64"])
@pytest.mark.parametrize("name", ["max", "min"])
def test_largest_and_smallest_are_numpys(name: str, suffix: str, library) -> None:
    kind = {"f32": ctypes.c_float, "f64": ctypes.c_double, "i64": ctypes.c_int64}[suffix]
    function = library(BINARY)[f"{name}_{suffix}"]
    function.restype, function.argtypes = kind, [kind, kind]
    values = [1, -2, 3] if suffix == "i64" else [1.0, -2.0, float("inf"), float("nan")]
    for a in values:
        for b in values:
            wanted = (np.maximum if name == "max" else np.minimum)(a, b)
            np.testing.assert_equal(function(a, b), wanted)


def test_whole_powers_are_products(library) -> None:
    power = library(POWER).power
    power.restype, power.argtypes = ctypes.c_double, [ctypes.c_double, ctypes.c_int]
    for n in (*range(20), 64, 127):
        assert power(1.1, n) == pytest.approx(1.1**n, rel=1e-14)
