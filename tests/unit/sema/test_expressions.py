"""Section 6 of the language reference: expressions."""

import math
from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest

from einlang.diagnostics import Diagnostic
from einlang.ir.program import Program
from einlang.ir.text import text
from einlang.sema.builtins import ALONG, ELEMENTWISE, REDUCTIONS
from einlang.sema.names import BUILT_IN_FUNCTIONS
from einlang.syntax import lexicon

Compiled = Callable[..., Program]
Definitions = Callable[..., list[str]]
Ids = Callable[..., list[str]]
Findings = Callable[..., list[Diagnostic]]
Values = Callable[..., dict[str, Any]]


# --- numbers, order of operations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4 - 1", 13),
        ("-2^2", -4),
        ("2^3^2", 512),
        ("2^-1", 0.5),
        ("12 / 2 / 3", 2),
        ("12 / (2 * 3)", 2),
        ("2 (3 + 4)", 14),
        ("7 - 2 - 1", 4),
        ("7 - (2 - 1)", 6),
        ("-3 * -2", 6),
        ("2 pi", 2 * np.pi),
        ("-inf", -np.inf),
        ("1 if 2 > 1 and not 1 >= 2 else 0", 1),
        ("1 if 2 < 1 or 1 != 1 else 0", 0),
        ("1 if 1 > 2 else 2 if 2 > 2 else 3", 3),
    ],
)
def test_operators_bind_as_they_should(expression: str, value: float, values: Values) -> None:
    assert values(f"s = {expression}")["s"] == value


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("a + b - c", "a + b - c"),
        ("a - (b - c)", "a - (b - c)"),
        ("a + (b + c)", "a + (b + c)"),
        ("a (b c)", "a (b c)"),
        ("-a b / c", "-a b / c"),
        ("-(a b) c", "-(a b) c"),
        ("a / b * c", "(a / b) c"),
        ("a * -b * -c", "a b c"),
        ("2 * 3 * a", "6 a"),
        ("1/3 * a", "(1/3) a"),
        ("a * 2 * b * 3", "a * 2 b * 3"),
        ("a - 2 b", "a - 2 b"),
        ("1 * a", "a"),
    ],
)
def test_the_order_of_operations_is_the_one_written(written: str, made: str, definitions: Definitions) -> None:
    (line,) = definitions(f"s = {written}")
    assert line == f"s = {made}"


def test_ones_and_zeros(values: Values) -> None:
    found = values("input x[n]\no[i : n] = 1[i]\nz[i : 2, j : 3] = 0[i,j]\ns = 1[I] x[I] + sum[J : 4](1[J])")
    assert np.array_equal(found["o"], np.ones(len(found["x"])))
    assert np.array_equal(found["z"], np.zeros((2, 3)))
    assert np.isclose(found["s"], found["x"].sum() + 4)


def test_delta(values: Values) -> None:
    found = values("input x[n], A[n, n]\nD[i : n, j] = δ[i,j]\nB[i,j] = A[i,K] δ[K,j]\nT = delta[I,J] A[I,J]\no[i : n] = δ[i,i]")
    assert np.array_equal(found["D"], np.eye(len(found["x"])))
    assert np.allclose(found["B"], found["A"])
    assert np.isclose(found["T"], np.trace(found["A"]))
    assert np.array_equal(found["o"], np.ones(len(found["x"])))


def test_a_condition_of_equal_positions_is_delta(definitions: Definitions) -> None:
    assert definitions("input x[n]\nD[i : n, j] = x[i] (1 if i == j else 0)") == ["D[i : n, j : n] = x[i] δ[i,j]"]
    assert "if" in definitions("input x[n]\nD[i : n, j : n] = 1 if i == j else 2")[0]


# --- names --------------------------------------------------------------------------------------------------------------------


def test_a_bare_name_is_a_scalar_a_const_a_position_or_a_size(values: Values) -> None:
    found = values("const c = 4\ninput x[n], a\ny[i] = a + 10 c + 100 i + 1000 n + 0 * x[i]", n=3)
    assert np.allclose(found["y"], found["a"] + 40 + 100 * np.arange(3) + 3000)


def test_sizes_have_a_name_space_of_their_own(ids: Ids) -> None:
    assert ids("input X[b, k], b[k], k[b]\nZ[k,b] = X[k,b] + b[b] + k[k]") == []


def test_indices_have_a_name_space_of_their_own(ids: Ids) -> None:
    assert ids("input i[n], I[n]\nx[i] = i[i] + I[i]\ns = i[I] I[I]") == []


def test_inside_brackets_indices_hide_sizes_and_consts(ids: Ids) -> None:
    assert ids("const j = 3\ninput X[i, k]\nZ[i,j] = X[i,j]\nY[k,i] = X[i,k]") == []


@pytest.mark.parametrize(
    "text",
    [
        "input b, X[b]\ns = b * X[I]",
        "const n = 3\nsize n = 4\ninput x[4]\ns = x[I] / n",
        "input X[i]\nY[i] = i * X[i]",
        "input i, X[n]\nY[i] = i * X[i]",
        "const K = 2\ninput X[n]\ns = sum[K](X[K]) / K",
        "input X[n]\nfn f(J) = sum[J]([1, 2][J]) * J\ns = X[I]",
    ],
)
def test_a_bare_name_that_could_be_two_things_is_an_error(text: str, ids: Ids) -> None:
    assert ids(text) == ["ambiguous-name"]


def test_an_ambiguous_name_is_mended_by_size(findings: Findings) -> None:
    (finding,) = findings("input X[k, b], b\ns = X[I,J] / b")
    assert "`size(X, 1)`" in finding.help


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s = Weigts[I]", "Weights"),
        ("s = Weights[I] / bacth", "batch"),
        ("s = sigmod(Weights[I])", "sigmoid"),
        ("s = Weights[I] + rte", "rate"),
        ("output Weihgts", "Weights"),
    ],
)
def test_a_name_that_nothing_defines_is_met_with_what_may_have_been_meant(text: str, meant: str, findings: Findings) -> None:
    (finding,) = findings(f"const rate = 2\ninput Weights[batch]\nt = Weights[I]\n{text}")
    assert (finding.id, finding.help) == ("undefined-name", f"did you mean `{meant}`?")


def test_a_name_is_taken_once(findings: Findings) -> None:
    for taken in ("input x[n], x", "input x\nx = 2", "const x = 1\nx = 2", "fn x(a) = a\nx = 2", "x = 1\nparam x"):
        (finding,) = findings(f"input other\n{taken}\ny = other")
        assert (finding.id, len(finding.others)) == ("named-twice", 1)


@pytest.mark.parametrize("text", ["pi = 3", "input inf", "const pi = 3", "fn exp(x) = x", "fn f(pi) = pi"])
def test_the_names_of_the_language_are_no_names_of_a_program(text: str, ids: Ids) -> None:
    assert ids(f"input other\n{text}\ny = other") == ["reserved-name"]


@pytest.mark.parametrize(
    ("reference", "id"),
    [("X[i]", "wrong-rank"), ("X[i,i,i]", "wrong-rank"), ("a[i]", "wrong-rank"), ("X", "wrong-rank"), ("c[i]", "not-a-tensor")],
)
def test_a_reference_has_a_subscript_for_each_axis(reference: str, id: str, ids: Ids) -> None:
    assert ids(f"const c = 2\ninput X[n, n], a, x[n]\ny[i] = x[i] + {reference}") == [id]


# --- conditions ---------------------------------------------------------------------------------------------------------------


def test_a_causal_mask(values: Values) -> None:
    found = values("input S[m, n]\nM[q,k] = S[q,k] if k <= q else -inf")
    q, k = np.indices(found["S"].shape)
    assert np.array_equal(found["M"], np.where(k <= q, found["S"], -np.inf))


def test_the_branch_that_is_not_taken_contributes_nothing(values: Values) -> None:
    found = values("input x[n]\ns = sum[I](log(x[I]) if x[I] > 0 else 0)", {"x": np.array([-1.0, np.e, 0.0])})
    assert np.isclose(found["s"], 1)


@pytest.mark.parametrize(
    "right", ["x[i] > 0", "(x[i] < 1)", "1 + (x[i] == 1)", "not x[i] > 0", "exp(x[i] > 0)", "x[i] > 0 and x[i] < 1"]
)
def test_comparisons_stand_in_conditions_alone(right: str, ids: Ids) -> None:
    assert ids(f"input x[n]\ny[i] = {right}") == ["comparison-as-number"]


@pytest.mark.parametrize(
    "condition", ["x[i]", "(x[i])", "not x[i]", "x[i] > 0 and x[i]", "1", "(1 if x[i] > 0 else 0)", "x[i] + 1"]
)
def test_conditions_are_comparisons(condition: str, ids: Ids) -> None:
    assert ids(f"input x[n]\ny[i] = 1 if {condition} else 0\nz[i] = where({condition}, 1, 0)") == ["number-as-condition"] * 2


# --- functions ----------------------------------------------------------------------------------------------------------------


def test_the_parser_and_the_analysis_know_the_same_functions() -> None:
    assert set(lexicon.FUNCTIONS) == BUILT_IN_FUNCTIONS
    assert set(lexicon.REDUCTIONS) == set(REDUCTIONS)
    assert set(ALONG) <= set(lexicon.ALONG)
    assert set(lexicon.ELEMENTWISE) == set(ELEMENTWISE)


erf = np.vectorize(math.erf)
ORACLES: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign")},
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "erf": erf,
    "pow": np.power,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "gelu": lambda x: x / 2 * (1 + erf(x / np.sqrt(2))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "max": np.maximum,
    "min": np.minimum,
    "clip": np.clip,
    "stop": lambda x: x,
    "where": lambda a, b, c: np.where(a > 0.3, b, c),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions_against_numpy(name: str, values: Values) -> None:
    arity = ELEMENTWISE[name].arity
    points = np.array([-0.9, -0.2, 0.4, 0.8] if arity == 1 and name not in ("log", "sqrt") else [0.1, 0.4, 0.7, 0.9])
    arrays = {letter: np.roll(points, shift) for shift, letter in enumerate("abc"[:arity])}
    arguments = [f"{letter}[i]" for letter in arrays]
    if name == "where":
        arguments[0] += " > 0.3"
    found = values(f"input {', '.join(f'{letter}[n]' for letter in arrays)}\ny[i] = {name}({', '.join(arguments)})", arrays)
    assert np.allclose(found["y"], ORACLES[name](*arrays.values()))


@pytest.mark.parametrize("call", ["exp(x, x)", "max(x, x, x)", "clip(x, 0)", "where(x > 0, 1)", "pow(x)", "stop(x, 1)"])
def test_elementwise_functions_take_their_number_of_arguments(call: str, ids: Ids) -> None:
    assert ids(f"input x\ny = {call}") == ["wrong-arguments"]


def test_elementwise_functions_take_no_index(ids: Ids) -> None:
    assert ids("input x[n]\ny = exp[I](x[I])") == ["wrong-arguments"]


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("sum", np.sum),
        ("prod", np.prod),
        ("max", np.max),
        ("min", np.min),
        ("mean", np.mean),
        ("logsumexp", lambda x, axis: np.log(np.exp(x).sum(axis))),
        ("argmax", np.argmax),
        ("argmin", np.argmin),
    ],
)
def test_reductions_against_numpy(name: str, oracle: Callable[..., Any], values: Values) -> None:
    found = values(f"input X[m, n]\ny[i] = {name}[J](X[i,J])")
    assert np.allclose(found["y"], oracle(found["X"], axis=1))
    if not name.startswith("arg"):
        assert np.allclose(values(f"input X[m, n]\ny = {name}[I,J](X[I,J])")["y"], oracle(found["X"], axis=(0, 1)))


@pytest.mark.parametrize("call", ["argmax[I,J](X[I,J])", "sum[I](X[I,I], 2)", "softmax[I,J](X[I,J])"])
def test_reductions_take_one_argument_and_some_one_index(call: str, ids: Ids) -> None:
    assert "wrong-arguments" in ids(f"input X[n, n]\ny = {call}")


def test_softmax_keeps_its_index(values: Values) -> None:
    source = (
        "input Z[m, n], Y[m, n]\nP[i,j] = softmax[j](Z[i,j])\nQ[i,j] = log_softmax[i](Z[i,j])\nL = Y[I,J] log_softmax[J](Z[I,J])"
    )
    found = values(source)
    exponential = np.exp(found["Z"])
    assert np.allclose(found["P"], exponential / exponential.sum(1, keepdims=True))
    assert np.allclose(found["Q"], np.log(exponential / exponential.sum(0)))
    assert np.isclose(found["L"], (found["Y"] * np.log(found["P"])).sum())


def test_softmax_of_an_expression_with_sums_inside(values: Values) -> None:
    found = values("input A[m, k], B[k, n]\nP[i,j] = softmax[j](A[i,K] B[K,j] - max[J](A[i,K] B[K,J]) + j)")
    exponential = np.exp(found["A"] @ found["B"] + np.arange(found["B"].shape[1]))
    assert np.allclose(found["P"], exponential / exponential.sum(1, keepdims=True))


def test_a_kept_index_has_no_range_of_its_own(ids: Ids) -> None:
    assert ids("input x[n]\ny[i] = softmax[i : n](x[i])") == ["range-of-kept-index"]


# --- tensors written out, the permutation symbol ------------------------------------------------------------------------------


def test_tensors_written_out(values: Values) -> None:
    found = values(
        "input a, b, x[2]\ny[i] = [a, 2 b][i]\nM[i,j] = [[1, a], [b, 2], [3, 4]][i,j]\nz[i] = [[1, a], [b, 2], [3, 4]][i,J] x[J]"
    )
    a, b = found["a"], found["b"]
    assert np.allclose(found["y"], [a, 2 * b])
    assert np.allclose(found["M"], [[1, a], [b, 2], [3, 4]])
    assert np.allclose(found["z"], found["M"] @ found["x"])


@pytest.mark.parametrize(
    ("right", "id"),
    [("[1, 2][i,j]", "wrong-rank"), ("[[1, 2], [3]][i,j]", "ragged-tensor"), ("[1, 2, 3][i] x[i,j]", "sizes-differ")],
)
def test_tensors_written_out_fit_their_subscripts(right: str, id: str, ids: Ids) -> None:
    assert ids(f"input x[2, 2]\ny[i,j] = x[i,j] + {right.replace('] x', '] * x')}") == [id]


def sign(order: tuple[int, ...]) -> int:
    """The sign of a permutation, 0 where two entries are equal."""
    if len(set(order)) < len(order):
        return 0
    return (-1) ** sum(a > b for k, b in enumerate(order) for a in order[:k])


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_the_permutation_symbol(rank: int, values: Values) -> None:
    indices = ",".join("ijkl"[:rank])
    made = values(f"e[{indices}] = levicivita[{indices}]")["e"]
    assert made.shape == (rank,) * rank
    assert all(made[order] == sign(order) for order in product(range(rank), repeat=rank))
    assert abs(made).sum() == len(list(permutations(range(rank))))


def test_the_cross_product(values: Values) -> None:
    found = values("input a[3], b[3]\nc[i] = levicivita[i,J,K] a[J] b[K]")
    assert np.allclose(found["c"], np.cross(found["a"], found["b"]))


# --- functions of a program ---------------------------------------------------------------------------------------------------


def test_a_function_is_expanded(values: Values) -> None:
    found = values("fn gauss(x, s) = exp(-x^2 / (2 s^2))\ninput x[n], s\ny[i] = gauss(x[i] - 1, 2 s)")
    assert np.allclose(found["y"], np.exp(-((found["x"] - 1) ** 2) / (8 * found["s"] ** 2)))


def test_functions_see_parameters_consts_sizes_and_functions(values: Values) -> None:
    found = values("const c = 3\nfn f(x) = g(x) + c * n\nfn g(y) = y^2\ninput x[n]\ny[i] = f(x[i])")
    assert np.allclose(found["y"], found["x"] ** 2 + 3 * len(found["x"]))


@pytest.mark.parametrize("body", ["x * t", "x * T[I]", "∂x/∂t", "x * size(T, 0)"])
def test_functions_see_no_tensors(body: str, ids: Ids) -> None:
    assert "tensor-in-function" in ids(f"fn f(x) = {body}\ninput t, T[n]\ny = f(t) + T[I]")


def test_functions_see_const_tensors(values: Values) -> None:
    found = values("const w[2] = [3, 4]\nfn f(x) = x * w[I]\ninput t\ny = f(t)")
    assert np.isclose(found["y"], 7 * found["t"])


def test_functions_are_expanded_hygienically(values: Values) -> None:
    found = values("fn f(x) = sum[I : 3](x + I)\ninput u[n]\ny[i] = f(u[i] + sum[I](u[I]) + i)")
    assert np.allclose(found["y"], 3 * (found["u"] + found["u"].sum() + np.arange(len(found["u"]))) + 3)


def test_a_parameter_hides_what_has_its_name_outside(values: Values) -> None:
    found = values("const c = 100\nfn f(c, n) = c + n\ninput x[n]\ny[i] = f(x[i], 1)")
    assert np.allclose(found["y"], found["x"] + 1)


@pytest.mark.parametrize(("functions", "path"), [("fn f(x) = f(x)", "ff"), ("fn f(x) = g(x)\nfn g(x) = 2 f(x)", "fgf")])
def test_functions_may_not_recurse(functions: str, path: str, findings: Findings) -> None:
    (finding,) = findings(f"{functions}\ninput x\ny = f(x)")
    assert finding.id == "recursive-function"
    assert " → ".join(f"`{name}`" for name in path) in finding.message


@pytest.mark.parametrize("call", ["f(x)", "f(x, x, x)"])
def test_a_function_takes_as_many_arguments_as_it_has_parameters(call: str, findings: Findings) -> None:
    (finding,) = findings(f"fn f(a, b) = a b\ninput x\ny = {call}")
    assert (finding.id, finding.help, finding.others[0].span.text) == ("wrong-arguments", "write `f(a, b)`", "fn f")


def test_a_function_takes_no_index(ids: Ids) -> None:
    assert ids("fn f(a) = a\ninput x[n]\ny = f[I](x[I])") == ["wrong-arguments"]


def test_an_error_in_a_function_is_reported_once_and_also_if_it_is_never_called(ids: Ids) -> None:
    assert ids("fn f(a) = nothing + a\ninput x\ny = f(x) + f(2 x)\nz = f(y)") == ["undefined-name"]
    assert ids("fn f(a) = nothing + a\ninput x\ny = x") == ["undefined-name"]


def test_nested_calls_do_not_grow_beyond_what_is_written(compiled: Compiled) -> None:
    functions = "\n".join(f"fn f{k}(x) = f{k - 1}(x) + f{k - 1}(x)" for k in range(1, 60))
    program = compiled(f"fn f0(x) = [1, 2][I] x\n{functions}\ninput x\ny = f59(x)")
    assert program.definitions


def test_an_abstract_function_may_be_given_a_body(compiled: Compiled, ids: Ids) -> None:
    source = "fn σ(x)\nfn double(x) = 2 x\ninput x[n]\ny[i] = σ(x[i])"
    assert ids(source) == []
    assert "tanh(x[i])" in text(compiled(source, functions={"σ": "tanh"}))
    assert "2 x[i]" in text(compiled(source, functions={"σ": "double"}))
    assert ids(source, functions={"σ": "nothing"}) == ["unknown-setting"]
    assert ids(source, functions={"σ": "clip"}) == ["unknown-setting"]
    assert ids(source, functions={"σ": "tanh", "double": "tanh"}) == ["unknown-setting"]
