"""Section 6 of the language reference, expressions: operators, numbers, positions, functions, tensors written out."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, ids, number, refused, same, value

import einlang

X = RANDOM.normal(size=(3, 4))
V = RANDOM.uniform(0.1, 0.9, 4)


# --- from loose to tight ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("a + 1 if a > 1 else a - 1 if a > 0 else 7", 3),
        ("(a if b > 9 else c) + 1", 6),
        ("1 if a > 5 and a > 6 or b > 2 else 0", 1),
        ("1 if a > 5 and (a > 6 or b > 2) else 0", 0),
        ("1 if not a > 5 and b > 2 else 0", 1),
        ("1 if not (a > 5 and b > 2) else 0", 1),
        ("1 if a + 1 == b and a * b == 6 else 0", 1),
        ("a - b - c", -6),
        ("a - b c", -13),
        ("a / b / c", 2 / 15),
        ("a / (b c)", 2 / 15),
        ("-a^2", -4),
        ("a^-1", 0.5),
        ("a^b^a", 2.0**9),
        ("-a^-b", -1 / 8),
        ("2 a b", 12),
        ("2 (a + b)", 10),
        ("a (a + b)", 10),
        ("(a + b) (a - b)", -5),
        ("a * -b", -6),
        ("a -b", -1),
        ("2 a^2 b", 24),
        ("a · b × c", 30),
        ("a^-b^2", 2.0**-9),
        ("a - -b", 5),
        ("1 if a > 1 or b > 9 and c > 9 else 0", 1),
        ("1 if not a > 1 or b > 1 else 0", 1),
        ("a if a > 5 else b if b > 5 else c", 5),
    ],
)
def test_operators_bind_as_the_reference_says(expression: str, wanted: float) -> None:
    assert number(expression, a=2, b=3, c=5) == pytest.approx(wanted)


def test_comparisons_do_not_chain_and_stand_only_where_a_choice_is_made() -> None:
    assert ids("input a\nr = 1 if 0 < a < 1 else 0") == ["other-notation"]
    assert ids("input a\nr = (a > 1) + 1") == ["comparison-as-number"]
    assert ids("input a\nr = 1 if a else 0") == ["number-as-condition"]
    assert number("where(not a ≤ 2, 1, 0) + where(a ≥ 2 and a ≠ 3, 1, 0)", a=2) == 1


def test_a_name_before_parentheses_is_a_call_only_if_it_names_a_function() -> None:
    assert number("a (b + 1) + exp (b - 3) + sqrt(b + 1)", a=2, b=3) == 2 * 4 + 1 + 2


# --- numbers and tensors without a name ---------------------------------------------------------------------------------------


def test_numbers() -> None:
    assert number("2 + 0.5 + 1e-3 + pi") == 2 + 0.5 + 1e-3 + np.pi
    assert number("-inf") == -np.inf
    assert number("1 / inf") == 0


def test_tensors_of_ones_and_zeros() -> None:
    same(value("input v[n], X[m, n]\nr[i] = 2 1[i] + 0[i] - v[I] 1[I] + X[K,i] 0[K]", v=V, X=X), 2 - V.sum() * np.ones(4))
    same(value("input v[n]\nr = sum[I](1[I] v[I])", v=V), V.sum())


@pytest.mark.parametrize("backend", BACKENDS)
def test_delta_is_1_where_its_subscripts_are_equal(backend: str) -> None:
    same(value("input v[n]\nr[i,j] = v[i] δ[i,j] + delta[i,2] 1[j]", backend, v=V), np.diag(V) + np.eye(4)[2][:, None])
    same(value("input v[n]\nr[i : n, j : n] = v[i] (1 if i == j else 0)", backend, v=V), np.diag(V))
    same(value("input v[n]\nr[i] = v[J] δ[J,i] + δ[0,0] - δ[1,2]", backend, v=V), V + 1)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_position_of_a_delta_has_no_place_for_adds_nothing(backend: str) -> None:
    text = "input m[e], t[e] : int\nr[v : 3] = m[E] δ[v, t[E]]"
    same(value(text, backend, m=[1.0, 10.0, 100.0, 1000.0], t=[0, 2, 7, -1]), [1, 0, 10])
    same(value("input v[n]\nr[p : 3] = v[I] δ[2 I, p + 1] + 10 δ[p, 1]", backend, v=V), [0, V[1] + 10, 0])


WRONG_LEAVES = [
    ("r[i] = v[i] δ[i]", "wrong-rank"),
    ("r[i] = v[i] δ[v[i],2]", "out-of-bounds"),
    ("r[i] = v[i] + 2[i]", "other-notation"),
    ("r = 1[I]", "index-without-range"),
    ("r = 1[]", "unexpected-text"),
    ("r = 1e400", "number-out-of-range"),
    ("r[i] = [1][i,i]", "wrong-rank"),
    ("r = [1, 2]", "unexpected-text"),
    ("r = [1, 2][2]", "out-of-bounds"),
    ("r[i : 4] = levicivita[i,0,1]", "out-of-bounds"),
]


@pytest.mark.parametrize(("text", "id"), WRONG_LEAVES)
def test_tensors_without_a_name_written_wrongly(text: str, id: str) -> None:
    assert ids(f"input v[n]\n{text}") == [id]


# --- positions ----------------------------------------------------------------------------------------------------------------


def test_a_bare_index_is_its_position_counted_from_0() -> None:
    same(value("input v[n]\nr[i] = i v[i] - i", v=V), np.arange(4) * V - np.arange(4))
    same(value("input v[n]\nr = sum[I](I v[I]) + sum[I : 3](I)", v=V), (np.arange(4) * V).sum() + 3)


def test_a_bare_size_is_a_number_and_so_is_a_const() -> None:
    same(value("const a = 3\ninput X[n, k]\nr[i,j] = X[i,j] k - n / a + size(X, 1)", X=X), X * 4 - 1 + 4)


def test_a_name_that_could_be_two_things_is_an_error_that_names_the_mend() -> None:
    refused("input X[n, k], n\ny[i] = X[i,J] n", "ambiguous-name", "size(X, 0)")
    assert ids("input X[i, k]\ny[i] = X[i,J] i") == ["ambiguous-name"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_causal_mask(backend: str) -> None:
    scores = RANDOM.normal(size=(4, 4))
    masked = np.where(np.tril(np.ones((4, 4))) > 0, scores, -np.inf)
    text = "input S[n, m]\nM[q,k] = S[q,k] if k <= q else -inf\nP[q,k] = softmax[k](M[q,k])"
    weights = np.exp(masked) / np.exp(masked).sum(1, keepdims=True)
    same(value(text, backend, S=scores), weights)
    gradient = einlang.compile(text + "\nL = P[Q,K] P[Q,K]", backend=backend).grad("L", wrt="S")(S=scores)
    back = 2 * weights
    same(gradient, weights * (back - (back * weights).sum(1, keepdims=True)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_branch_that_is_not_taken_contributes_nothing(backend: str) -> None:
    text = "input v[n]\nr[i] = log(v[i]) / v[i] if v[i] > 0 else 7\nL = sum[I](sqrt(v[I]) if v[I] > 0 else 0)"
    program = einlang.compile(text, backend=backend)
    given = np.array([1.0, 0.0, -1.0])
    same(program.only("r")(v=given).r, [0, 7, 7])
    same(program.grad("L", wrt="v")(v=given), [0.5, 0, 0])
    same(value("input v[n]\nr = sum[I](v[I] if I > 0 else 0)", backend, v=[np.nan, 1.0, 2.0]), 3)


# --- functions of numbers -----------------------------------------------------------------------------------------------------

POWERS = ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign")
TRIGONOMETRIC = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(np, name) for name in (*POWERS, *TRIGONOMETRIC)},
    **{name: getattr(np, f"arc{name[1:]}") for name in ("asin", "acos", "atan")},
    "erf": lambda x: np.vectorize(math.erf)(x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "gelu": lambda x: x * (1 + np.vectorize(math.erf)(x / np.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "stop": lambda x: x,
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_function_is_what_it_is_called(name: str, backend: str) -> None:
    points = V if name in ("log", "sqrt", "asin", "acos") else np.concatenate([V, -V])
    same(value(f"input v[n]\nr[i] = {name}(v[i])", backend, v=points), ELEMENTWISE[name](points))


@pytest.mark.parametrize("backend", BACKENDS)
def test_elementwise_functions_of_several_numbers(backend: str) -> None:
    a, b = RANDOM.normal(size=5), RANDOM.normal(size=5)
    text = "input a[n], b[n]\nr[i,j : 5] = [max(a[i], b[i]), min(a[i], b[i]), pow(abs(a[i]), b[i]), clip(a[i], -0.5, 0.5), 0][j]"
    columns = [np.maximum(a, b), np.minimum(a, b), abs(a) ** b, np.clip(a, -0.5, 0.5), 0 * a]
    same(value(text, backend, a=a, b=b), np.stack(columns, axis=1))
    same(value("input a[n], b[n]\nr[i] = where(a[i] > b[i], a[i], 2)", backend, a=a, b=b), np.where(a > b, a, 2))


def test_stop_has_its_value_and_the_derivative_0() -> None:
    text = "input v[n]\nL = sum[I](v[I] stop(v[I]))"
    same(einlang.compile(text, backend="numpy").grad("L", wrt="v")(v=V), V)


# --- along an index -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_reductions(backend: str) -> None:
    text = """
    input X[n, k]
    s[i] = sum[J](X[i,J])
    p[i] = prod[J](X[i,J])
    a[i] = max[J](X[i,J])
    b[i] = min[J](X[i,J])
    m[i] = mean[J](X[i,J])
    e[i] = logsumexp[J](X[i,J])
    g[i] = argmax[J](X[i,J])
    h[i] = argmin[J](X[i,J])
    t = max[I,J](X[I,J])
    """
    out = einlang.compile(text, backend=backend)(X=X)
    wanted = [X.sum(1), X.prod(1), X.max(1), X.min(1), X.mean(1), np.log(np.exp(X).sum(1)), X.argmax(1), X.argmin(1), X.max()]
    for found, expected in zip(out, wanted, strict=True):
        same(found, expected)
    assert out.g.dtype == out.h.dtype == np.int64


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_works_along_an_index_keeps_it_free_or_summed(backend: str) -> None:
    softmax = np.exp(X) / np.exp(X).sum(1, keepdims=True)
    same(value("input X[n, k]\nP[i,j] = softmax[j](X[i,j])", backend, X=X), softmax)
    same(value("input X[n, k]\nP[i,j] = log_softmax[j](X[i,j])", backend, X=X), np.log(softmax))
    same(value("input X[n, k]\nC[i,j] = cumsum[j](X[i,j])", backend, X=X), X.cumsum(1))
    same(value("input X[n, k], v[k]\nr[i] = v[J] softmax[J](X[i,J])", backend, X=X, v=V), softmax @ V)
    same(value("input X[n, k], v[k]\nr = cumsum[J](X[I,J]) v[J] 1[I]", backend, X=X, v=V), (X.cumsum(1) @ V).sum())
    same(value("input X[n, k]\nr[i] = max[J](cumsum[J](X[i,J]))", backend, X=X), X.cumsum(1).max(1))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_derivative_of_cumsum_adds_up_from_the_other_end(backend: str) -> None:
    program = einlang.compile("input x[n], w[n]\nL = w[I] cumsum[I](x[I])", backend=backend)
    same(program.grad("L", wrt="x")(x=V, w=V), V[::-1].cumsum()[::-1])
    assert program(x=np.zeros(0), w=np.zeros(0)).L == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_works_along_an_index_is_stable_for_large_arguments(backend: str) -> None:
    large = np.array([[1000.0, 999.0, -1000.0]])
    shifted = np.exp(large - 1000)
    same(value("input X[n, k]\nP[i,j] = softmax[j](X[i,j])", backend, X=large), shifted / shifted.sum())
    same(value("input X[n, k]\nP[i,j] = log_softmax[j](X[i,j])", backend, X=large), large - 1000 - np.log(shifted.sum()))
    same(value("input X[n, k]\nr[i] = logsumexp[J](X[i,J])", backend, X=large), [1000 + np.log(shifted.sum())])
    same(value("input X[n, k]\nr[i,j] = softplus(X[i,j]) + sigmoid(X[i,j])", backend, X=large), [[1001.0, 1000.0, 0.0]])
    assert value("input x\nr = log1p(x)", backend, x=1e-300) == 1e-300


LARGE = {
    "sigmoid": [0, 0, 1, 1],
    "softplus": [0, 0, 800, 1e4],
    "relu": [0, 0, 800, 1e4],
    "silu": [0, 0, 800, 1e4],
    "gelu": [0, 0, 800, 1e4],
    "tanh": [-1, -1, 1, 1],
    "erf": [-1, -1, 1, 1],
    "exp": [0, 0, np.inf, np.inf],
}
SLOPES = {
    "sigmoid": [0] * 4,
    "tanh": [0] * 4,
    "erf": [0] * 4,
    **{name: [0, 0, 1, 1] for name in ("softplus", "relu", "silu", "gelu")},
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LARGE)
def test_functions_of_large_arguments_and_their_derivatives_have_limits(name: str, dtype: str, backend: str) -> None:
    program = einlang.compile(f"input x[n]\nr[i] = {name}(x[i])\ng[i] = ∂r[i]/∂x[i]\noutput r, g", backend=backend)
    out = program(x=np.array([-1e4, -800, 800, 1e4], dtype))
    np.testing.assert_allclose(out.r, LARGE[name], atol=1e-300)
    np.testing.assert_allclose(out.g, SLOPES.get(name, LARGE[name]), atol=1e-300)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("scale", [1e4, 1e308])
def test_derivatives_along_an_index_are_stable_too(scale: float, backend: str) -> None:
    text = "input x[n], w[n]\nL = w[J] log_softmax[J](x[J])\nM = logsumexp[J](x[J])\nr[i] = ∂L/∂x[i] + 10 ∂M/∂x[i]"
    same(value(text, backend, x=scale * np.array([1, 1, -1]), w=[1.0, 2.0, 3.0]), [1 - 3 + 5, 2 - 3 + 5, 3])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("function", ["softmax", "log_softmax", "cumsum"])
def test_what_keeps_an_empty_index_is_empty(function: str, backend: str) -> None:
    text = f"input X[n, k]\nY[i,j] = {function}[j](X[i,j])\ns[i] = Y[i,J]\noutput Y, s"
    out = einlang.compile(text, backend=backend)(X=np.zeros((2, 0)))
    assert out.Y.shape == (2, 0) and list(out.s) == [0, 0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_given_range_may_be_empty_too(backend: str) -> None:
    found = value(
        "input v[n]\nr[k] = [sum[I : 0](v[I]), prod[I : 0](v[I]), max[I : n - 4](v[I]), mean[I : 0](v[I])][k]", backend, v=V
    )
    np.testing.assert_array_equal(found, [0, 1, -np.inf, np.nan])
    with pytest.raises(einlang.CallError, match=r"`argmax\[I : n - 4\]\(v\[I\]\)` .* its range is empty"):
        value("input v[n]\nr = argmax[I : n - 4](v[I])", backend, v=V)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("op", "wanted"), [("sum", 0), ("prod", 1), ("max", -np.inf), ("min", np.inf), ("logsumexp", -np.inf), ("mean", np.nan)]
)
def test_over_an_empty_range(op: str, wanted: float, backend: str) -> None:
    np.testing.assert_equal(value(f"input X[n, k]\nr[i] = {op}[J](X[i,J])", backend, X=np.zeros((2, 0))), [wanted] * 2)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("op", ["argmax", "argmin"])
def test_a_position_in_an_empty_range_is_an_error_of_the_call(op: str, backend: str) -> None:
    with pytest.raises(einlang.CallError, match=rf"`k` is 0, less than 1: `{op}\[J\]\(X\[i,J\]\)` at <text>:2:8"):
        value(f"input X[n, k]\nr[i] = {op}[J](X[i,J])", backend, X=np.zeros((2, 0)))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("op", ["max", "min"])
def test_the_derivative_of_what_is_largest_of_nothing_is_0(op: str, backend: str) -> None:
    text = f"input X[n, k], c[n]\nm[i] = {op}[J](X[i,J] c[i])\nL = sum[I](tanh(m[I]))\nr[i] = ∂L/∂c[i]"
    np.testing.assert_array_equal(value(text, backend, X=np.zeros((2, 0)), c=np.ones(2)), [0, 0])


# --- tensors written out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_tensors_written_out_have_expressions_as_entries(backend: str) -> None:
    text = "input v[n], a\nR[i,j] = [[cos(a), -sin(a)], [sin(a), cos(a)]][i,j]\nr[k,i] = R[i,J] [v[k], 1][J]"
    rotation = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]])
    wanted = np.stack([rotation @ [element, 1] for element in V])
    same(value(text, backend, v=V, a=2.0), wanted)


def test_after_a_name_a_star_is_needed_before_a_tensor_written_out() -> None:
    same(value("input v[n]\nr[i] = v[0] * [1, 2, 3][i]", v=V), V[0] * np.arange(1, 4))
    for factor in ("2 [1, 2][i]", "(2) [1, 2][i]", "exp(log(2)) [1, 2][i]", "[2, 2][i] [1, 2][i]", "2 [[1, 5], [5, 2]][i,i]"):
        same(value(f"r[i] = {factor}"), [2, 4])
    assert ids("input v\nr[i] = v [1, 2, 3][i]") == ["other-notation"]


def test_a_written_tensor_must_be_rectangular() -> None:
    assert ids("r[i,j] = [[1, 2], [3]][i,j]") == ["ragged-tensor"]


def test_const_tensors() -> None:
    same(value("const w[3] = [1/6, 2/3, 1/6]\ninput X[n, 3]\nr[i] = X[i,J] w[J]", X=X[:, :3]), X[:, :3] @ [1 / 6, 2 / 3, 1 / 6])
    same(value("const M[2, 2] = [[1, 2], [3, 4]]\nr[i] = M[i,J] + M[J,i]"), [3 + 4, 7 + 6])
    assert ids("const w[2] = [1, 2, 3]\nr = w[I]") == ["sizes-differ"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_levicivita_is_the_permutation_symbol(rank: int, backend: str) -> None:
    indices = ",".join("ijkl"[:rank])
    ranges = ", ".join(f"{index} : {rank}" for index in "ijkl"[:rank])
    found = value(f"r[{ranges}] = levicivita[{indices}]", backend)
    wanted = np.zeros((rank,) * rank)
    for permutation in itertools.permutations(range(rank)):
        wanted[permutation] = np.linalg.det(np.eye(rank)[list(permutation)])
    same(found, wanted)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cross_product_and_a_determinant(backend: str) -> None:
    a, b, M = RANDOM.normal(size=3), RANDOM.normal(size=3), RANDOM.normal(size=(3, 3))
    same(value("input a[3], b[3]\nc[i] = levicivita[i,J,K] a[J] b[K]", backend, a=a, b=b), np.cross(a, b))
    same(value("input M[3, 3]\nd = levicivita[I,J,K] M[0,I] M[1,J] M[2,K]", backend, M=M), np.linalg.det(M))
