"""Elementwise functions in C: at most 3 units in the last place off, for every float and for many doubles.

`EINLANG_ULPS=1 pytest tests/csrc/test_ulps.py` takes all 2^32 floats and 20 million doubles for each function, some ten minutes
of one core, and writes the table of docs/numbers.md; with another number n every n-th float. A float is compared with the same
function of double, a double with long double.
"""

import ctypes
import os
import re
from pathlib import Path

import numpy as np
import pytest

from einlang.ir.operators import OPERATORS

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "numbers.md"
ASKED = int(os.environ.get("EINLANG_ULPS", "0"))
MOST_ULP = 3.0
STRIDE, COUNT = (ASKED, 20_000_000 // ASKED) if ASKED else (4099, 100_000)
TARGETS = {"any machine": [], "this machine": ["-march=native", "-fno-tree-pre"]}
EXACT = {
    "sigmoid": "1 / (1 + expl(-(x)))",
    "softplus": "((x) > 0 ? (x) : 0) + log1pl(expl(-fabsl(x)))",
    "pow": "powl(x, POWER)",
    "root": "(isinf(x) ? INFINITY : sqrtl(x) + 0)",
}
"""In long double, where it is not the name with an l."""
REDUCED = ("sin", "cos", "tan")
NAMES = ["root", *(name for name, row in OPERATORS.items() if row.expensive)]
POWERS = ("2.3", "-0.7", "0.3333333", "17.25", "-41.5", "1e-3", "4.0", "7.0", "-3.0")
measured: dict[tuple[str, str], float] = {}


class Worst(ctypes.Structure):
    """The largest distance, where it is, and what was computed there."""

    _fields_ = (("ulps", ctypes.c_double), ("x", ctypes.c_double), ("y", ctypes.c_double))


def text(name: str, power: str = "") -> str:
    """C that measures a function."""
    other, far = (", POWER", "") if power else ("", ", &far" if name in REDUCED else "")
    every = f"ein_{name}_any" if name in REDUCED else f"ein_{name}"
    exact = EXACT.get(name, f"{name}l(x)")
    return "\n".join(
        [
            "#include <math.h>",
            f"#define POWER {power}",
            f"#define FAST(SUFFIX, x) ein_{name}_##SUFFIX(x{other}{far})",
            f"#define ANY(SUFFIX, x) {every}_##SUFFIX(x{other})",
            f"#define EXACT(x) ({exact})",
            f'#include "{HERE / "ulps.h"}"',
        ]
    )


def worst(library, source: str, dtype: str, flags: list[str]) -> Worst:
    """The largest distance of a function from the exact values."""
    measure = library(source, "-O3", *flags)["worst_f32" if dtype == "float32" else "worst_f64"]
    measure.restype, measure.argtypes = Worst, [ctypes.c_uint64, ctypes.c_uint64]
    return measure(0, STRIDE) if dtype == "float32" else measure(88172645463325252, COUNT)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_functions_are_accurate(name: str, dtype: str, target: str, library) -> None:
    if ASKED and target == "any machine":
        pytest.skip("the table is of this machine")
    found = worst(library, text(name), dtype, TARGETS[target])
    measured[name, dtype] = found.ulps
    assert found.ulps <= MOST_ULP, (found.x, found.y, found.ulps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("power", POWERS)
def test_powers_are_accurate(power: str, dtype: str, library) -> None:
    exponent = power if dtype == "float64" else repr(float(np.float32(power)))
    found = worst(library, text("pow", exponent), dtype, TARGETS["this machine"])
    measured["pow", dtype] = max(found.ulps, measured.get(("pow", dtype), 0.0))
    assert found.ulps <= MOST_ULP, (found.x, found.y, found.ulps)


def table() -> str:
    """What was measured, as rows of the document."""
    names = [name for name in (*NAMES, "pow") if (name, "float32") in measured]
    rows = [f"| `{name}` | {measured[name, 'float32']:.2f} | {measured[name, 'float64']:.2f} |" for name in names]
    floats = "all 2^32 floats" if STRIDE == 1 else f"every {STRIDE}th of the 2^32 floats"
    head = f"| function | float32: {floats} | float64: {COUNT // 1000},000 doubles |"
    return "\n".join([head, "| --- | --- | --- |", *rows])


def test_the_document_has_the_errors_of_each_function() -> None:
    if ASKED:
        old = DOCUMENT.read_text(encoding="utf-8")
        new = re.sub(r"\| function \|.*?\n\n", lambda _: table() + "\n\n", old, flags=re.DOTALL)
        DOCUMENT.write_text(new, encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [name for name, *_ in rows] == [*NAMES, "pow"]
    assert all(float(error) <= MOST_ULP for _, *errors in rows for error in errors)
