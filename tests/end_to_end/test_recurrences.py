"""Recurrences as texts: both backends against the oracle, their gradients too, for lengths from 0 on, in both types."""

import importlib

import numpy as np
import pytest

import einlang
from einlang.building import write_module
from einlang.ir.interpret import interpret
from einlang.plan import plan_counts, workspace
from einlang.plan.kernel import Contraction

RNN = """
input x[n,b,m], h0[b,k]
param U[k,k], V[m,k], w[k]
h[0,b,i] = h0[b,i]
h[t+1,b,i] = tanh(h[t,b,K] U[K,i] + x[t,b,M] V[M,i])
L = sum[T,B]((h[T,B,K] w[K] - 1)^2)
"""
LSTM = """
input x[n,m], c0[k]
param U[k,k], V[k,k], W[m,k], R[k,k]
f[t,i] = sigmoid(h[t,K] U[K,i] + x[t,M] W[M,i])
g[t,i] = tanh(h[t,K] V[K,i] + x[t,M] W[M,i])
o[t,i] = sigmoid(h[t,K] R[K,i])
c[0,i] = c0[i]
c[t+1,i] = f[t,i] c[t,i] + (1 - f[t,i]) g[t,i]
h[0,i] = c0[i]
h[t+1,i] = o[t,i] tanh(c[t+1,i])
L = sum[T,K](h[T,K]^2)
"""
PROGRAMS = {
    "rnn": RNN,
    "lstm": LSTM,
    "two starts": "input x[n]\nparam a, b\ny[0] = a\ny[1] = a b\ny[t+2] = a y[t] + b y[t+1] + x[t]\nL = y[T]^2",
    "backward": "input x[n, k]\nparam U[k, k]\ng[-1,i] = x[n - 1,i]\ng[t-1,i] = sin(g[t,K] U[K,i] + x[t-1,i])\nL = g[T,I]^2",
    "heat": "input f[m]\nparam u0[m], a\nu[0,i] = u0[i]\n"
    "u[t+1 : 6, i] = u[t,i] + f[i] + a (u[t,i-1] - 2 u[t,i] + u[t,i+1] if i > 0 and i < m - 1 else 0)\nL = u[T,I]^2",
    "a guard": "input x[n]\nparam a\ny[t] = x[t] if t == 0 else a y[t-1] + x[t]\nL = y[T]^3",
    "the axis last": "input x[k, n]\nparam U[k, k]\ns[i,0] = 1\ns[i,t+1] = cos(U[i,K] s[K,t]) + x[i,t]\nL = s[I,T]^2",
    "products": "input x[n, k]\nparam u0[k]\nP[0,i,j] = u0[i] δ[i,j]\nP[t+1,i,j] = P[t,i,K] P[t,K,j] / 4 + x[t,i] x[t,j]\n"
    "L = P[T,I,J]^2",
    "a system": "input x[n, k]\nparam A[k, k]\ns[0,i] = 1\n"
    "solve q[t,j]: (A[i,J] + 9 δ[i,J] + s[t,i] δ[i,J] / 9) q[t,J] = x[t,i]\ns[t+1,i] = s[t,i] / 2 + q[t,i]\nL = s[T,I]^2",
}
SIZES = [{"n": n, "b": b, "m": m, "k": k} for n, b, m, k in ((5, 3, 4, 2), (1, 2, 3, 1), (2, 1, 1, 3), (7, 5, 3, 9))]
TOLERANCE = {"float64": 1e-10, "float32": 1e-3}


def arrays(program, sizes, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {tensor.name: [sizes[axis.text] for axis in tensor.axes] for tensor in program.signature.inputs}
    return {name: rng.normal(size=shape) / 2 for name, shape in shapes.items()}


def agrees(program, given, dtype: str) -> None:
    """A compiled program gives what the oracle gives."""
    expected = {**interpret(program.stages.ir, given), **given}
    found = program({name: array.astype(dtype) for name, array in given.items()})
    for tensor, array in zip(program.signature.outputs, found.values(), strict=True):
        wanted = np.asarray(expected[tensor.name])
        largest = np.max(np.abs(wanted), initial=1.0)
        np.testing.assert_allclose(array, wanted, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * largest)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(name: str, backend: str, dtype: str) -> None:
    program = einlang.compile(f"{PROGRAMS[name]}\noutput L", backend=backend, dtype=dtype)
    gradients = program.grad("L")
    for sizes in SIZES[: 4 if dtype == "float64" else 1]:
        given = arrays(program, {**sizes, "n": max(sizes["n"], 2) if name == "two starts" else sizes["n"]})
        agrees(program, given, dtype)
        agrees(gradients, given, dtype)


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_no_steps_at_all(backend: str) -> None:
    program = einlang.compile(f"{RNN}\noutput h, L", backend=backend).grad("L")
    agrees(program, arrays(program, {**SIZES[0], "n": 0}), "float64")


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_a_singular_system_at_a_later_position_writes_nothing(backend: str) -> None:
    source = "input x[n]\nparam w[m]\n"
    source += (
        "s[0] = 1\nsolve q[t,j : 2]: x[t] δ[i,J] q[t,J] = s[t]\ns[t+1] = s[t] / 2 + q[t,0]\nw[t] <- w[t] + s[t]\noutput s, q"
    )
    program = einlang.compile(source, backend=backend)
    w = np.ones(5)
    program(x=np.array([1.0, 2, 1, 3]), w=w)
    before = w.copy()
    with pytest.raises(einlang.EinlangError, match="singular"):
        program(x=np.array([1.0, 2, 0, 3]), w=w)
    np.testing.assert_array_equal(w, before)


@pytest.mark.parametrize("source", [RNN, LSTM])
def test_work_and_memory_are_linear_in_the_length(source: str) -> None:
    planned = einlang.compile(f"{source}\noutput L").grad("L").stages.planned
    sizes = {"b": 3, "m": 4, "k": 5}
    rooms = [workspace(planned, {**sizes, "n": n}, 8) for n in (100, 200, 400)]
    work = [plan_counts(planned).operations.evaluate({**sizes, "n": n}) for n in (100, 200, 400)]
    for figures in (rooms, work):
        first, second, third = figures
        assert third - second <= 2 * (second - first) + 1024


def test_what_needs_nothing_of_the_recurrence_is_one_product_before_it() -> None:
    planned = einlang.compile(f"{RNN}\noutput L").stages.planned
    first, *rest = planned.kernels
    assert isinstance(first.form, Contraction)
    assert first.step is None
    assert [isinstance(kernel.form, Contraction) for kernel in rest if kernel.step is not None] == [False, True]


def test_a_module_and_a_bound_call_run_it_too(tmp_path, monkeypatch) -> None:
    program = einlang.compile(f"{LSTM}\noutput L, h").grad("L")
    given = arrays(program, SIZES[0])
    wanted = list(program(given).values())
    for array, other in zip(program.bind(given)().values(), wanted, strict=True):
        np.testing.assert_array_equal(array, other)
    write_module(program, tmp_path, "lstm_of_test")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("lstm_of_test")
    for array, other in zip(module.run(**given).values(), wanted, strict=True):
        np.testing.assert_array_equal(array, other)


def test_what_two_cases_need_is_computed_once_and_lies_in_the_order_of_positions() -> None:
    source = "input x[n, k]\nparam U[k, k], V[k, k]\n"
    source += "h[t,i] = tanh(V[K,i] x[t,K] + (sum[K](h[t-1,K] U[K,i]) if t > 0 else 0))"
    planned = einlang.compile(source).stages.planned
    (before,) = [kernel.source for kernel in planned.kernels if kernel.step is None]
    assert [index.name for index in before.indices] == ["t", "i"]
