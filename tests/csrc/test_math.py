"""Elementwise functions in C: right at infinities, NaN, subnormals and signed zeros; loops of them are loops of vectors."""

import ctypes
import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from einlang.ir.operators import OPERATORS
from einlang.runtime.toolchain import FLAGS, WISHED

CSRC = Path(__file__).parents[2] / "csrc"
VECTORISED = ("root", *(name for name, row in OPERATORS.items() if row.expensive))
REDUCED = ("sin", "cos", "tan")
TYPES = (("float", "f32", "int32_t"), ("double", "f64", "int64_t"))
HEADERS = "\n".join(f"#include <einlang_{topic}.h>" for topic in ("math", "powers", "hyperbolic", "arcs", "turns")) + "\n"


def call(name: str, suffix: str, argument: str) -> str:
    """A call in a loop that counts large angles in `far`."""
    return f"ein_{name}_{suffix}({argument}{', &far' if name in REDUCED else ''})"


def loop(name: str, value: str, c: str, count: str) -> str:
    """A function that computes a value for every x[i]; gives whether angles were large."""
    head = f"int {name}(int64_t n, const {c} *restrict x, {c} *restrict y)"
    return f"{head} {{ {count} far = 0; for (int64_t i = 0; i < n; i++) y[i] = {value}; return far != 0; }}"


TEXT = HEADERS + "\n".join(
    loop(f"{name}_{suffix}", call(name, suffix, "x[i]"), c, count) for name in VECTORISED for c, suffix, count in TYPES
)
BINARY = "#include <einlang_math.h>\n" + "\n".join(
    f"{c} {name}_{suffix}({c} a, {c} b) {{ return ein_{name}_{suffix}(a, b); }}"
    for name in ("max", "min")
    for c, suffix in (("float", "f32"), ("double", "f64"), ("int64_t", "i64"))
)
POWER = "#include <einlang_powers.h>\ndouble power(double x, int n) { return ein_power_f64(x, n); }"

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
    "sinh": [(-np.inf, -np.inf), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0), (-1e5, -np.inf)],
    "cosh": [(-np.inf, np.inf), (np.inf, np.inf), (0.0, 1.0), (-0.0, 1.0), (1e5, np.inf)],
    "asin": [(-np.inf, np.nan), (1.5, np.nan), (0.0, 0.0), (-0.0, -0.0), (1.0, np.pi / 2), (-1.0, -np.pi / 2)],
    "acos": [(np.inf, np.nan), (-1.5, np.nan), (1.0, 0.0), (-1.0, np.pi), (-0.0, np.pi / 2)],
    "atan": [(-np.inf, -np.pi / 2), (np.inf, np.pi / 2), (0.0, 0.0), (-0.0, -0.0)],
    "sin": [(-np.inf, np.nan), (np.inf, np.nan), (0.0, 0.0), (-0.0, -0.0), (1e-30, 1e-30)],
    "cos": [(-np.inf, np.nan), (np.inf, np.nan), (0.0, 1.0), (-0.0, 1.0), (1e-30, 1.0)],
    "tan": [(-np.inf, np.nan), (np.inf, np.nan), (0.0, 0.0), (-0.0, -0.0), (-1e-30, -1e-30)],
}


def computed(library, name: str, x: np.ndarray, flags=()) -> np.ndarray:
    """The function of C at every element."""
    function = library(TEXT, *flags)[f"{name}_{'f32' if x.dtype == np.float32 else 'f64'}"]
    y = np.empty_like(x)
    function(ctypes.c_int64(x.size), ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data))
    return y


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


def test_small_powers_are_products(library) -> None:
    power = library(POWER).power
    power.restype, power.argtypes = ctypes.c_double, [ctypes.c_double, ctypes.c_int]
    for n in range(5):
        assert power(1.1, n) == pytest.approx(1.1**n, rel=1e-14)


@pytest.mark.parametrize("suffix", ["f32", "f64"])
def test_powers_at_special_values_are_c99s(suffix: str, library) -> None:
    kind = {"f32": ctypes.c_float, "f64": ctypes.c_double}[suffix]
    power = library(HEADERS + "\n".join(f"{c} pow_{t}({c} x, {c} y) {{ return ein_pow_{t}(x, y); }}" for c, t, _ in TYPES))[
        f"pow_{suffix}"
    ]
    power.restype, power.argtypes = kind, [kind, kind]
    values = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 2.5, -2.5, 1e38, -1e38, 1e-38]
    values += [4503599627370497.0, 9007199254740991.0, 8388609.0, 16777215.0]
    for x in values:
        for y in values:
            with np.errstate(all="ignore"):
                exact = np.power(np.longdouble(kind(x).value), np.longdouble(kind(y).value))
            np.testing.assert_allclose(power(x, y), float(kind(exact).value), rtol=1e-6 if suffix == "f32" else 1e-15)
            assert math.copysign(1, power(x, y)) == math.copysign(1, exact) or math.isnan(exact)


def test_powers_of_whole_numbers_are_exact(library) -> None:
    power = library(HEADERS + "double pow_f64(double x, double y) { return ein_pow_f64(x, y); }").pow_f64
    power.restype, power.argtypes = ctypes.c_double, [ctypes.c_double, ctypes.c_double]
    for x in range(2, 60):
        for n in range(1, 53):
            assert x**n >= 2**53 or power(-x, n) == (-x) ** n


@pytest.mark.parametrize("name", REDUCED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_angles_are_told(name: str, dtype: str, library) -> None:
    function = library(TEXT)[f"{name}_{'f32' if dtype == 'float32' else 'f64'}"]
    for value, large in ((8191.0, False), (1e9, True), (-3e38, True), (math.inf, False), (math.nan, False), (0.0, False)):
        x = np.array([1.0, value, 2.0], dtype)
        y = np.empty_like(x)
        assert bool(function(ctypes.c_int64(3), ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data))) is large


def composed(c: str, suffix: str, count: str) -> list[str]:
    """Loops of every function, alone and with others in and around it, one a line."""
    x = "x[i]"
    values = {name: call(name, suffix, x) for name in VECTORISED}
    values |= {f"{name}_log": call("log", suffix, call(name, suffix, x)) for name in VECTORISED}
    values |= {f"{name}_exp": call(name, suffix, call("exp", suffix, x)) for name in VECTORISED if name != "log"}
    values |= {f"{name}_max": call(name, suffix, f"ein_max_{suffix}({x}, 0)") for name in VECTORISED}
    values |= {f"{name}_chosen": f"{x} > 0 ? {call(name, suffix, x)} : 0" for name in VECTORISED if name not in REDUCED}
    values |= {f"{name}_power": f"ein_pow_{suffix}({call(name, suffix, x)}, {x})" for name in VECTORISED}
    values |= {name: call(name, suffix, x) for name in ("sign", "abs")}
    return [loop(f"loop_{name}", value, c, count) for name, value in values.items()]


@pytest.mark.parametrize(("c", "suffix", "count"), TYPES)
def test_gcc_makes_loops_of_vectors_that_call_nothing(c: str, suffix: str, count: str, tmp_path: Path) -> None:
    gcc = shutil.which("gcc")
    if gcc is None or "clang" in subprocess.run([gcc, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("is of gcc")
    lines = composed(c, suffix, count)
    (tmp_path / "loops.c").write_text(HEADERS + "\n".join(lines) + "\n")
    command = [gcc, *FLAGS, *WISHED, "-fopt-info-vec", f"-I{CSRC}", "-c", "loops.c"]
    report = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
    vectorised = {int(found[1]) for found in re.finditer(r"^loops\.c:(\d+):.*loop vectorized", report, re.MULTILINE)}
    first = HEADERS.count("\n") + 1
    assert [line.split("(")[0] for number, line in enumerate(lines, start=first) if number not in vectorised] == []
    called = subprocess.run(["nm", "-u", "loops.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert called.split() in ([], ["U", "_GLOBAL_OFFSET_TABLE_"])
