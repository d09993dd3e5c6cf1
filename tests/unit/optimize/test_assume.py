"""What is assumed of inputs is used in derivatives, up to the names of indices and inside larger products, and nowhere else."""

import numpy as np
import pytest

from einlang.calculus import differentiate, gradient
from einlang.ir.interpret import interpret
from einlang.optimize import simplify

SOFTMAX = "P[i,j] = softmax[j](Z[i,j])\nL = -Y[I,J] log(P[I,J]) / n\n"
DECLARED = "input Z[n, m], Y[n, m], c[n], v[m], A[m, m]\n"
ROWS = "assume sum[J](Y[i,J]) = 1\n"


def derivatives(text, by, program_of, lines_of):
    return lines_of(simplify(gradient(program_of(DECLARED + text), "L", by)))


def test_cross_entropy_after_softmax(program_of, lines_of) -> None:
    found = derivatives(ROWS + SOFTMAX, ["Z"], program_of, lines_of)
    assert found["dL_dZ"] == "(P[i,j] - Y[i,j]) / n"


def test_its_hessian(program_of, lines_of) -> None:
    program = program_of(DECLARED + ROWS + SOFTMAX + "H[i,j,p,q] = ∂²L/∂Z[i,j]∂Z[p,q]\noutput H")
    assert lines_of(simplify(program))["H"] == "δ[i,p] (P[i,j] (δ[j,q] - P[i,q]) / n)"


@pytest.mark.parametrize(
    ("assumed", "loss", "by", "expected"),
    [
        ("sum[J](Y[i,J]) = 1", "sum[I,J](c[I]^2 Y[I,J])", "c", "2 c[i]"),
        ("1 = sum[J](Y[i,J])", "sum[I,J](c[I]^2 Y[I,J])", "c", "2 c[i]"),
        ("sum[K](Y[p,K]) = c[p]", "v[0]^2 sum[I,J](Y[I,J])", "v", "2 v[0] δ[i,0] L_sum"),
        ("sum[J](Y[i,J]) = 1", "v[0]^2 sum[J](Y[1,J])", "v", "2 v[0] δ[i,0]"),
        ("sum[I](Y[I,j]) = c[0]", "sum[I,J](v[J]^2 Y[I,J])", "v", "2 v[i] c[0]"),
        ("c[i]^2 = 1", "sum[I](v[0]^2 c[I]^2)", "v", "2 v[0] δ[i,0] n"),
        ("sum[I](c[I]^2) = 1", "v[0]^2 sum[I](c[I]^2)", "v", "2 v[0] δ[i,0]"),
        ("A[i,J] A[j,J] = δ[i,j]", "v[I] A[I,J] A[K,J] v[K]", "v", "2 v[i]"),
    ],
)
def test_facts(assumed, loss, by, expected, program_of, lines_of) -> None:
    found = derivatives(f"assume {assumed}\nL = {loss}", [by], program_of, lines_of)
    assert found[f"dL_d{by}"] == expected


def test_a_fact_about_a_definition_that_sums_what_it_speaks_of(program_of, lines_of) -> None:
    found = derivatives(ROWS + "s[i] = sum[J](Y[i,J])\nL = s[I] c[I]^2", ["c"], program_of, lines_of)
    assert found["dL_dc"] == "2 c[i]"
    assert found["s"] == "sum[J : m](Y[i,J])"


def test_what_the_user_wrote_is_left_alone(program_of, lines_of) -> None:
    assert lines_of(simplify(program_of(DECLARED + ROWS + "L = sum[I,J](Y[I,J])")))["L"] == "sum[I : n, J : m](Y[I,J])"


def test_a_derivative_by_what_is_spoken_of_takes_it_as_independent(program_of) -> None:
    """∂L/∂Y = -log P / n, and ∂²L/∂Y∂Z has no part that only ΣY = 1 would take away."""
    text = DECLARED + ROWS + SOFTMAX + "D[p,q,i,j] = ∂(∂L/∂Z[i,j])/∂Y[p,q]\noutput D"
    random = np.random.default_rng(2)
    values = {"Z": random.normal(size=(2, 3)), "c": np.zeros(2), "v": np.zeros(3), "A": np.zeros((3, 3))}
    values["Y"] = random.dirichlet(np.ones(3), 2)
    found = interpret(simplify(program_of(text)), values)["D"]
    P = np.exp(values["Z"]) / np.exp(values["Z"]).sum(1, keepdims=True)
    eye, rows = np.eye(3), np.eye(2)
    np.testing.assert_allclose(found, np.einsum("pi,pj->pij", rows, P)[:, None] / 2 - np.einsum("pi,qj->pqij", rows, eye) / 2)


def test_with_rows_that_sum_to_one_the_values_are_those_without_the_fact(program_of) -> None:
    random = np.random.default_rng(1)
    values = {"Z": random.normal(size=(4, 3)), "c": random.normal(size=4), "v": random.normal(size=3), "A": np.eye(3)}
    values["Y"] = random.dirichlet(np.ones(3), 4)
    with_fact, without = (
        interpret(simplify(gradient(program_of(DECLARED + facts + SOFTMAX), "L", ["Z"])), values)["dL_dZ"] for facts in (ROWS, "")
    )
    np.testing.assert_allclose(with_fact, without, atol=1e-15)


MEANS = "m[i] = mean[J](Z[i,J])\ns[i] = sqrt(mean[J]((Z[i,J] - m[i])^2) + 1)\nN[i,j] = (Z[i,j] - m[i]) / s[i]\n"


def test_layer_norm_has_three_terms(program_of, lines_of) -> None:
    """What is centred sums to 0, and the quotient is read by its name."""
    found = derivatives(MEANS + "L = N[I,J] Y[I,J]", ["Z"], program_of, lines_of)
    third = "sum[B1 : m](Y[i,B1]) / m"
    assert found["dL_dZ"] == f"(Y[i,j] - N[i,j] sum[B : m](Y[i,B] N[i,B]) / m - {third}) / s[i]"


def test_the_mean_of_what_is_centred_is_no_fact_of_the_users_own_definitions(program_of, lines_of) -> None:
    found = lines_of(simplify(differentiate(program_of(DECLARED + MEANS + "L = sum[I,J](Z[I,J] - m[I])"))))
    assert found["L"] == "sum[I : n, J : m](Z[I,J] - m[I])"


def test_what_is_centred_sums_to_zero_with_either_sign(program_of, lines_of) -> None:
    found = derivatives(MEANS + "L = s[I]", ["m"], program_of, lines_of)
    assert found["dL_dm"] == "zero"
