"""Derivatives of second and third order: each is the derivative of the one before, however it is written."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.ir.exact import interpret_exact
from einlang.ir.interpret import interpret
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify

RATIONAL = """
input x[n], A[n,n], c
y[i] = x[i]^2 A[i,J] x[J] + c x[i]
f = y[I]^2 + c^3 x[I]
"""
WHOLE = {"x": np.array([2, 3, 5]), "A": np.array([[1, 4, 2], [3, 1, 7], [2, 2, 9]]), "c": np.array(4)}

SECOND = ["∂²f/∂x[i]∂x[j]", "∂(∂f/∂x[i])/∂x[j]", "∂(∂f/∂x[j])/∂x[i]", "∂g[i]/∂x[j]"]
THIRD = [
    "∂³f/∂x[i]∂x[j]∂x[k]",
    "∂(∂²f/∂x[i]∂x[j])/∂x[k]",
    "∂²(∂f/∂x[k])/∂x[i]∂x[j]",
    "∂(∂(∂f/∂x[i])/∂x[j])/∂x[k]",
    "∂²g[i]/∂x[j]∂x[k]",
    "∂H[i,j]/∂x[k]",
]
OTHERS = [
    ("D[i,j,k] = ∂²y[i]/∂x[j]∂x[k]", "E[i,j] = ∂y[i]/∂x[j]", "x"),
    ("D[i,j] = ∂²y[i]/∂x[j]∂c", "E[i,j] = ∂y[i]/∂x[j]", "c"),
    ("D[i] = ∂²f/∂c∂x[i]", "E[i] = ∂f/∂x[i]", "c"),
    ("D[i] = ∂²f/∂c∂x[i]", "E = ∂f/∂c", "x"),
    ("D[i] = ∂²f/∂x[i]∂c", "E = ∂f/∂c", "x"),
    ("D = ∂³f/∂c∂c∂c", "E = ∂²f/∂c∂c", "c"),
    ("D[i,j,p] = ∂²f/∂A[i,j]∂x[p]", "E[i,j] = ∂f/∂A[i,j]", "x"),
    ("D[i,j] = ∂(∂f/∂y[i])/∂x[j]", "E[i] = ∂f/∂y[i]", "x"),
    ("D[i,p] = ∂(x[i] ∂f/∂x[i] + c)/∂x[p]", "E[i] = x[i] ∂f/∂x[i] + c", "x"),
    ("D[p] = ∂(∂y[I]/∂x[I])/∂x[p]", "E = ∂y[I]/∂x[I]", "x"),
    ("D[p] = ∂(∂²f/∂x[I]∂x[I])/∂x[p]", "E = ∂²f/∂x[I]∂x[I]", "x"),
    ("D[i,p] = ∂(∂f/∂x[Q] A[Q,i])/∂x[p]", "E[i] = ∂f/∂x[Q] A[Q,i]", "x"),
    ("D[i,p] = ∂(∂y[i]/∂x[Q] y[Q])/∂x[p]", "E[i] = ∂y[i]/∂x[Q] y[Q]", "x"),
    ("D[i,p] = ∂(y[Q] ∂y[Q]/∂x[i])/∂x[p]", "E[i] = y[Q] ∂y[Q]/∂x[i]", "x"),
    ("D[p] = ∂(∂y[0]/∂x[1])/∂x[p]", "E = ∂y[0]/∂x[1]", "x"),
    ("D[i,p] = ∂(∂y[i]/∂x[i])/∂x[p]", "E[i] = ∂y[i]/∂x[i]", "x"),
]  # fmt: skip


def found(program_of, lines: str, values):
    """D, before and after simplification, which must be the same."""
    program = differentiate(program_of(f"{RATIONAL}{lines}"))
    verify(program, "test", strict=True)
    first, second = (interpret_exact(made, values)["D"] for made in (program, simplify(program)))
    np.testing.assert_array_equal(first, second)
    return first


@pytest.mark.parametrize("second", SECOND)
def test_the_second_is_the_derivative_of_the_first(second, program_of, exact_derivative) -> None:
    first = differentiate(program_of(f"{RATIONAL}E[i] = ∂f/∂x[i]"))
    value = found(program_of, f"g[i] = ∂f/∂x[i]\nD[i,j] = {second}", WHOLE)
    np.testing.assert_array_equal(value, exact_derivative(first, WHOLE, "E", "x", degree=6))


@pytest.mark.parametrize("third", THIRD)
def test_the_third_is_the_derivative_of_the_second(third, program_of, exact_derivative) -> None:
    second = differentiate(program_of(f"{RATIONAL}E[i,j] = ∂²f/∂x[i]∂x[j]"))
    value = found(program_of, f"g[i] = ∂f/∂x[i]\nH[i,j] = ∂²f/∂x[i]∂x[j]\nD[i,j,k] = {third}", WHOLE)
    np.testing.assert_array_equal(value, exact_derivative(second, WHOLE, "E", "x", degree=6))


@pytest.mark.parametrize(("line", "before", "by"), OTHERS, ids=[row[0] for row in OTHERS])
def test_each_is_the_derivative_of_the_one_before(line, before, by, program_of, exact_derivative) -> None:
    program = differentiate(program_of(f"{RATIONAL}{before}"))
    expected = exact_derivative(program, WHOLE, "E", by, degree=7)
    value = found(program_of, line, WHOLE)
    np.testing.assert_array_equal(value, expected)


TRANSCENDENTAL = """
input x[n], W[n,m], t[m]
Z[j] = x[I] W[I,j]
P[j] = softmax[j](Z[j])
u[j] = tanh(Z[j]) sigmoid(t[j]) + relu(Z[j])
L = -t[J] log(P[J]) + sum[J](exp(u[J])) / m + (max[J](u[J]))^2
"""


@pytest.mark.parametrize("numerator", ["L", "P[j]", "u[j]"])
@pytest.mark.parametrize("order", [2, 3])
def test_of_functions_against_differences(numerator, order, program_of, central_difference) -> None:
    letters = "pqr"
    free = numerator.partition("[")[2].rstrip("]")

    def derivative(n: int) -> str:
        left = ",".join([*free, *letters[:n]])
        power = {1: "", 2: "²", 3: "³"}[n]
        return f"D{n}[{left}] = ∂{power}{numerator}/{''.join(f'∂x[{letter}]' for letter in letters[:n])}"

    program = differentiate(program_of(f"{TRANSCENDENTAL}{derivative(order - 1)}\n{derivative(order)}"))
    generator = np.random.default_rng(5)
    values = {"x": generator.normal(size=3), "W": generator.normal(size=(3, 4)), "t": generator.uniform(0, 1, 4)}
    expected = central_difference(program, values, f"D{order - 1}", "x")
    for made in (program, simplify(program), optimise(program)):
        np.testing.assert_allclose(interpret(made, values)[f"D{order}"], expected, rtol=1e-5, atol=1e-6)


def test_kinks_have_no_curvature(program_of) -> None:
    program = program_of("input x[n]\nf = sum[I](relu(x[I]) x[I] + abs(x[I])^3 + max(x[I], 1))\nD[i] = ∂²f/∂x[i]∂x[i]")
    np.testing.assert_allclose(interpret(differentiate(program), {"x": np.array([-1.0, 0.0, 2.0])})["D"], [6, 0, 14])


def test_what_a_derivative_holds_is_known(program_of) -> None:
    made = differentiate(program_of(f"{RATIONAL}D[i,j] = ∂²f/∂x[i]∂x[j]\nE[i,j] = ∂y[i]/∂x[j]"))
    known = {t.name: (of.numerator.name, [by.name for by in of.by]) for t, of in made.derivatives.items()}
    assert known["d2f_dx_dx"] == ("f", ["x", "x"])
    assert known["df_dy"] == ("f", ["y"])
    assert known["dy_dx"] == ("y", ["x"])


GUARDED = [
    "d[i : n] = x[i] - x[i-1] if i > 0 else x[i]\nf = sum[I](d[I]^4)",
    "d[i : n] = x[i]^2 - x[i-1]^3 if i > 0 else x[i]\ne[i : n] = d[i] d[i+1] if i < n - 1 else d[i]^2\nf = sum[I](e[I]^3)",
]


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("lines", GUARDED)
def test_masks_are_read_in_bounds_alone(lines, size, program_of, central_difference) -> None:
    """Whether a derivative is zero by structure is asked behind the guards of the access that it is the derivative of."""
    derived = "D2[i,j] = ∂²f/∂x[i]∂x[j]\nD3[i,j,k] = ∂D2[i,j]/∂x[k]\nD4[i,j,k,l] = ∂D3[i,j,k]/∂x[l]"
    program = differentiate(program_of(f"input x[n]\n{lines}\n{derived}"))
    values = {"x": np.random.default_rng(size).normal(size=size)}
    for order in (3, 4):
        expected = central_difference(program, values, f"D{order - 1}", "x")
        found = interpret(program, values)[f"D{order}"]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * (1 + np.max(np.abs(expected))))
