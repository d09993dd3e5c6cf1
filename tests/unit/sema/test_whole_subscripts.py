"""Section 6, subscripts that are whole numbers: which position they are, and what is said of one outside of its axis."""

from collections.abc import Callable

import numpy as np
import pytest

import einlang
from einlang.diagnostics import Diagnostic

Findings = Callable[..., list[Diagnostic]]

POSITIONS = {"0": 0, "3": 3, "-1": 4, "-5": 0, "size(x, 0) - 2": 3, "n - 1": 4, "2 * k": 4}
OUTSIDE = ("3", "-4", "0 - 1", "m + 1")


@pytest.mark.parametrize(("subscript", "position"), POSITIONS.items())
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_position(subscript: str, position: int, backend: str) -> None:
    program = einlang.compile(f"const k = 2\ninput x[n]\ns = x[{subscript}]", backend=backend)
    x = np.arange(5.0) + 10
    assert program(x=x).s == x[position]


@pytest.mark.parametrize("subscript", OUTSIDE)
def test_a_position_that_is_always_outside(subscript: str, findings: Findings) -> None:
    (finding,) = findings(f"size m = 3\ninput x[m]\ns = x[{subscript}]")
    assert (finding.id, finding.span.text) == ("out-of-bounds", subscript)
    assert finding.message == f"`{subscript}` is no position of axis 0 of x, which has m = 3 positions"


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("subscript", ["3", "-4", "n - 4"])
def test_a_position_that_is_outside_of_the_arrays_of_a_call(subscript: str, backend: str) -> None:
    program = einlang.compile(f"input x[n]\ns = x[{subscript}]", backend=backend)
    out = {"s": np.full((), 7.0)}
    with pytest.raises(einlang.CallError, match=r"at <text>:2:7 is a position on axis 0 of x"):
        program(x=np.zeros(3), out=out)
    assert out["s"] == 7


def test_a_fraction_is_no_position(findings: Findings) -> None:
    (finding,) = findings("input x[n]\ns = x[1.5]")
    assert (finding.id, finding.label) == ("out-of-bounds", "positions are whole numbers")


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("text", ["input x[n], t : int\ns = x[(t)]", "input x[n], t : int\ns = δ[I,(t)] x[I]"])
def test_a_whole_number_in_parentheses_is_a_position(text: str, backend: str) -> None:
    program = einlang.compile(text, backend=backend)
    x = np.arange(5.0) + 10
    assert program(x=x, t=np.int64(3)).s == 13
