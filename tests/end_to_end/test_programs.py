"""Every program in both backends and both types against the oracle, and its gradients against central differences."""

from functools import cache

import numpy as np
import pytest
from end_to_end.programs import CASES, Case

import einlang
from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def ids(case: Case) -> str:
    return case.name


@cache
def differentiated(text: str) -> Program:
    """The tensor IR of a text, without derivatives."""
    report = Report()
    program = analyse(parse(Source("case.ein", text), report, lambda path, span: None), report, name="case")
    assert program is not None, report.diagnostics
    return differentiate(program)


def oracle(text: str, arrays: dict[str, np.ndarray], dtype: str) -> dict[str, np.ndarray]:
    """All tensors that the program defines, by the interpreter."""
    return interpret(differentiated(text), arrays, dtype)


def scale(values: np.ndarray) -> float:
    """The largest finite magnitude, at least 1."""
    return float(np.max(np.abs(values[np.isfinite(values)]), initial=1))


def data(case: Case, dtype: str) -> dict[str, np.ndarray]:
    """Random arrays in the case's range; integers for an input that the case declares so."""
    random = np.random.default_rng(7)
    arrays = {}
    for name, shape in case.shapes.items():
        values = random.uniform(case.low, case.high, shape)
        arrays[name] = np.floor(values * 3).astype(np.int64) if f"{name}[b] : int" in case.text else np.asarray(values, dtype)
    return arrays


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_program_agrees_with_the_oracle(case: Case, dtype: str, backend: str) -> None:
    arrays = data(case, dtype)
    expected = oracle(case.text, arrays, dtype)
    out = einlang.compile(case.text, backend=backend)(**arrays)
    names = out.keys()
    for name in names:
        tolerance = TOLERANCE[dtype] * scale(expected[name])
        assert out[name].dtype == expected[name].dtype, name
        np.testing.assert_allclose(out[name], expected[name], rtol=TOLERANCE[dtype] * 10, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("case", [case for case in CASES if case.scalars], ids=ids)
def test_gradients_agree_with_central_differences(case: Case, backend: str) -> None:
    arrays = data(case, "float64")
    program = einlang.compile(case.text, backend=backend)
    for scalar in case.scalars:
        names = [name for name, array in arrays.items() if array.dtype == np.float64]
        gradients = program.grad(scalar, wrt=names)(**arrays)
        for name in names:
            expected = central_difference(case.text, arrays, scalar, name)
            np.testing.assert_allclose(gradients[name], expected, rtol=2e-6, atol=2e-6, err_msg=f"d{scalar}/d{name}")


def central_difference(text: str, arrays: dict[str, np.ndarray], scalar: str, name: str) -> np.ndarray:
    """(f(x + h) - f(x - h)) / 2h for each element, h about the cube root of the rounding error."""
    result, step = np.zeros_like(arrays[name]), 6e-6
    for place in np.ndindex(arrays[name].shape):
        values = []
        for sign in (1, -1):
            moved = arrays[name].copy()
            moved[place] += sign * step
            values.append(oracle(text, {**arrays, name: moved}, "float64")[scalar])
        result[place] = (values[0] - values[1]) / (2 * step)
    return result
