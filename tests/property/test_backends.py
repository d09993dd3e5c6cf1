"""C, NumPy and the oracle give the same numbers for random programs and their derivatives, in both types, for any strides."""

import shutil
import warnings
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property.arrays import arrays, strided, with_nan
from property.comparing import assert_close
from property.pieces import Sample
from property.programs import programs
from property.stages import differentiated

import einlang
from einlang.ir.interpret import interpret

HALF, QUARTER = (max(4, settings.default.max_examples // parts) for parts in (2, 4))
Arrays = Mapping[str, np.ndarray]


def check(sample: Sample, backend: str, data: st.DataObject) -> None:
    """Calls in float64 and in float32 against the oracle in float64, and one with NaN among the inputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = einlang.compile(sample.source, backend=backend)
    values = data.draw(arrays(sample, zero=sample.is_finite_over_nothing))
    single = {name: array.astype(np.float32) if array.dtype.kind == "f" else array for name, array in values.items()}
    program = differentiated(sample.source)
    for given_arrays, tolerance in ((values, 1e-9), (single, 1e-4)):
        expected = interpret(program, given_arrays)
        if given_arrays is single:
            tolerance += 10 * _rounding(interpret(program, given_arrays, "float32"), expected)
        results = dict(zip(sample.names, compiled(data.draw(strided(given_arrays))), strict=True))
        assert all(result.dtype in (given_arrays["a"].dtype, np.int64) for result in results.values())
        assert_close(results, {name: expected[name] for name in sample.names}, tolerance)
    if all(array.size for array in values.values()) and "δ" not in sample.source:
        spoilt = data.draw(with_nan(values))
        expected = interpret(program, spoilt)
        found = dict(zip(sample.names, compiled(spoilt), strict=True))
        assert_close(found, {line.tensor.name: expected[line.tensor.name] for line in sample.lines}, 1e-9)


def _rounding(rounded: Arrays, exact: Arrays) -> float:
    """What single precision costs: the largest difference, relative to the largest element of its array."""
    worst = 0.0
    for name, array in exact.items():
        finite = np.isfinite(array) & np.isfinite(rounded[name])
        difference = np.abs(array - rounded[name])[finite].max(initial=0)
        worst = max(worst, float(difference / (1 + np.abs(array)[finite].max(initial=0))))
    return worst


@settings(max_examples=HALF)
@given(programs(stop=True), st.data())
def test_numpy_agrees_with_the_oracle(sample: Sample, data: st.DataObject) -> None:
    check(sample, "numpy", data)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
@settings(max_examples=QUARTER)
@given(programs(stop=True), st.data())
def test_c_agrees_with_the_oracle(sample: Sample, data: st.DataObject) -> None:
    check(sample, "c", data)
