"""C of the whole corpus, in both types and for many sizes, against the oracle."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from unit.codegen.c.corpus import CASES, LENGTHS, Case, arrays

from einlang.ir.interpret import interpret
from einlang.ir.program import Program

TOLERANCE = {"float32": 2e-4, "float64": 1e-12}


def same(program: Program, outputs, expected, dtype: str, what: object) -> None:
    """The outputs are those of the oracle, up to rounding; whole numbers exactly."""
    for tensor, output in zip(program.outputs, outputs, strict=True):
        wanted = expected[tensor.name]
        largest = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
        limit = TOLERANCE[dtype] if tensor.kind == "float" else 0
        np.testing.assert_allclose(output, wanted, rtol=limit, atol=limit * largest, err_msg=f"{tensor.name}, {dtype}, {what}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_c_agrees_with_the_oracle(case: Case, build_both) -> None:
    program = case.make()
    built = build_both(program, ["-O1"])
    for lengths in LENGTHS:
        data = arrays(program, lengths)
        for dtype, function in built.items():
            try:
                expected = {**data, **interpret(program, data, dtype)}
            except ValueError:
                continue
            outputs = function(data)
            assert function.status == 0
            same(program, outputs, expected, dtype, lengths)


@pytest.mark.parametrize(
    "name", ["reductions: rows", "reductions: columns", "maps: largest and smallest", "reductions: searches"]
)
def test_nan_and_infinity_go_where_numpy_has_them(name: str, build_both) -> None:
    program = next(case for case in CASES if case.name == name).make()
    for dtype, function in build_both(program).items():
        for special in (np.nan, np.inf, -np.inf):
            data = arrays(program, LENGTHS[0])
            for array in data.values():
                array.flat[:: max(1, array.size // 4)] = special
            same(program, function(data), interpret(program, data, dtype), dtype, special)


def test_results_have_the_same_bits_on_every_run(build) -> None:
    program = next(case for case in CASES if case.name == "products: bias and activation").make()
    built = build(program, "float32")
    data = arrays(program, LENGTHS[-1])
    first = built(data)
    for _ in range(3):
        for one, other in zip(first, built(data), strict=True):
            np.testing.assert_array_equal(one, other)


def test_nothing_is_read_or_written_out_of_bounds_and_nothing_is_undefined() -> None:
    """The corpus once more under the address and undefined behaviour sanitizers, in a Python of their own."""
    sanitizer = subprocess.run([shutil.which("gcc"), "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {
        **os.environ,
        "LD_PRELOAD": sanitizer.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-m", "unit.codegen.c.sanitized"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-4000:]
    assert "all ran" in result.stdout
