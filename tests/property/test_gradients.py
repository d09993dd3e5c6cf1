"""Derivatives of random programs against central differences of their loss, computed by the oracle in extended precision."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.arrays import arrays
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
    directions = {name: generator.uniform(-1, 1, values[name].shape) for name in sample.gradients}

    def loss(amount: float) -> np.longdouble:
        moved = {name: values[name] + np.longdouble(amount) * direction for name, direction in directions.items()}
        return interpret(program, {**values, **moved}, np.longdouble)["L"][()]

    expected = float((8 * (loss(STEP) - loss(-STEP)) - loss(2 * STEP) + loss(-2 * STEP)) / (12 * STEP))
    slope = float(sum(np.sum(found[sample.gradients[name]] * direction) for name, direction in directions.items()))
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
