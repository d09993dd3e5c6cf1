"""Section 6 of the language reference, subscripts: what may stand in brackets, ranges that follow, borders, δ of positions."""

from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, Wrong, findings, number, refused, same, value

import einlang

V, W = RANDOM.normal(size=7), RANDOM.normal(size=3)
X = RANDOM.normal(size=(3, 4))
T = np.array([2, 0, 2, 1])
DATA: dict[str, Any] = {"x": V, "w": W, "X": X, "t": T, "k": np.array(2)}
INPUTS = "input x[n], w[m], X[a, b], t[e] : int, k : int\n"

Row = tuple[str, Any]
ROWS: list[Row] = [
    ("r[j] = X[0,j]", X[0]),
    ("r[j] = X[-1,j] + X[-3,j]", X[2] + X[0]),
    ("r = x[2 + 1]", V[3]),
    ("r = x[n - 1] + x[-1] + x[1.0]", 2 * V[6] + V[1]),
    ("r = x[I + 1] w[I]", V[1:4] @ W),
    ("r = sum[I](x[I + 2])", V[2:].sum()),
    ("r[i] = x[3 - i]", V[3::-1]),
    ("r[i] = x[2 (i + 1)]", V[2::2]),
    ("r[i] = x[i + 2 K] w[K]", [V[i : i + 5 : 2] @ W for i in range(3)]),
    ("r[i : 2] = x[i i + i]", V[[0, 2]]),
    ("r[i : 3] = x[i i] + i i i", V[[0, 1, 4]] + [0, 1, 8]),
    ("r[e] = x[t[e] t[e]]", V[T * T]),
    ("r[i : n] = x[mod(i - 9, n)]", V[[(i - 9) % 7 for i in range(7)]]),
    ("r[i : n] = x[min(max(i - 2, 0), 3)]", V[[0, 0, 0, 1, 2, 3, 3]]),
    ("r[i : 9] = pad(i, x[i])", [*V, 7, 8]),
    ("r[i : 4, j : 5] = pad(-1, X[i - 1,j - 1])", np.pad(X, ((1, 0), (1, 0)), constant_values=-1)),
    ("r[i : n] = 0 if i == 0 or i == n - 1 else x[i - 1] + x[i + 1]", [0, *(V[:-2] + V[2:]), 0]),
    ("r[i : 9] = x[i] if i < n and not i == 2 else -1", [*V[:2], -1, *V[3:], -1, -1]),
    ("r[p : 2] = t[E] δ[p, t[E]]", np.bincount(T, T, 3)[:2]),
    ("r[i] = x[i + 2]", V[2:]),
    ("r[i : n - 1] = x[i + 1] - x[i]", np.diff(V)),
    ("r[i] = x[2 i]", V[::2]),
    ("r[i] = x[2 i + 1]", V[1::2]),
    ("r[i] = x[size(x, 0) - 1 - i]", V[::-1]),
    ("r[i] = x[n - 1 - i]", V[::-1]),
    ("r[i : n] = x[i - 1] if i > 0 else 0", np.concatenate([[0], V[:-1]])),
    ("r[i] = x[i + K] w[K]", np.correlate(V, W, "valid")),
    ("r[i] = x[2 i + K] w[K]", np.correlate(V, W, "valid")[::2]),
    ("r[i : n] = pad(0, x[i + K - 1]) w[K]", np.correlate(V, W, "same")),
    ("r[i : n] = pad(5, x[i - 2])", np.concatenate([[5, 5], V[:-2]])),
    ("r[n0] = X[t[n0],0]", X[T, 0]),
    ("r[p,j] = X[t[p],j]", X[T]),
    ("r = X[(k),1] + x[k + 1]", X[2, 1] + V[3]),
    ("r[i : n] = x[mod(i + 1, n)]", np.roll(V, -1)),
    ("r[i : n] = x[mod(i - 1, n)]", np.roll(V, 1)),
    ("r[i : n] = x[clip(i - 1, 0, n - 1)]", np.concatenate([V[:1], V[:-1]])),
    ("r[p : 12] = X[floor(p / 4), mod(p, 4)]", X.ravel()),
    ("r[i,j] = (x[i] x[j] if j <= i else 0)", np.tril(np.outer(V, V))),
    ("r[p : n] = x[I] δ[I + 2, p]", np.concatenate([[0, 0], V[:-2]])),
    ("r[p : 3, e] = δ[t[e], p]", np.eye(3)[:, T]),
    ("r[v : 3] = t[E] δ[v, t[E]]", np.bincount(T, T, 3)),
    ("r[c] = x[c + c]", V[::2]),
    ("r[i : 2] = X[i,i + 1]", X[[0, 1], [1, 2]]),
    ("r = sum[I : 3](x[I] x[n - 1 - I])", (V[:3] * V[:-4:-1]).sum()),
]


@pytest.mark.parametrize(("definition", "wanted"), ROWS)
def test_a_subscript(definition: str, wanted: Any) -> None:
    same(value(INPUTS + definition, **DATA), wanted)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_of_them_in_one_program(backend: str) -> None:
    text = INPUTS + "\n".join(f"r{number}" + definition.removeprefix("r") for number, (definition, _) in enumerate(ROWS))
    for found, (_, wanted) in zip(einlang.compile(text, backend=backend)(DATA), ROWS, strict=True):
        same(found, wanted)


# --- names in brackets --------------------------------------------------------------------------------------------------------


def test_in_brackets_indices_hide_sizes_and_another_name_is_a_const_or_a_size() -> None:
    same(value("input q[n]\nr[n] = 2 q[n]", q=V), 2 * V)
    same(value("const c = 2\ninput q[n]\nr = q[(c)] + q[n - c]", q=V), V[2] + V[-2])
    same(value("input q[n], i[m]\nr[i] = q[i] + 0 i", q=V, i=W), V)


def test_levicivita_and_delta_take_indices_and_numbers() -> None:
    same(value("r[i : 3] = levicivita[i,1,2] + δ[i,0]"), [2, 0, 0])


# --- ranges -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_valid_convolution_is_empty_if_no_position_fits(backend: str) -> None:
    assert value("input x[n], w[k]\nr[i] = x[i + K] w[K]", backend, x=V[:2], w=W).shape == (0,)
    assert value("input x[n], w[k]\nr[i] = x[i + K] w[K]", backend, x=V[:3], w=W).shape == (1,)


def test_an_index_ranges_as_far_as_every_access_stays_in_bounds() -> None:
    assert value("input x[n], y[m]\nr[i] = x[i + 1] + y[i + 3]", x=V, y=V).shape == (4,)
    assert value("input x[n], y[m]\nr[i] = x[2 i] + y[i + 3]", x=V, y=V).shape == (4,)


def test_of_two_unknowns_in_one_access_neither_has_a_range() -> None:
    assert {finding.id for finding in findings("input x[n]\nr[i,j] = x[i + j]")} == {"index-without-range"}
    assert value("input x[n]\nr[i : 3, j] = x[i + j]", x=V).shape == (3, 5)


@pytest.mark.parametrize("access", ["pad(0, x[i + 1])", "(x[i + 1] if i < 2 else 0)"])
def test_what_may_be_out_of_bounds_gives_no_range(access: str) -> None:
    refused(f"input x[n]\nr[i] = {access}", "index-without-range", "`i`")


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_access_must_be_in_bounds_only_where_it_is_chosen(backend: str) -> None:
    same(value("input x[n]\nr[i : n] = x[i] - x[i - 1] if i > 0 else x[0]", backend, x=V), np.diff(V, prepend=0))
    with pytest.raises(einlang.CallError, match="x"):
        value("input x[n], m[p]\nr[i : size(m, 0)] = x[i - 1] if i > 0 else 0", backend, x=V, m=np.ones(9))


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_made_of_whole_numbers_alone_is_one_of_64_bits(backend: str) -> None:
    text = "input t[n] : int, u[n] : int\nr[i] = (t[i] - u[i]) + 1000 (t[i] u[i] - u[i] t[i] + i)"
    same(value(text, backend, t=[2**60 + 1, 3], u=[2**60, 1]), [1, 1002])
    same(
        value(
            "input t[n] : int\nr[i] = mod(t[i], 0) + floor(t[i] / 0) + 10 mod(t[i], 4) + 100 floor(t[i] / 4)", backend, t=[-1, 9]
        ),
        [30 - 100, 10 + 200],
    )


def test_an_index_alone_on_an_axis_ranges_over_all_of_it_whatever_else_it_reaches() -> None:
    refused("input x[n]\nr[i] = x[i] + x[i + 2]", "out-of-bounds", "`i + 2` reaches position n + 1 of axis 0 of x")


@pytest.mark.parametrize("backend", BACKENDS)
def test_squares_of_positions_are_positions_in_derivatives_too(backend: str) -> None:
    text = "input x[n]\nL = sum[I : 3](x[I I]^2)\nr[i] = ∂L/∂x[i]"
    same(value(text, backend, x=V), 2 * V * [1, 1, 0, 0, 1, 0, 0])
    with pytest.raises(einlang.CallError, match="`i i` at <text>:2:14 is a position on axis 0 of x, which has 7 positions"):
        value("input x[n]\nr[i : 4] = x[i i]", backend, x=V)


# --- what is refused ----------------------------------------------------------------------------------------------------------

REFUSED: list[Wrong] = [
    ("r[i : n + 1] = x[i]", "out-of-bounds", "axis 0 of x"),
    ("r[i : n] = x[i + 1]", "out-of-bounds", "axis 0 of x"),
    ("r[i : n] = x[i - 1]", "out-of-bounds", "axis 0 of x"),
    ("r[i] = x[i / 2]", "out-of-bounds", "is no position"),
    ("r[i : 3] = x[w[i]]", "out-of-bounds", "is no position"),
    ("r = x[1.5]", "out-of-bounds", "positions are whole numbers"),
    ("r = x[I + 1]", "undefined-name", "`sum[I](…)`"),
    ("r[i : 3] = x[i + w]", "out-of-bounds", "`w` is a tensor, and no position"),
    ("r[i : 3] = x[i + z]", "undefined-name", "here a name is a const or a size"),
    ("r[i : 3] = pad(0, 2 x[i])", "wrong-arguments", "`pad(0, x[i - 1])`"),
    ("r[i : 3] = mod(w[i], 2)", "wrong-arguments", "`x[mod(i + 1, n)]`"),
    ("r[i] = x[mod(i + 1, n)]", "index-without-range", "`r[i : n] = …`"),
    ("const c = 2\nr = x[c]", "free-index", "the const is `(c)`"),
    ("r[i : n] = x[i - 1] if x[i] > 1 else 0", "out-of-bounds", "reaches position -1"),
]


@pytest.mark.parametrize(("definition", "id", "words"), REFUSED)
def test_what_is_no_position(definition: str, id: str, words: str) -> None:
    refused(INPUTS + definition, id, words)


# --- derivatives --------------------------------------------------------------------------------------------------------------


def test_the_derivatives_of_such_accesses_are_written_with_delta() -> None:
    program = einlang.compile("input X[a, b], t[e] : int\nY[n,j] = X[t[n],j]\noutput Y", backend="numpy")
    assert "δ[j,k] δ[t[n], i]" in program.jacobian("Y", wrt="X").source
    same(program.jacobian("Y", wrt="X")(X=X, t=T), np.einsum("np,jq->njpq", np.eye(3)[T], np.eye(4)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_derivative_of_a_convolution_is_one(backend: str) -> None:
    program = einlang.compile("input x[n], w[k]\nr[i] = x[i + K] w[K]\nL = r[I]^2", backend=backend)
    r = np.correlate(V, W, "valid")
    same(program.grad("L", wrt="x")(x=V, w=W), np.convolve(2 * r, W))
    same(program.grad("L", wrt="w")(x=V, w=W), np.correlate(V, 2 * r, "valid"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_gradient_of_a_gather_is_a_scatter(backend: str) -> None:
    program = einlang.compile("input X[a, b], t[e] : int\nL = sum[E,J](X[t[E],J]^2)", backend=backend)
    same(program.grad("L", wrt="X")(X=X, t=T), 2 * X * np.bincount(T, minlength=3)[:, None])


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_messages_of_a_graph_are_added_up(backend: str) -> None:
    text = "input m[e, d], dst[e] : int, h[nv]\ny[v : nv, i] = m[E,i] δ[v, dst[E]] + 0 h[v]"
    m = RANDOM.normal(size=(4, 2))
    wanted = np.zeros((3, 2))
    np.add.at(wanted, T, m)
    same(value(text, backend, m=m, dst=T, h=np.ones(3)), wanted)


# --- functions that stand in the way ------------------------------------------------------------------------------------------


def test_numbers_of_subscripts_are_positions_from_0() -> None:
    assert number("[5, 6, 7][0] + 10 * [5, 6, 7][-1]") == 75
