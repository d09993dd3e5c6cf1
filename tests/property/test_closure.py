"""Derived programs are closed: their text reads back as the program, is its own simplest form, and computes the same bits."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from property.arrays import arrays
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed
from unit.codegen.numpy.running import run

from einlang.calculus import differentiate
from einlang.codegen import ein
from einlang.ir.program import Program, tensors_in
from einlang.optimize import optimise, simplify, tidy


def derived(source: str) -> Program:
    return differentiate(analysed(source), tidy)


def assert_closed(program: Program, values: dict[str, np.ndarray]) -> str:
    text = ein.emit(simplify(program))
    again = analysed(text)
    assert ein.emit(again) == text
    assert ein.emit(simplify(again)) == text
    for found, expected in zip(run(optimise(again), values), run(optimise(program), values), strict=True):
        np.testing.assert_array_equal(found, expected)
    return text


@given(programs(stop=True), st.data())
def test_gradients(sample: Sample, data: st.DataObject) -> None:
    assert_closed(derived(sample.source), data.draw(arrays(sample, most=3, zero=False)))


@given(programs(depth=1), st.data())
def test_jacobians(sample: Sample, data: st.DataObject) -> None:
    """Of any definition by any param."""
    defined = [line.tensor for line in sample.lines if line.tensor.kind == "float"]
    of, by = data.draw(st.sampled_from(defined)), data.draw(st.sampled_from(sample.params))
    left, right = "ijkl"[: len(of.axes)], "pqrs"[: len(by.axes)]
    line = f"J{_subscripts(left + right)} = ∂{of.name}{_subscripts(left)}/∂{by.name}{_subscripts(right)}"
    assert_closed(derived(f"{_defining(sample.source)}{line}\noutput J\n"), data.draw(arrays(sample, most=3, zero=False)))


@given(programs(depth=1), st.data())
def test_to_the_third_order(sample: Sample, data: st.DataObject) -> None:
    """A gradient, the gradient of its sum, and once more, each from the text of the one before."""
    by = data.draw(st.sampled_from(sample.params))
    free, summed = "pqrs"[: len(by.axes)], "PQRS"[: len(by.axes)]
    text, scalar = _defining(sample.source), "L"
    values = data.draw(arrays(sample, most=3, zero=False))
    for order in (1, 2, 3):
        line = f"A{order}{_subscripts(free)} = ∂{scalar}/∂{by.name}{_subscripts(free)}"
        program = derived(f"{text}{line}\noutput A{order}\n")
        assume(any(tensor.name == by.name for d in simplify(program).definitions for tensor in tensors_in(d.body)))
        whole = f"sum[{','.join(summed)}](sin(A{order}{_subscripts(summed)}))" if summed else f"sin(A{order})"
        text, scalar = f"{_defining(assert_closed(program, values))}S{order} = {whole}\n", f"S{order}"


STRIDED = [
    "y[i] = x[2 i + K] w[K]\nL = y[I]^3",
    "L = sum[I](tanh(x[2 I] z[3 I + 1]))",
    "y[i] = (w[A] z[2 i + 2 A]) x[2 i]\nL = y[I]^3",
    "L = sum[I](tanh((w[K] x[2 I + K + 2])))",
]


@pytest.mark.parametrize("text", STRIDED)
def test_of_strided_subscripts_to_the_second_order(text: str) -> None:
    """The gradient, the Jacobian of a tensor, and the Hessian from the text of the gradient."""
    rng = np.random.default_rng(0)
    values = {"x": rng.normal(size=9), "z": rng.normal(size=7), "w": rng.normal(size=2)}
    declared = f"param x[n], z[m], w[k]\n{text}\n"
    if text.startswith("y"):
        assert_closed(derived(f"{declared}J[i,p] = ∂y[i]/∂x[p]\noutput J\n"), values)
    source = assert_closed(derived(f"{declared}G[p] = ∂L/∂x[p]\noutput G\n"), values)
    assert_closed(derived(f"{_defining(source)}H[p,q] = ∂G[p]/∂x[q]\noutput H\n"), values)


def _subscripts(indices: str) -> str:
    return f"[{','.join(indices)}]" if indices else ""


def _defining(source: str) -> str:
    """The lines that declare and define, without what a sample derives and without outputs."""
    derives = ("output", "G_", "N = ", "S_")
    return "".join(line for line in source.splitlines(keepends=True) if not line.startswith(derives))
