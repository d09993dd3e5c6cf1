"""Derivations are right, whatever the way they went, and say what they did."""

import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import einlang
from einlang.calculus.rules import RULES, TITLES
from einlang.claims import check_lines, exact_lines
from einlang.derivation import rewriting
from einlang.derived import Derivation
from einlang.errors import InternalError
from einlang.ir.build import mul, number
from einlang.ir.nodes import Abstract, Apply, Reduce
from einlang.optimize import algebra

Case = tuple[str, tuple[str, str, str, dict[str, tuple[int, ...]]]]

PROGRAMS: dict[str, tuple[str, str, str, dict[str, tuple[int, ...]]]] = {
    "quadratic form": ("f = x[I] A[I,J] x[J]", "f", "x", {"x": (3,), "A": (3, 3)}),
    "network": ("H[i,j] = tanh(X[i,K] W[K,j])\nL = sum[I](logsumexp[J](H[I,J]))", "L", "W", {"X": (4, 3), "W": (3, 2)}),
    "residual": ("F[i,j] = tanh(X[i,K] W[K,j])\nH[i,j] = X[i,j] + F[i,j]\nL = H[I,J]^2", "L", "X", {"X": (2, 3), "W": (3, 3)}),
    "product": ("L = prod[I](x[I])", "L", "x", {"x": (4,)}),
    "choice": ("y[i] = x[i]^2 if x[i] > 0.5 else 3 x[i]\nL = y[I] w[I]", "L", "x", {"x": (5,), "w": (5,)}),
    "stacked": ("y[i] = [x^2, sin(x), 3][i]\nL = y[I] w[I]", "L", "x", {"x": (), "w": (3,)}),
    "powers": ("L = sum[I](x[I]^y[I] / (1 + x[I]))", "L", "x", {"x": (3,), "y": (3,)}),
    "layers": (
        "X{0}[i] = a[i]\nX{m}[i] = tanh(W[i,K] X{m-1}[K]) for m in 1..3\nL = X{3}[I]^2",
        "L",
        "W",
        {"W": (3, 3), "a": (3,)},
    ),
}
JACOBIANS: dict[str, tuple[str, str, str, dict[str, tuple[int, ...]]]] = {
    "layer": ("Z[i,j] = X[i,K] W[K,j] + b[j]", "Z", "X", {"X": (2, 3), "W": (3, 4), "b": (4,)}),
    "softmax": ("P[i,j] = softmax[j](Z[i,j])", "P", "Z", {"Z": (2, 3)}),
    "chain": ("y[i] = tanh(A[i,K] x[K])\nz[i] = y[i] / (1 + y[J]^2)", "z", "x", {"A": (3, 2), "x": (2,)}),
    "many of a scalar": ("y[i] = exp(t a[i])\nz[i] = y[i] A[i,J] y[J]", "z", "t", {"t": (), "a": (3,), "A": (3, 3)}),
}


def data(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    return {n: np.array([2, 0, 2]) if n == "t" and s else generator.uniform(0.3, 0.9, s) for n, s in shapes.items()}


def values(program: einlang.Program, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The one output of a program."""
    taken = {argument.name for argument in program.signature.inputs}
    (found,) = program({name: array for name, array in arrays.items() if name in taken})
    return np.asarray(found)


def derivation(source: str, output: str, *by: str, expand: bool = False) -> Derivation:
    return einlang.compile(source, backend="numpy").derivation(output, *by, expand=expand)


def test_the_derivative_of_a_sum_alone_is_a_sum_of_derivatives() -> None:
    found = derivation("g[i,j] = x[i]^2 exp(x[j])\nf[i] = g[i,J]", "f", "x")
    assert found.text(steps=False).splitlines()[-1] == "∂f[i]/∂x[p] = 1[J] ∂g[i,J]/∂x[p]"


def test_second_derivatives_lead_through_recurrences_of_several_members() -> None:
    found = derivation(
        "input y[n]\nparam q, r\nS[t : n] = P[t] r\nP[0] = 1\nP[t+1] = S[t] + q\nL = S[T] y[T]\noutput L", "L", "q", "r"
    )
    assert found.text(steps=False).splitlines()[-1] == "∂²L/∂q∂r = sum[A : n](∂dL_dP_total[A+1]/∂r)"


@pytest.mark.parametrize("expand", [False, True], ids=["on the way", "put in"])
@pytest.mark.parametrize("case", [*PROGRAMS.items(), *JACOBIANS.items()], ids=lambda case: case[0])
def test_the_equations_are_a_program_that_gives_what_the_engine_gives(case: Case, expand: bool) -> None:
    _, (source, output, by, shapes) = case
    found, arrays = derivation(source, output, by, expand=expand), data(shapes)
    assert found.is_checked
    engine = einlang.compile(source, backend="numpy").jacobian(output, wrt=by)
    expected = np.asarray(engine({k: v for k, v in arrays.items() if k in {i.name for i in engine.signature.inputs}}))
    np.testing.assert_allclose(values(einlang.compile(found.source, backend="numpy"), arrays), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", ["quadratic form", "network", "choice", "powers"])
def test_the_second_derivative_is_the_hessian(case: str) -> None:
    source, output, by, shapes = PROGRAMS[case]
    found, arrays = derivation(source, output, by, by), data(shapes)
    expected = einlang.compile(source, backend="numpy").hessian(output, wrt=by)
    given = {k: v for k, v in arrays.items() if k in {i.name for i in expected.signature.inputs}}
    np.testing.assert_allclose(
        values(einlang.compile(found.source, backend="numpy"), arrays), np.asarray(expected(given)), rtol=1e-9, atol=1e-12
    )


def test_what_is_printed_can_be_derived_again() -> None:
    source, output, by, _ = PROGRAMS["network"]
    once = einlang.compile(derivation(source, output, by).source, backend="numpy")
    assert once.derivation("dL_dW", "X").is_checked


def test_a_derivative_in_the_program_is_called_what_it_is() -> None:
    found = derivation("y[i] = W[i,J] x[J]\nL = y[I]^2\ng[i] = ∂L/∂x[i]\nn = g[I]^2", "n", "x")
    assert found.text(steps=False).splitlines()[0] == "∂n/∂g[i] = 2 g[i]"


def test_a_position_that_is_needed_gets_a_name() -> None:
    found = derivation("m[i] = max[J](A[i,J])\nL = m[I]^2", "L", "A")
    assert found.is_checked
    assert found.text(steps=False).splitlines()[1:] == [
        "m_argmax[a] = argmax[J](A[a,J])",
        "∂L/∂A[i,j] = ∂L/∂m[i] δ[j, m_argmax[i]]",
    ]


@pytest.mark.parametrize(("range_", "asked"), [("n", " if m_argmax[i] < n else 0"), ("2", "")])
def test_whether_an_argmax_is_a_position_is_asked_only_where_there_may_be_none(range_: str, asked: str) -> None:
    source = f"input B[b, {range_}], c[b]\nm[i] = max[J](B[i,J] c[i])\nL = m[I]^2"
    found = derivation(source, "L", "c")
    assert found.text(steps=False).splitlines()[-1] == f"∂L/∂c[i] = B[i, m_argmax[i]] ∂L/∂m[i]{asked}"


def test_the_largest_over_several_indices_is_derived_twice() -> None:
    assert derivation("D = v[I]^2 max[J, K](v[J] v[K] + u[J])\nL = (0.1 * D - 1)^2", "L", "v", "v").is_checked


def test_a_partial_derivative_is_said_to_be_one() -> None:
    source, output, by, _ = PROGRAMS["residual"]
    assert "chain rule through F and H; held fixed: F" in str(derivation(source, output, by))


def test_every_line_but_the_last_leads_to_what_is_printed_without_steps() -> None:
    source, output, by, _ = PROGRAMS["network"]
    found = derivation(source, output, by)
    ends = [text.splitlines()[-1].split(" = ")[1].split("   ")[0].strip() for text in str(found).split("\n\n")]
    assert ends == [line.split(" = ")[1] for line in found.text(steps=False).splitlines()]


def test_a_wrong_line_is_found() -> None:
    found = derivation("f = x[I] A[I,J] x[J]", "f", "x").found
    (steps,) = found.equations
    for number_of_line, line in enumerate(steps.lines):
        wrong = [*steps.lines]
        wrong[number_of_line] = line._replace(body=mul(number(2), line.body))
        broken = type(found)(found.program, found.whole, (replace(steps, lines=tuple(wrong)),), found.results)
        with pytest.raises(InternalError, match="a line is wrong"):
            check_lines(broken)


def test_a_line_that_is_almost_right_is_found_modulo_a_prime() -> None:
    found = derivation("Z[i,j] = X[i,K] W[K,j] / (1 + X[i,I]^2)", "Z", "X").found
    (steps,) = found.equations
    nearly = [*steps.lines[:-1], steps.lines[-1]._replace(body=mul(number(1 + Fraction(1, 10**9)), steps.lines[-1].body))]
    assert exact_lines.wrong_line(found) is None
    broken = type(found)(found.program, found.whole, (replace(steps, lines=tuple(nearly)),), found.results)
    assert exact_lines.wrong_line(broken) == steps.lines[-1].reason.words
    with pytest.raises(InternalError, match="a line is wrong"):
        check_lines(broken)


def test_lines_that_are_nowhere_finite_are_not_called_checked() -> None:
    found = derivation("L = sum[I](log(-x[I]^2))", "L", "x")
    assert not found.is_checked
    assert found.warnings == ("the lines are not checked: no random data made all of them finite",)


def test_lines_of_programs_whose_calls_check_positions_are_checked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = derivation("input t[b] : int, x[b, n]\nL = x[N, t[N]]^2", "L", "x")
    assert "= 2 x[i, t[i]] δ[t[i], j] " in str(found)


def test_a_derivative_that_is_zero_says_so() -> None:
    found = derivation("L = x[I]^2\nM = L y[I]^2", "L", "y")
    assert str(found) == "∂L/∂y[i] = 0   L does not depend on y\n"
    assert found.warnings == ("∂L/∂y[i] is 0: L does not depend on y",)


def test_ascii_has_no_other_characters() -> None:
    assert derivation("P[i,j] = softmax[j](Z[i,j])", "P", "Z").text(ascii=True).isascii()


def test_rules_of_algebra_are_called_by_names_that_they_have() -> None:
    assert {rule.name for rule in algebra.RULES} >= {*rewriting.COSMETIC, *rewriting.WORDS}


def test_what_is_assumed_is_used_last() -> None:
    source = "input Z[n, k], Y[n, k]\nassume sum[J](Y[i,J]) = 1\nP[i,j] = softmax[j](Z[i,j])\nL = -Y[I,J] log(P[I,J])"
    assert derivation(source, "L", "Z", expand=True).text(steps=False) == "∂L/∂Z[i,j] = P[i,j] - Y[i,j]\n"
    twice = derivation(source, "L", "Z", "Y", expand=True)
    assert twice.is_checked and "as assumed" not in str(twice)


def test_every_rule_has_a_name_for_people() -> None:
    leading = {kind for kind, rule in RULES.items() if rule.__name__ != "none"}
    assert leading == {*TITLES, Apply, Reduce, Abstract}


CLASSIFIER = """
input Z[n, k], Y[n, k]
assume sum[J](Y[i,J]) = 1
P[i,j] = softmax[j](Z[i,j])
L = -Y[I,J] log(P[I,J]) / n
"""


def test_a_derivative_on_the_way_is_put_in_where_that_is_shorter() -> None:
    found = derivation(CLASSIFIER, "L", "Z")
    assert found.text(steps=False) == "∂L/∂Z[i,j] = (P[i,j] - Y[i,j]) / n\n"
    assert "∂L/∂P put in" in str(found) and str(found).startswith("∂L/∂P[i,j] = ")


def test_a_derivative_on_the_way_keeps_its_name_where_that_is_shorter() -> None:
    source = "Z[i,j] = X[i,K] W[K,j]\nH[i,j] = tanh(Z[i,j])\nL = (H[I,J] - T[I,J])^2"
    assert derivation(source, "L", "W").text(steps=False).splitlines() == [
        "∂L/∂H[i,j] = 2 (H[i,j] - T[i,j])",
        "∂L/∂Z[i,j] = ∂L/∂H[i,j] (1 - H[i,j]^2)",
        "∂L/∂W[i,j] = X[A,i] ∂L/∂Z[A,j]",
    ]


def test_facts_are_used_before_a_derivative_by_what_they_do_not_name() -> None:
    assert derivation(CLASSIFIER, "L", "Z", "Z").text(steps=False).splitlines() == [
        "∂L/∂Z[i,j] = (P[i,j] - Y[i,j]) / n",
        "∂P[i,j]/∂Z[p,q] = P[i,j] δ[i,p] (δ[j,q] - P[i,q])",
        "∂²L/∂Z[i,j]∂Z[p,q] = ∂P[i,j]/∂Z[p,q] / n",
    ]


def test_facts_are_not_used_before_a_derivative_by_what_they_name() -> None:
    assert derivation(CLASSIFIER, "L", "Z", "Y").text(steps=False).splitlines() == [
        "∂L/∂Z[i,j] = (P[i,j] sum[B](Y[i,B]) - Y[i,j]) / n",
        "∂²L/∂Z[i,j]∂Y[p,q] = δ[i,p] (P[i,j] - δ[j,q]) / n",
    ]


def test_equal_sums_are_one_factor() -> None:
    found = derivation("c = (u[I] v[I]) / (sqrt(u[I]^2) sqrt(v[I]^2))", "c", "u").text(steps=False)
    assert found == "∂c/∂u[i] = v[i] / (sqrt(u[I]^2) sqrt(v[I]^2)) - c u[i] / (u[I]^2)\n"


@pytest.mark.parametrize("by", ["x", "w"])
def test_lines_are_checked_where_something_is_left(by: str) -> None:
    """A convolution of a vector with a longer one has no elements."""
    assert derivation("y[i] = x[i + K] w[K]", "y", by).warnings == ()


def test_lines_over_nothing_hold() -> None:
    found = derivation("y[i : 0] = x^i", "y", "x")
    assert found.is_checked and found.warnings == ()


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("L = x[I]^2", "L", "∂L/∂L = 1"),
        ("Z[i,j] = X[i,K] W[K,j]", "Z", "∂Z[i,j]/∂Z[p,q] = δ[i,p] δ[j,q]"),
    ],
)
def test_a_tensor_by_itself(text: str, name: str, said: str) -> None:
    assert str(einlang.compile(text).derivation(name, name)).startswith(said)


def test_infinite_values_in_a_check_are_no_warnings() -> None:
    """Some data make `log(P)` infinite: they show nothing, and others do."""
    source = """
    const n = 10
    input A[b, k{0}], Y[b, k{n}]
    param W{m}[k{m-1}, k{m}] for m in 1..n
    X{0}[i,j] = A[i,j]
    Z{m}[i,j] = X{m-1}[i,K] W{m}[K,j] for m in 1..n
    X{m}[i,j] = relu(Z{m}[i,j]) for m in 1..n-1
    X{n}[i,j] = softmax[j](Z{n}[i,j])
    L = -Y[I,J] log(X{n}[I,J]) / b
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert derivation(source, "L", "W{1}").is_checked


def test_what_a_mask_makes_infinite_leaves_the_lines_checked() -> None:
    masked = "S[i,j] = x[i] y[j] if j <= i else -inf\nP[i,j] = softmax[j](S[i,j])\nL = P[I,J]^2"
    found = derivation(f"input x[n], y[n]\n{masked}", "L", "x")
    assert found.is_checked
    lines = found.found.equations[-1].lines
    broken = replace(found.found.equations[-1], lines=(*lines[:-1], lines[-1]._replace(body=mul(number(2), lines[-1].body))))
    with pytest.raises(InternalError, match="a line of dL_dx is wrong"):
        check_lines(
            type(found.found)(found.found.program, found.found.whole, (*found.found.equations[:-1], broken), found.found.results)
        )
