"""Section 9, recurrences: each program against NumPy by hand, sentence by sentence, and its text against itself."""

from collections.abc import Callable

import numpy as np
import pytest

import einlang
from einlang.codegen import ein
from einlang.driver import Stages
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.runtime.recipe import Recipe

Arrays = dict[str, np.ndarray]


def analysed(source: str) -> Program:
    return Stages(Recipe("case", "case.ein", source)).analysed


def value(source: str, name: str, **arrays: object) -> np.ndarray:
    """A tensor of a program, by the oracle and both backends; also of the program as it is printed, which prints so again."""
    program = analysed(source)
    text = ein.emit(program)
    again = analysed(text)
    assert ein.emit(again) == text
    values: Arrays = {key: np.asarray(array) for key, array in arrays.items()}
    found = interpret(program, values)[name]
    np.testing.assert_array_equal(interpret(again, values)[name], found)
    given = {key: array if array.ndim else array.item() for key, array in values.items()}
    for backend in ("c", "numpy"):
        (computed,) = einlang.compile(source, backend=backend).only(name)(given)
        np.testing.assert_allclose(computed, found, rtol=1e-9, atol=1e-12)
    return found


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def squash(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def unrolled(start: np.ndarray, step: Callable[[int, np.ndarray], np.ndarray], count: int) -> np.ndarray:
    found = [np.asarray(start)]
    for t in range(count):
        found.append(step(t, found[-1]))
    return np.array(found)


# --- steps and starts ---------------------------------------------------------------------------------------------------------

RNN = "input x[n, d], h0[k], U[k, k], V[d, k]\nh[0,i] = h0[i]\nh[t+1,i] = tanh(h[t,K] U[K,i] + x[t,K] V[K,i])"


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_h_has_one_row_more_than_x_and_just_its_start_where_x_has_none(n: int) -> None:
    x, h0, U, V = normal(n, 3), normal(4), normal(4, 4), normal(3, 4)
    expected = unrolled(h0, lambda t, h: np.tanh(h @ U + x[t] @ V), n)
    np.testing.assert_allclose(value(RNN, "h", x=x, h0=h0, U=U, V=V), expected)


def test_a_start_for_each_position_that_it_reaches_back_to() -> None:
    found = value("f[0] = 0\nf[1] = 1\nf[t+2 : 10] = f[t+1] + f[t]", "f")
    assert found.tolist() == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


def test_a_start_wins_where_both_apply() -> None:
    found = value("input x[n]\nh[0] = 1\nh[2] = 100\nh[t+1] = h[t] + x[t]", "h", x=np.ones(4))
    assert found.tolist() == [1, 2, 100, 101, 102]


@pytest.mark.parametrize(
    "form",
    ["g[t-1] = 2 g[t] + x[t]", "g[t] = 2 g[t+1] + x[t+1]", "g[s-1] = x[s] + 2 g[s]"],
)
def test_backwards_from_the_end(form: str) -> None:
    x = normal(6)
    found = value(f"input x[n]\ng[-1] = 3\n{form}", "g", x=x)
    expected = unrolled(np.array(3.0), lambda t, g: 2 * g + x[5 - t], 5)[::-1]
    np.testing.assert_allclose(found, expected)


def test_backwards_one_row_more_than_x() -> None:
    x = normal(4)
    expected = unrolled(np.array(0.0), lambda t, g: 0.5 * g + x[3 - t], 4)[::-1]
    np.testing.assert_allclose(value("input x[n]\ng[-1] = 0\ng[t] = 0.5 g[t+1] + x[t]", "g", x=x), expected)


@pytest.mark.parametrize(
    "text",
    [
        "y[0] = x[0]\ny[t] = 0.9 y[t-1] + 0.1 x[t]",
        "y[t] = x[t] if t == 0 else 0.9 y[t-1] + 0.1 x[t]",
        "y[0] = x[0]\ny[t+1] = 0.9 y[t] + 0.1 x[t+1]",
        "y[t] = 0.9 y[t-1] + 0.1 x[t] if t > 0 else x[0]",
        "y[0] = x[0]\ny[t : n] = 0.9 y[t-1] + 0.1 x[t]",
    ],
)
def test_forms_of_one_filter(text: str) -> None:
    x = normal(8)
    expected = unrolled(x[0], lambda t, y: 0.9 * y + 0.1 * x[t + 1], 7)
    np.testing.assert_allclose(value(f"input x[n]\n{text}", "y", x=x), expected)


def test_what_is_padded_needs_no_start() -> None:
    x = normal(5)
    expected = np.cumsum(x)
    np.testing.assert_allclose(value("input x[n]\ny[t] = pad(0, y[t-1]) + x[t]", "y", x=x), expected)


def test_a_start_may_broadcast_and_start_and_step_may_have_other_letters() -> None:
    x = normal(3, 2)
    found = value("input x[n, k]\nh[0,j] = 1\nh[s+1,i] = h[s,i] x[s,i]", "h", x=x)
    np.testing.assert_allclose(found, np.vstack([np.ones(2), np.cumprod(x, axis=0)]))


def test_the_step_stands_on_any_axis_and_other_indices_are_a_batch() -> None:
    x, U = normal(2, 5, 3), normal(3, 3)
    found = value("input x[b, n, d], U[d, d]\nh[b,i,0] = 0\nh[b,i,t+1] = tanh(h[b,K,t] U[K,i] + x[b,t,i])", "h", x=x, U=U)
    expected = unrolled(np.zeros((2, 3)), lambda t, h: np.tanh(h @ U + x[:, t]), 5)
    np.testing.assert_allclose(found, np.moveaxis(expected, 0, 2))


# --- several definitions ------------------------------------------------------------------------------------------------------


def test_the_gates_of_an_lstm_need_no_start() -> None:
    source = """
    input x[n, d], h0[k], c0[k]
    param U{g}[k, k], V{g}[d, k] for g in 1..4
    h[0,i] = h0[i]
    c[0,i] = c0[i]
    z{g}[t,i] = h[t,K] U{g}[K,i] + x[t,K] V{g}[K,i] for g in 1..4
    c[t+1,i] = sigmoid(z{1}[t,i]) c[t,i] + sigmoid(z{2}[t,i]) tanh(z{3}[t,i])
    h[t+1,i] = sigmoid(z{4}[t,i]) tanh(c[t+1,i])
    output h
    """
    x, h, c = normal(6, 3), normal(4), normal(4, seed=1)
    weights = {f"{name}{{{g}}}": normal(rows, 4, seed=g) for g in range(1, 5) for name, rows in (("U", 4), ("V", 3))}
    found = value(source, "h", x=x, h0=h, c0=c, **weights)
    expected = [h]
    for t in range(6):
        z = [h @ weights[f"U{{{g}}}"] + x[t] @ weights[f"V{{{g}}}"] for g in range(1, 5)]
        c = squash(z[0]) * c + squash(z[1]) * np.tanh(z[2])
        h = squash(z[3]) * np.tanh(c)
        expected.append(h)
    np.testing.assert_allclose(found, expected)


KALMAN = """
input A[n, n], C[m, n], Q[n, n], R[m, m], m0[n], P0[n, n], y[T, m]
mf[0,i] = m0[i]
Pf[0,i,j] = P0[i,j]
mp[t,i] = A[i,K] mf[t,K]
Pp[t,i,j] = A[i,K] Pf[t,K,L] A[j,L] + Q[i,j]
S[t,i,j] = C[i,K] Pp[t,K,L] C[j,L] + R[i,j]
solve G[t,j,i]: S[t,k,J] G[t,J,i] = C[k,L] Pp[t,L,i]
mf[t+1,i] = mp[t,i] + G[t,J,i] (y[t,J] - C[J,K] mp[t,K])
Pf[t+1 : size(y, 0) + 1, i, j] = Pp[t,i,j] - G[t,K,i] C[K,L] Pp[t,L,j]
output mf, Pf
"""


def test_a_kalman_filter_solves_equations_at_each_step() -> None:
    A, C, y, m = normal(3, 3) / 2, normal(2, 3), normal(5, 2), normal(3)
    Q, R, P = np.eye(3) * 0.1, np.eye(2) * 0.2, np.eye(3)
    arrays = {"A": A, "C": C, "Q": Q, "R": R, "m0": m, "P0": P, "y": y}
    means, covariances = [m], [P]
    for t in range(5):
        m, P = A @ m, A @ P @ A.T + Q
        gain = P @ C.T @ np.linalg.inv(C @ P @ C.T + R)
        m, P = m + gain @ (y[t] - C @ m), P - gain @ C @ P
        means.append(m)
        covariances.append(P)
    np.testing.assert_allclose(value(KALMAN, "mf", **arrays), means)
    np.testing.assert_allclose(value(KALMAN, "Pf", **arrays), covariances)


def test_a_filter_of_one_number_solves_one_equation_at_each_step() -> None:
    source = "input r\nP[0] = 9\nS[t : 4] = P[t] + r\nsolve K[t]: K[t] S[t] = P[t]\nP[t+1] = P[t] - P[t] K[t] + 1"
    expected = unrolled(np.array(9.0), lambda t, P: P - P**2 / (P + 2) + 1, 4)
    np.testing.assert_allclose(value(source, "P", r=2.0), expected)


def test_layers_of_recurrences() -> None:
    source = """
    const m = 3
    input x[n, k]
    param W{l}[k, k] for l in 1..m
    h{0}[t,i] = x[t,i]
    h{l}[0,i] = 0 for l in 1..m
    h{l}[t+1,i] = tanh(h{l}[t,K] W{l}[K,i] + h{l-1}[t,i]) for l in 1..m
    """
    x, W = normal(4, 2), {f"W{{{l}}}": normal(2, 2, seed=l) for l in (1, 2, 3)}
    below = x
    for l in (1, 2, 3):
        matrix, inputs = W[f"W{{{l}}}"], below
        below = unrolled(np.zeros(2), lambda t, h, M=matrix, z=inputs: np.tanh(h @ M + z[t]), len(inputs))  # type: ignore[misc]
    np.testing.assert_allclose(value(source, "h{3}", x=x, **W), below)


def test_functions_along_an_index_and_integers_in_a_step() -> None:
    source = """
    fn normalise[j](z[j]) = z[j] / sqrt(z[J] z[J])
    input s[n] : int, E[v, k]
    h[0,i] = E[0,i]
    h[t+1,i] = normalise[i](h[t,i] + E[s[t],i])
    """
    E, s = normal(5, 3), np.array([3, 1, 4, 1])

    def step(t: int, h: np.ndarray) -> np.ndarray:
        z = h + E[s[t]]
        return z / np.sqrt(z @ z)

    np.testing.assert_allclose(value(source, "h", E=E, s=s), unrolled(E[0], step, 4))


# --- lengths ------------------------------------------------------------------------------------------------------------------


def test_a_length_that_nothing_else_fixes_is_given_and_makes_the_axis_so_long() -> None:
    A = np.abs(normal(4, 4))
    A /= A.sum(axis=0)
    source = "size n = 30\ninput A[k, k]\nf[0,i] = 1 / k\nf[t+1 : n, i] = 0.85 A[i,J] f[t,J] + 0.15 / k\nrank[i] = f[-1,i]"
    expected = unrolled(np.full(4, 0.25), lambda t, f: 0.85 * A @ f + 0.15 / 4, 29)
    assert value(source, "f", A=A).shape == (30, 4)
    np.testing.assert_allclose(value(source, "rank", A=A), expected[-1])


def test_a_grid_along_one_axis_with_borders() -> None:
    u0 = normal(6)

    def step(t: int, u: np.ndarray) -> np.ndarray:
        change = np.zeros(6)
        change[1:-1] = u[:-2] - 2 * u[1:-1] + u[2:]
        return u + 0.2 * change

    source = """
    input u0[m], a
    u[0,i] = u0[i]
    u[t+1 : 9, i] = u[t,i] + a (u[t,i-1] - 2 u[t,i] + u[t,i+1] if i > 0 and i < m - 1 else 0)
    """
    np.testing.assert_allclose(value(source, "u", u0=u0, a=0.2), unrolled(u0, step, 8))


def test_a_hidden_markov_model_in_log_space() -> None:
    source = """
    input p[k], A[k, k], B[k, v], o[n] : int
    a[0,i] = log(p[i]) + log(B[i,o[0]])
    a[t+1,i] = logsumexp[J](a[t,J] + log(A[J,i])) + log(B[i,o[t+1]])
    l = logsumexp[I](a[-1,I])
    """
    rows = np.abs(normal(3, 3)), np.abs(normal(3, 4)), np.abs(normal(1, 3))
    A, B, (p,) = (m / m.sum(axis=1, keepdims=True) for m in rows)
    o = np.array([0, 3, 1, 2, 2])
    forward = p * B[:, o[0]]
    for t in range(1, 5):
        forward = (forward @ A) * B[:, o[t]]
    np.testing.assert_allclose(value(source, "l", p=p, A=A, B=B, o=o), np.log(forward.sum()))


def test_newton_and_horner_step_by_step() -> None:
    assert value("input a\nx[0] = a\nx[t+1 : 8] = (x[t] + a / x[t]) / 2\nr = x[-1]", "r", a=2.0) == pytest.approx(2**0.5)
    c = normal(5)
    horner = "input c[n], z\np[-1] = 0\np[t] = p[t+1] z + c[t]\nr = p[0]"
    assert value(horner, "r", c=c, z=0.7) == pytest.approx(np.polynomial.polynomial.polyval(0.7, c))


def test_steps_that_nothing_gives_a_range_go_as_far_as_the_others() -> None:
    program = analysed("input x[n]\nh[0] = 1\ng[t] = 2 h[t]\nh[t+1] = g[t] + x[t]")
    lengths = {definition.tensor.name: definition.tensor.shape[0].spell() for definition in program.definitions}
    assert lengths == {"h": "n + 1", "g": "n"}


@pytest.mark.parametrize(("n", "fits"), [(2, True), (1, False), (0, False)])
def test_an_axis_too_short_for_its_starts_is_an_error_of_the_call(n: int, fits: bool) -> None:
    program = analysed("input x[n]\nf[0] = 1\nf[1] = 1\nf[t : n] = f[t-1] + f[t-2] + x[t]")
    held = [r.left.evaluate({"n": n}) <= r.right.evaluate({"n": n}) for r in program.requirements]
    assert all(held) is fits


def test_a_shifted_read_of_itself_gives_no_range_on_another_axis() -> None:
    with pytest.raises(einlang.CompileError, match="index-without-range"):
        einlang.compile("u[0,i] = 1\nu[t+1 : 9, i] = u[t,i+1] + u[t,i]")


# --- what is returned ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "outputs"),
    [
        ("input x[n]\nh[0] = 1\nh[t+1] = h[t] + x[t]", ["h"]),
        ("input x[n]\nh[0] = 1\ng[t] = 2 h[t]\nh[t+1] = g[t] + x[t]", ["h", "g"]),
        ("input x[n]\nh[0] = 1\ng[t] = 2 h[t]\nh[t+1] = g[t] + x[t]\ny = h[-1]", ["y"]),
    ],
)
def test_without_output_a_recurrence_that_nothing_else_uses_is_returned(source: str, outputs: list[str]) -> None:
    assert [tensor.name for tensor in analysed(source).outputs] == outputs


# --- what is shown ------------------------------------------------------------------------------------------------------------

LOSS = f"{RNN}\nL = h[-1,I]^2\noutput L"


def test_a_derivation_leads_through_a_recurrence() -> None:
    program = einlang.compile(LOSS, backend="numpy")
    through = program.derivation("L", "U")
    assert through.is_checked
    first, last = through.text(steps=False).splitlines()
    assert first.startswith("dL_dh_total[t,i] = ") and "dL_dh_total[t+1,B]" in first
    assert last.startswith("∂L/∂U[i,j] = sum[A : n](h[A,i] dL_dh_total[A+1,j]")
    assert program.derivation("L", "h").text(steps=False) == "∂L/∂h[t,i] = 2 h[-1,i] δ[(n), t]\n"


def test_formulas_and_graphs_show_starts_and_steps() -> None:
    program = einlang.compile(RNN, backend="numpy")
    assert r"h_{0,i} &= \mathit{h0}_{i} \\" in program.latex()
    assert r"h_{t + 1,i} &= \tanh(" in program.latex()
    assert "↺ h[t,K]" in program.html()


# --- derivatives --------------------------------------------------------------------------------------------------------------

LSTM = """
input x[n, d], h0[k], c0[k]
param U[k, k], V[d, k], W[k, k]
h[0,i] = h0[i]
c[0,i] = c0[i]
f[t,i] = sigmoid(h[t,K] U[K,i] + x[t,K] V[K,i])
o[t,i] = sigmoid(h[t,K] W[K,i])
c[t+1,i] = f[t,i] c[t,i]
h[t+1,i] = o[t,i] tanh(c[t+1,i])
"""
DERIVED = {
    "rnn": (RNN, "h[-1,I]^2", ["U", "h0", "x"]),
    "lstm": (LSTM, "h[-1,I]^2", ["U", "W", "c0", "x"]),
    "filter": ("input x[n]\ny[0] = x[0]\ny[t] = 0.9 y[t-1] + 0.1 x[t]", "y[T]^2", ["x"]),
    "backward": ("input x[n], a\ng[-1] = 0\ng[t] = a g[t+1] + x[t]", "g[T]^2", ["x", "a"]),
    "backward to the left": ("input x[n], a\ng[-1] = 0\ng[t-1] = a g[t] + x[t]", "g[0]^2", ["x", "a"]),
    "kalman": (KALMAN.replace("output mf, Pf", ""), "mf[T,I]^2", ["A", "m0", "y", "P0"]),
    "a grid": (
        "input x[n], a\nu[0,i] = x[i]\nu[t+1 : 9, i] = u[t,i] + a (u[t,i-1] - 2 u[t,i] if i > 0 else 0)",
        "u[-1,I]^2",
        ["x", "a"],
    ),
    "two starts": ("input x[n], a, b\nf[0] = a\nf[1] = b\nf[t+2] = f[t+1] f[t] + x[t]", "f[-1]", ["a", "b", "x"]),
}


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_program_is_a_program_that_prints_itself_and_computes_the_same(name: str) -> None:
    source, loss, wrt = DERIVED[name]
    derived = einlang.compile(f"{source}\nL = {loss}\noutput L", backend="numpy").grad("L", wrt)
    again = analysed(derived.source)
    assert ein.emit(again) == derived.source
    sizes = {"n": 5, "d": 3, "k": 4, "m": 4, "T": 6}
    values = {t.name: normal(*(e.evaluate(sizes) for e in t.shape), seed=k) for k, t in enumerate(again.inputs)}
    values |= {"Q": np.eye(5), "R": np.eye(4), "P0": np.eye(5)} if name == "kalman" else {}
    given = {tensor.name: values[tensor.name] for tensor in again.inputs}
    found = interpret(again, given)
    expected = interpret(derived.stages.simplified, given)
    assert all(np.isfinite(found[tensor.name]).all() for tensor in again.outputs)
    for tensor in again.outputs:
        np.testing.assert_allclose(found[tensor.name], expected[tensor.name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "lines", ["h[0,i] = h0[i]\nh[t+1,i] = h[t,i] + dt [h[t,1], 2][i]", "h[0,i] = dt [1, 2][i]\nh[t+1,i] = h[t,i] + x[t,i]"]
)
def test_a_line_that_is_not_understood_hides_no_start_and_no_step(lines: str) -> None:
    with pytest.raises(einlang.CompileError) as error:
        einlang.compile(f"input x[n, k], h0[k], dt\n{lines}\noutput h")
    assert [diagnostic.id for diagnostic in error.value.diagnostics] == ["other-notation"]
