"""Recurrences as NumPy: against the oracle, for lengths from 0 on, and one text to read."""

import pytest
from property.recurrent import CASES, inputs, rnn
from unit.codegen.c.test_recurrences import LENGTHS
from unit.codegen.numpy.running import check

from einlang.codegen.numpy import emit


@pytest.mark.parametrize("name", CASES)
def test_numpy_agrees_with_the_oracle(name: str) -> None:
    program = CASES[name]().program
    for lengths in LENGTHS:
        check(program, inputs(program, **lengths))


def test_the_text_is_a_loop_over_positions_of_whole_arrays() -> None:
    lines = [line.strip() for line in emit(rnn().program).split("\n")]
    start = next(number for number, line in enumerate(lines) if line.startswith("h_sum"))
    assert lines[start:-1] == [
        "h_sum = x @ V",
        "h = np.empty((n + 1, b, k), dtype)",
        "for t in range(n + 1):",
        "if t == 0:",
        "h[t] = h0",
        "else:",
        "h[t] = np.tanh(h[t - 1] @ U + h_sum[t - 1])",
        "return h,",
    ]
