"""Guards, kinks, ties, zeros, infinities, empty axes: what derivatives are where formulas divide by zero."""

import numpy as np
import pytest

from einlang.calculus import differentiate, gradient
from einlang.ir.interpret import interpret
from einlang.optimize import optimise, simplify

nan, inf = np.nan, np.inf


def gradients(program_of, text, **arrays):
    """∂L/∂x of the program as differentiated, simplified and made ready, which must be the same."""
    derived = gradient(program_of(text), "L", ["x"])
    arrays = {name: np.asarray(array, float) for name, array in arrays.items()}
    found = [interpret(made, arrays)[made.outputs[-1].name] for made in (derived, simplify(derived), optimise(derived))]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_allclose(found[2], found[0], rtol=1e-12)
    return found[0]


DEEP = """t[i] = log(x[i])
a[i] = t[i] if x[i] > 0 else 0
b[i] = a[i] if x[i] > -1 and x[i] < 1000 else 0
c[i] = b[i] if x[i] > -2 and x[i] < 2000 else 0
d[i] = c[i] if x[i] > -3 and x[i] < 3000 else 0
L = d[I]"""

GUARDED = [
    ("L = sum[I](log(x[I]) if x[I] > 0 else 0)", [0, 2, -1], [0, 0.5, 0]),
    ("L = sum[I](sqrt(x[I]) if x[I] > 0 else x[I])", [0, 4], [1, 0.25]),
    ("L = sum[I](0 if x[I] <= 0 else 1 / x[I])", [0, 2], [0, -0.25]),
    ("L = sum[I](x[I] log(x[I]) if x[I] > 0 else 0)", [0, 1], [0, 1]),
    ("L = sum[I](exp(x[I]) if x[I] < 10 else 0)", [1000, 0], [0, 1]),
    ("L = sum[I](tanh(log(x[I])) if x[I] > 0 else 0)", [0, 1], [0, 1]),
    ("t[i] = log(x[i])\nL = sum[I](t[I] if x[I] > 0 else 0)", [0, 2], [0, 0.5]),
    ("t[i] = log(x[i])\nu[i] = t[i]^2\nL = sum[I](u[I] if x[I] > 0 else 0)", [0, 1], [0, 0]),
    ("t[i] = exp(x[i])\nL = sum[I](t[I] if x[I] < 10 else 0)", [1000, 0], [0, 1]),
    ("t[i] = sqrt(x[i])\nL = sum[I]((t[I] if x[I] > 0 else 0) + (t[I]^2 if x[I] > 1 else 0))", [0, 4], [0, 1.25]),
    (DEEP, [0, 2], [0, 0.5]),
    ("y[i] = log(x[i]) if x[i] > 0 else 0\nL = y[I] y[I]", [0, 1], [0, 0]),
    ("L = prod[I](log(x[I]) if x[I] > 0 else 1)", [0, np.e], [0, 1 / np.e]),
    ("L = sum[I](where(x[I] > 0, log(x[I]), 0))", [0, 2], [0, 0.5]),
    ("L = sum[I](x[I] if x[I] > 1 and x[I] < 3 else log(x[I]) if x[I] >= 3 else 0)", [0, 2, 4], [0, 1, 0.25]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "x", "expected"), GUARDED, ids=[row[0] for row in GUARDED])
def test_a_branch_not_taken_gives_nothing(text, x, expected, program_of) -> None:
    np.testing.assert_allclose(gradients(program_of, f"input x[n]\n{text}", x=x), expected, rtol=1e-12, atol=0)


SECOND = [
    "D[i,j] = ∂²L/∂x[i]∂x[j]",
    "D[i] = ∂²L/∂x[i]∂x[i]",
    "D[i] = ∂²L/∂x[i]∂x[J] w[J]",
    "D = ∂L/∂x[J] w[J]",
    "g[i] = ∂L/∂x[i]\nD[i] = ∂g[I]/∂x[i]",
]


@pytest.mark.parametrize("derivative", SECOND)
@pytest.mark.parametrize(("text", "x"), [row[:2] for row in GUARDED], ids=[row[0] for row in GUARDED])
def test_nor_to_second_derivatives(text, x, derivative, program_of) -> None:
    program = differentiate(program_of(f"input x[n], w[n]\n{text}\n{derivative}\noutput D"))
    arrays = {"x": np.asarray(x, float), "w": np.ones(len(x))}
    first, *others = (interpret(made, arrays)["D"] for made in (program, simplify(program), optimise(program)))
    assert np.all(np.isfinite(first))
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-12)


KINKS = [
    ("L = sum[I](relu(x[I]))", [-1, 0, 2, nan], [0, 0, 1, 1]),
    ("L = sum[I](abs(x[I]))", [-1, 0, 2], [-1, 0, 1]),
    ("L = sum[I](max(x[I], 1))", [0, 1, 2], [0, 1, 1]),
    ("L = sum[I](max(1, x[I]))", [0, 1, 2], [0, 0, 1]),
    ("L = sum[I](min(x[I], 1))", [0, 1, 2], [1, 1, 0]),
    ("L = max[I](x[I])", [1, 3, 3, 2], [0, 1, 0, 0]),
    ("L = min[I](x[I])", [1, 3, 1, 2], [1, 0, 0, 0]),
    ("L = max[I](x[I])", [1, nan, 3, nan], [0, 1, 0, 0]),
    ("L = max[I](x[I])", [-inf, -inf], [1, 0]),
    ("L = max[I](-abs(x[I]))", [1, -1, 1], [-1, 0, 0]),
    ("L = prod[I](x[I])", [2, 0, 3], [0, 6, 0]),
    ("L = prod[I](x[I])", [2, 0, 0], [0, 0, 0]),
    ("L = prod[I](x[I]^2)", [2, 0, 3], [0, 0, 0]),
    ("L = sum[I](x[I]^0.5)", [4, 0], [0.25, inf]),
    ("L = sum[I](x[I]^2)", [inf, nan], [inf, nan]),
    ("L = logsumexp[I](x[I])", [1000, 1000, -inf], [0.5, 0.5, 0]),
    ("L = logsumexp[I](x[I])", [-1000, -1000], [0.5, 0.5]),
]


@pytest.mark.parametrize(("text", "x", "expected"), KINKS, ids=[f"{row[0]} at {row[1]}" for row in KINKS])
def test_kinks_ties_and_zeros(text, x, expected, program_of) -> None:
    np.testing.assert_allclose(gradients(program_of, f"input x[n]\n{text}", x=x), expected, rtol=1e-12)


def test_ties_over_several_indices_give_to_the_first(program_of) -> None:
    found = gradients(program_of, "input x[n, m]\nL = max[I,J](x[I,J])", x=[[1, 5, 2], [5, 5, 1]])
    assert found.tolist() == [[0, 1, 0], [0, 0, 0]]


def test_second_derivatives_of_products_are_right_at_zeros(program_of) -> None:
    """∂(∂(x0 x1 x2)/∂x · w)/∂x where x0 = 0: the formula has no division that would lose it."""
    text = "input x[n], w[n]\nL = prod[I](x[I])\ng[i] = ∂L/∂x[i]\nd = g[I] w[I]\nh[i] = ∂d/∂x[i]\noutput h"
    program = optimise(differentiate(program_of(text)))
    found = interpret(program, {"x": np.array([0.0, 2.0, 3.0]), "w": np.array([1.0, 10.0, 100.0])})["h"]
    np.testing.assert_allclose(found, [230, 3, 2])


EMPTY = [
    "L = x[I]^2",
    "L = prod[I](x[I])",
    "L = sum[I](tanh(x[I]))",
    "L = mean[I](x[I]^2)",
    "L = logsumexp[I](x[I])",
    "p[i] = softmax[i](x[i])\nL = p[I]^2",
    "L = max[I](x[I]^2)",
    "L = min[I](x[I] x[I])",
]


@pytest.mark.parametrize("text", EMPTY)
def test_empty_axes(text, program_of) -> None:
    assert gradients(program_of, f"input x[n]\n{text}", x=np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("operation", ["max", "min"])
def test_what_would_be_largest_of_nothing_adds_nothing(operation, program_of) -> None:
    text = f"input x[n], A[n, m]\ny[i] = {operation}[J](A[i,J] x[i])\nL = sum[I](tanh(y[I]))"
    assert gradients(program_of, text, x=[1, 2], A=np.zeros((2, 0))).tolist() == [0, 0]


def test_a_sum_over_an_empty_axis_of_something_else(program_of) -> None:
    text = "input x[n], A[n, m]\ny[i] = A[i,J] + x[i]\nL = y[I]^2"
    assert gradients(program_of, text, x=[1, 2], A=np.zeros((2, 0))).tolist() == [2, 4]
