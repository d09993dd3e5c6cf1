"""Section 5 of the language reference: what is summed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from einlang.diagnostics import Diagnostic

Ids = Callable[..., list[str]]
Findings = Callable[..., list[Diagnostic]]
Sums = Callable[[str], str]
Values = Callable[..., dict[str, Any]]

DECLARED = (
    "input u[n], v[n], w[n], x[n], y[n], P[n], Q[n], c, X[m, n], Y[m, n], Z[m, n], T[m, n]\n"
    "input A[m, k], B[k, n], C[k, n], E[m, n], V[n, d], S[n, n], b[k]\n"
)


def bound(sums: Sums, definition: str) -> str:
    """The right side of a definition with its sums written out."""
    return sums(DECLARED + definition).splitlines()[-1].partition(" = ")[2]


# --- 1. shared means summed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("s = u[I] v[I]", "sum[I : n](u[I] v[I])"),
        ("D[i,j] = A[i,K] B[K,j]", "sum[K : k](A[i,K] B[K,j])"),
        ("D[i,j,l] = X[i,R] Y[j,R] Z[l,R]", "sum[R : n](X[i,R] Y[j,R] Z[l,R])"),
        ("s = (X[I,J] - T[I,J])^2", "sum[I : m, J : n]((X[I,J] - T[I,J])^2)"),
        ("s = Y[I,J] log(P[J])", "sum[I : m, J : n](Y[I,J] log(P[J]))"),
        ("D[i,j] = (A[i,K] + c) C[K,j]", "sum[K : k]((A[i,K] + c) C[K,j])"),
        ("D[i,j] = (A[i,K] + i) C[K,j]", "sum[K : k]((A[i,K] + i) C[K,j])"),
        ("s = x[I]^2 y[I]", "sum[I : n](x[I]^2 y[I])"),
        ("s = x[I] / y[I]", "sum[I : n](x[I] / y[I])"),
    ],
)
def test_a_capital_index_that_two_factors_carry_is_summed(definition: str, expected: str, sums: Sums) -> None:
    assert bound(sums, definition) == expected


@pytest.mark.parametrize(
    "factor", ["I", "v[I]", "1[I]", "δ[I,I]", "∂c/∂v[I]", "exp(v[I])", "(v[I] + 1)", "-v[I]", "v[I]^0.5", "[1, 2][I]"]
)
def test_a_factor_is_a_position_a_reference_a_derivative_a_call_or_something_in_parentheses(factor: str, sums: Sums) -> None:
    made = sums(f"input v[2], u[2], c\ns = u[I] * {factor}")
    assert "s = sum[I : 2](u[I]" in made


@pytest.mark.parametrize("joined", ["u[I] v[I]", "u[I] * v[I]", "u[I] / v[I]", "u[I] c v[I]", "c * u[I] / c * v[I]"])
def test_a_product_is_a_chain_of_juxtaposition_times_and_over(joined: str, sums: Sums) -> None:
    assert bound(sums, f"s = {joined}").startswith("sum[I : n](")


@pytest.mark.parametrize("power", ["x[I]^2", "-x[I]^2", "x[I]^3", "(x[I] + 1)^10", "-(x[I])^2"])
def test_a_literal_whole_power_stands_for_as_many_factors(power: str, sums: Sums) -> None:
    assert bound(sums, f"s = {power}") == f"sum[I : n]({power})"


@pytest.mark.parametrize("power", ["x[I]^1", "x[I]^-2", "x[I]^2.5", "x[I]^(2)", "x[I]^c", "x[I]^t", "x[I]^y[I]", "x[I]^1e1"])
def test_any_other_power_is_one_factor(power: str, ids: Ids) -> None:
    assert ids(f"{DECLARED}const t = 2\ns = {power}") == ["index-not-summed"]


@pytest.mark.parametrize(
    "inside",
    ["exp({})", "max({}, 0)", "({})", "1 if {} > 0 else 0", "{} if c > 0 else 0", "c^({})", "[{}, 1][i]", "where({} > 1, 1, 0)"],
)
def test_what_stands_inside_is_a_product_of_its_own(inside: str, sums: Sums) -> None:
    right = inside.format("u[I] v[I]") + " + 0 * [1, 2][i]"
    assert inside.format("sum[I : n](u[I] v[I])") in sums(f"{DECLARED}D[i] = {right}")


def test_an_index_that_only_denominators_carry_is_not_summed(findings: Findings) -> None:
    (finding,) = findings(f"{DECLARED}s = c / x[I] / y[I]")
    assert (finding.id, finding.label) == ("index-not-summed", "only denominators carry `I`")


# --- 2. what stands alone on a reference ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("s = v[I]", "sum[I : n](v[I])"),
        ("s = -v[I]", "sum[I : n](-v[I])"),
        ("t = S[I,I]", "sum[I : n](S[I,I])"),
        ("D[j] = X[I,j] / c + v[j]", "sum[I : m](X[I,j] / c) + v[j]"),
        ("s = v[I] - 2 * w[J]", "sum[I : n](v[I]) - sum[J : n](2 · w[J])"),
        ("s = 1[I] v[I]", "sum[I : n](1[I] v[I])"),
        ("s = exp(1[I] v[I])", "exp(sum[I : n](1[I] v[I]))"),
        ("D[i] = A[i,K] exp(v[i])", "sum[K : k](A[i,K] exp(v[i]))"),
        ("s = ∂(x[J]^2)/∂x[I]", "sum[I : n](∂(sum[J : n](x[J]^2))/∂x[I])"),
    ],
)
def test_a_direct_factor_of_a_term_is_summed_over_the_term(definition: str, expected: str, sums: Sums) -> None:
    assert bound(sums, definition) == expected


@pytest.mark.parametrize(
    "right", ["v[I]^1", "c / v[I]", "(v[I])", "exp(v[I])", "v[I] if c > 0 else 0", "I + v[J]", "max(v[I], 0)"]
)
def test_with_a_power_below_a_slash_or_not_directly_it_is_not(right: str, ids: Ids) -> None:
    assert ids(f"{DECLARED}s = {right} + 0 * x[I]") == ["index-not-summed"]


def test_a_summed_term_without_an_index_of_the_left_side_gets_a_warning(findings: Findings) -> None:
    (finding,) = findings(f"{DECLARED}Z2[i,j] = A[i,K] B[K,j] + v[K]")
    assert (finding.id, finding.severity, finding.span.text) == ("term-without-left-index", "warning", "v[K]")
    assert "`sum[K](v[K])`" in finding.help


@pytest.mark.parametrize(
    "definition", ["s = v[K]", "D[j] = X[I,j] + v[j]", "D[j] = v[j] + u[I] w[I]", "D[j] = v[j] + sum[I](w[I])"]
)
def test_no_warning_where_there_is_no_left_index_or_the_term_carries_one(definition: str, findings: Findings) -> None:
    assert findings(DECLARED + definition) == []


# --- 3. said otherwise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "right",
    [
        "max[K](A[i,K] C[K,j])",
        "mean[I]((x[I] - y[I])^2) + 0 * X[i,j]",
        "logsumexp[K](A[i,K] C[K,j])",
        "prod[K](C[K,j] A[i,K])",
        "argmax[J](Y[i,J]) + 0 * X[i,j]",
        "sum[K](max(A[i,K], C[K,j] b[K]))",
        "softmax[j](X[i,j])",
    ],
)
def test_an_operation_reduces_over_exactly_what_it_names(right: str, sums: Sums) -> None:
    assert bound(sums, f"D[i,j] = {right}") == right.replace("*", "·")


def test_what_it_does_not_name_is_summed_as_ever(sums: Sums) -> None:
    assert bound(sums, "D[i] = max[J](A[i,K] B[K,J])") == "max[J](sum[K : k](A[i,K] B[K,J]))"


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_what_works_along_an_index_keeps_it(function: str, sums: Sums) -> None:
    assert bound(sums, f"s = Y[I,J] {function}[J](Z[I,J])") == f"sum[I : m, J : n](Y[I,J] {function}[J](Z[I,J]))"
    assert bound(sums, f"D[i,j] = {function}[j](Z[i,j])") == f"{function}[j](Z[i,j])"
    assert bound(sums, f"s = max[J](u[J] {function}[J](v[J] w[J]))") == f"max[J](u[J] {function}[J](v[J] w[J]))"


def test_a_range_may_be_given(sums: Sums, values: Values) -> None:
    assert bound(sums, "s = sum[I : n - 1](x[I] y[I])") == "sum[I : n - 1](x[I] y[I])"
    found = values("input x[n], y[n]\ns = sum[I : n - 1](x[I] y[I])")
    assert np.isclose(found["s"], found["x"][:-1] @ found["y"][:-1])


@pytest.mark.parametrize(
    "right", ["sum[I](max[I](x[I]))", "max[I,I](S[I,I])", "sum[I](x[I] sum[I](y[I]))", "mean[I](x[I] - mean[I](x[I]))"]
)
def test_naming_an_index_again_inside_is_an_error(right: str, ids: Ids) -> None:
    assert ids(f"{DECLARED}s = {right}") == ["index-named-again"]


# --- 4. no guessing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "mended"),
    [
        ("s = exp(v[I])", "sum[I](exp(v[I]))"),
        ("D[i,j] = exp(Z[i,j]) / exp(Z[i,J])", "exp(Z[i,j]) / sum[J](exp(Z[i,J]))"),
        ("D[i] = x[i] / x[I]", "x[i] / sum[I](x[I])"),
        ("D[i] = u[i] + x[i] exp(v[I])", "x[i] sum[I](exp(v[I]))"),
        ("s = c / x[I] / y[I]", "sum[I](c / x[I] / y[I])"),
        ("s = 1 / x[I]^2", "1 / sum[I](x[I]^2)"),
        ("s = log(1 + exp(v[I]))", "sum[I](log(1 + exp(v[I])))"),
        ("s = exp(X[I,J])", "sum[I,J](exp(X[I,J]))"),
        ("s = v[I] if c > 0 else 0", "sum[I](v[I] if c > 0 else 0)"),
        ("s = c (v[I] + 1)", "c sum[I](v[I] + 1)"),
    ],
)
def test_an_index_that_nothing_sums_is_an_error_with_its_mend(definition: str, mended: str, findings: Findings, ids: Ids) -> None:
    (finding,) = findings(DECLARED + definition)
    assert finding.id == "index-not-summed"
    assert f"`{mended}`" in finding.help
    left, _, right = definition.partition(" = ")
    term = right.rpartition(" + ")[2] if right.startswith("u[i] + ") else right
    assert ids(f"{DECLARED}{left} = {right.replace(term, mended)}") == []


def test_the_message_is_the_one_that_the_interface_shows(findings: Findings) -> None:
    (finding,) = findings("P[i,j] = exp(Z[i,j]) / exp(Z[i,J])")
    assert (finding.span.position, finding.span.text) == ((1, 32), "J")
    assert (finding.message, finding.label) == ("nothing sums `J`", "only the denominator carries `J`")
    assert finding.help == "sum it where you mean to: `exp(Z[i,j]) / sum[J](exp(Z[i,J]))`"


@pytest.mark.parametrize(
    ("definition", "mends"),
    [
        ("D[i,j] = (A[i,K] B[K,j]) C[K,j]", ["A[i,K] B[K,j] C[K,j]", "(A[i,L] B[L,j]) C[K,j]"]),
        ("s = P[I] log(P[I] / Q[I])", ["sum[I](P[I] log(P[I] / Q[I]))", "P[I] log(P[J] / Q[J])"]),
        ("s = (x[I] y[I] + v[I])^2", ["sum[I]((x[I] y[I] + v[I])^2)"]),
        ("s = u[I] v[I] / sqrt(x[I]^2)", ["sum[I](u[I] v[I] / sqrt(x[I]^2))", "u[I] v[I] / sqrt(x[J]^2)"]),
        ("s = u[I] exp(exp(v[I] w[I]))", ["sum[I](u[I] exp(exp(v[I] w[I])))", "u[I] exp(exp(v[J] w[J]))"]),
    ],
)
def test_an_index_summed_inside_that_another_factor_carries_is_an_error(
    definition: str, mends: list[str], findings: Findings, ids: Ids
) -> None:
    (finding,) = findings(DECLARED + definition)
    assert finding.id == "summed-inside-product"
    for mended in mends:
        assert f"`{mended}`" in finding.help
        assert ids(f"{DECLARED}{definition.partition(' = ')[0]} = {mended}") == []


@pytest.mark.parametrize(
    "right", ["Y[I,J] (Z[I,J] - logsumexp[J](Z[I,J]))", "E[I,J] V[J,K] / sum[J](E[I,J])", "u[I] v[I] max[I](w[I])"]
)
def test_an_index_that_an_operation_names_does_not_count(right: str, ids: Ids) -> None:
    assert ids(f"{DECLARED}s = {right}") == []


def test_a_sum_bound_inside_is_not_carried_outside(sums: Sums) -> None:
    assert bound(sums, "s = (u[I] v[I])^2") == "(sum[I : n](u[I] v[I]))^2"
    assert bound(sums, "s = (u[I] v[I]) (x[I] y[I])") == "(sum[I : n](u[I] v[I])) (sum[I : n](x[I] y[I]))"


@pytest.mark.parametrize("right", ["sum[i](x[i])", "max[i](x[i] y[i])", "sum[I,j](X[I,j])"])
def test_an_operation_with_a_lowercase_index_is_an_error(right: str, findings: Findings) -> None:
    (finding,) = findings(f"{DECLARED}s = {right}")
    assert finding.id == "lowercase-in-reduction"
    assert right[:3] + right[3:].replace("i", "I").replace("j", "J") in finding.help


@pytest.mark.parametrize("right", ["sum[K](x[2])", "sum[K](x[J])", "sum[I,K](x[I])", "max[K](c)"])
def test_an_operation_with_an_index_that_nothing_carries_is_an_error(right: str, ids: Ids) -> None:
    assert ids(f"{DECLARED}s = {right.replace('x[2]', 'c')}") == ["index-not-carried"]


def test_what_works_along_an_index_that_nothing_carries_is_an_error(ids: Ids) -> None:
    assert ids(f"{DECLARED}D[i] = softmax[j](x[i])") == ["index-not-carried"]


# --- 5. lowercase is never summed -----------------------------------------------------------------------------------------------


def test_lowercase_is_never_summed(values: Values) -> None:
    found = values("input a[n], b[n], A[n, n]\nc[i] = a[i] b[i]\nd[i] = A[i,i]\ne[i] = a[i]^2 / b[i]")
    assert np.allclose(found["c"], found["a"] * found["b"])
    assert np.allclose(found["d"], np.diag(found["A"]))
    assert np.allclose(found["e"], found["a"] ** 2 / found["b"])


# --- after the rules ------------------------------------------------------------------------------------------------------------


def test_the_example_that_means_what_it_says(values: Values) -> None:
    found = values("input E[m, n], V[n, d]\ny[i,d] = E[i,J] V[J,d] / sum[J](E[i,J])")
    assert np.allclose(found["y"], found["E"] @ found["V"] / found["E"].sum(1, keepdims=True))


def test_the_index_of_a_summation_is_local_to_it(values: Values) -> None:
    found = values("input u[n], v[m]\ns = u[I]^2 + v[I]^2 - exp(u[I] u[I])")
    assert np.isclose(found["s"], (found["u"] ** 2).sum() + (found["v"] ** 2).sum() - np.exp((found["u"] ** 2).sum()))


def test_sums_are_decided_before_functions_are_expanded(sums: Sums) -> None:
    made = sums("fn f(x) = x^2\nfn g(x, y) = x y\ninput u[n], v[n]\ns = f(u[I]) f(v[I])\nt = g(u[I] v[I], 2)")
    assert made.splitlines()[-2:] == ["s = sum[I : n](f(u[I]) f(v[I]))", "t = g(sum[I : n](u[I] v[I]), 2)"]


def test_a_call_of_a_function_carries_what_its_arguments_carry(ids: Ids) -> None:
    assert ids("fn f(x) = x^2\ninput u[n]\ns = f(u[I])") == ["index-not-summed"]
    assert ids("fn f(x) = x^2\ninput u[n]\ns = f(u[I])^2") == []


def test_a_function_s_body_is_a_right_side_of_its_own(values: Values) -> None:
    found = values("fn f(x) = [1, 2, 3][I] x + x\ninput u\ns = f(u)\nt = f(f(u))")
    assert np.isclose(found["s"], 7 * found["u"])
    assert np.isclose(found["t"], 49 * found["u"])


def test_the_numerator_in_parentheses_is_read_like_a_right_side(sums: Sums) -> None:
    assert bound(sums, "D[i] = ∂(v[I] + exp(u[I] v[I]))/∂v[i]") == "∂(sum[I : n](v[I]) + exp(sum[I : n](u[I] v[I])))/∂v[i]"


def test_both_sides_of_an_equation_are_read_like_right_sides(sums: Sums) -> None:
    made = sums("input u[n], v[n]\nassume u[I] = v[I] + 1\ncheck u[I] v[I] = u[I]^2\ns = 1")
    assert made.splitlines()[1:3] == [
        "assume sum[I : n](u[I]) = sum[I : n](v[I]) + 1",
        "check sum[I : n](u[I] v[I]) = sum[I : n](u[I]^2)",
    ]
