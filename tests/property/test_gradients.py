"""Derivatives of random programs against central differences of their loss, computed by the oracle in extended precision."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from property.arrays import arrays
from property.comparing import assert_close
from property.pieces import Sample
from property.programs import programs
from property.stages import differentiated

from einlang.ir.interpret import interpret

EXTENDED = np.finfo(np.longdouble).eps < 1e-18
STEP = 1e-5 if EXTENDED else 1e-4


def mismatch(sample: Sample, values: Mapping[str, np.ndarray], seed: int) -> tuple[float, float] | None:
    """Derivative along a random direction by the program and by differences, where they differ."""
    program = differentiated(sample.source)
    found = interpret(program, values, np.longdouble)
    generator = np.random.default_rng(seed)
    directions = {tensor.name: generator.uniform(-1, 1, values[tensor.name].shape) for tensor in sample.params}

    def loss(amount: float) -> np.longdouble:
        moved = {name: values[name] + np.longdouble(amount) * direction for name, direction in directions.items()}
        return interpret(program, {**values, **moved}, np.longdouble)["L"][()]

    expected = float((8 * (loss(STEP) - loss(-STEP)) - loss(2 * STEP) + loss(-2 * STEP)) / (12 * STEP))
    slope = float(sum(np.sum(found[f"G_{name}"] * direction) for name, direction in directions.items()))
    if slope == pytest.approx(expected, rel=1e-6, abs=1e-7) or not np.isfinite(expected):
        return None
    return slope, expected


@given(programs(), st.data())
def test_gradients_agree_with_differences(sample: Sample, data: st.DataObject) -> None:
    """Near a kink they need not: there must be a point away from kinks among three."""
    for _ in range(3):
        found = mismatch(sample, data.draw(arrays(sample, most=3, zero=False)), data.draw(st.integers(0, 2**32 - 1)))
        if found is None:
            return
    assert found is None


@given(programs(), st.data())
def test_derivatives_by_definitions_take_them_as_independent(sample: Sample, data: st.DataObject) -> None:
    """They are the derivatives by a param in place of the definition, at its value."""
    assume(len(sample.independent) > len(sample.params))
    values = data.draw(arrays(sample, most=3, zero=False))
    found = interpret(differentiated(sample.source), values)
    number = data.draw(st.sampled_from([n for n, line in enumerate(sample.lines) if line.tensor in sample.independent]))
    name = sample.lines[number].tensor.name
    expected = interpret(differentiated(sample.cut(number).source), {**values, name: found[name]})
    assert_close({"G": found[f"G_{name}"]}, {"G": expected[f"G_{name}"]}, 1e-9)


@given(programs(), st.data())
def test_derivatives_within_expressions_are_those_by_themselves(sample: Sample, data: st.DataObject) -> None:
    values = data.draw(arrays(sample, most=3, zero=False))
    found = interpret(differentiated(sample.source), values)
    gradients = {tensor.name: found[f"G_{tensor.name}"] for tensor in sample.params}
    assert_close(found, {f"S_{name}": values[name] - 0.1 * gradient for name, gradient in gradients.items()}, 1e-12)
    assert_close(found, {"N": sum(np.sum(values[name] * gradient) for name, gradient in gradients.items())}, 1e-9)
