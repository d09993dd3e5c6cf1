"""Convolutions, differences and reversals: both backends against the oracle, gradients against differences, sources read back."""

import numpy as np
import pytest

import einlang
from einlang.ir.interpret import interpret

PROGRAMS = {
    "valid convolution": "input x[n]\nparam w[k]\ny[i] = x[i + K] w[K]\nL = y[I]^2",
    "strided convolution": "input x[n]\nparam w[k]\ny[i] = x[2 i + K] w[K]\nL = y[I]^2",
    "two dimensions": "input x[n, m]\nparam w[k, l]\ny[i,j] = tanh(x[i + A, 2 j + B] w[A,B])\nL = y[I,J]^3",
    "channels": "input x[n, c, m]\nparam w[d, c, k]\ny[a,e,i] = x[a,C,i + K] w[e,C,K]\nL = y[A,E,I]^2",
    "pooling": "param x[n, m]\ny[i,j] = max[A : 2, B : 2](x[2 i + A, 2 j + B])\nL = y[I,J]^2",
    "differences": "param x[n]\nd[i : n - 1] = x[i+1] - x[i]\nL = d[I]^3",
    "a sum of differences": "param x[n]\nL = sum[I : n - 1]((x[I+1] - x[I])^2)",
    "reversed": "param x[n]\nr[i] = x[size(x, 0) - 1 - i] x[i]\nL = r[I]^2 x[I]",
    "autocorrelation": "param x[n]\nc[l : 3] = sum[I : n - 2](x[I] x[I + l])\nL = c[K]^2",
    "outer shift": "param x[n], w[k]\nT[i : n - k, j] = x[i + j] w[j]\nL = T[I,J]^2",
    "delta": "param x[n]\ny[p : n + 2] = x[I] δ[I + 1, p]\nL = y[P]^2",
    "least of two": "param x[n], w[m]\ny[i] = x[i + 1] w[i + 2]\nL = y[I]^2",
}
SIZES = [dict(zip("nmklcd", sizes, strict=True)) for sizes in ((9, 7, 3, 2, 2, 3), (4, 4, 1, 3, 1, 1), (3, 2, 3, 1, 2, 2))]


def arrays(program, sizes, seed=0):
    rng = np.random.default_rng(seed)
    return {t.name: rng.normal(size=[sizes[axis.text] for axis in t.axes]) for t in program.signature.inputs}


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_values_and_gradients(name: str, backend: str, sizes: dict[str, int]) -> None:
    program = einlang.compile(f"{PROGRAMS[name]}\noutput L", backend=backend)
    given = arrays(program, sizes)
    assert pytest.approx(interpret(program.stages.ir, given)["L"]) == program(given).L
    gradients = program.grad("L", wrt=list(given))
    found = gradients(given)
    again = einlang.compile(gradients.source, backend=backend)(given)
    for wrt, array in given.items():
        assert found[wrt] == pytest.approx(again[f"dL_d{wrt}"], rel=1e-12)
        for at in np.ndindex(array.shape):
            assert found[wrt][at] == pytest.approx(difference(program, given, wrt, at), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("n", [0, 1, 3, 6, 9])
def test_a_shift_by_a_size_less_a_number_may_go_backwards(backend: str, n: int) -> None:
    """A size is a length and never negative; what a position subtracts may be more than all it adds."""
    program = einlang.compile("input x[n]\ny[i : n] = pad(0, x[i + n - 5])", backend=backend)
    x = np.arange(1.0, n + 1)
    by_hand = [x[i + n - 5] if 0 <= i + n - 5 < n else 0 for i in range(n)]
    np.testing.assert_array_equal(program(x=x).y, by_hand)


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_two_axes_become_one_by_a_delta(backend: str) -> None:
    program = einlang.compile("input X[b, h, w]\nY[k : b*h, j] = X[B,H,j] δ[k, B h + H]", backend=backend)
    X = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_array_equal(program(X=X).Y, X.reshape(6, 4))


def difference(program, given, wrt, at, step=1e-5):
    """The central difference of L by one element."""
    losses = []
    for h in (step, -step):
        moved = given[wrt].copy()
        moved[at] += h
        losses.append(program({**given, wrt: moved}).L)
    return (losses[0] - losses[1]) / (2 * step)


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_a_call_refuses_what_would_be_out_of_bounds(backend: str) -> None:
    program = einlang.compile("input x[n]\ny[i : 3] = x[i + 2]", backend=backend)
    out = {"y": np.full(3, 7.0)}
    with pytest.raises(einlang.CallError, match=r"`i \+ 2` at <text>:2:14 stays on axis 0 of x"):
        program(x=np.zeros(4), out=out)
    assert (out["y"] == 7).all()
    assert (program(x=np.arange(5.0)).y == [2, 3, 4]).all()


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_where_nothing_is_read_nothing_is_out_of_bounds(backend: str) -> None:
    program = einlang.compile("input x[n], w[m]\ny[i] = x[i + 5] w[i]", backend=backend)
    assert program(x=np.zeros(2), w=np.zeros(0)).y.shape == (0,)
    with pytest.raises(einlang.CallError):
        program(x=np.zeros(2), w=np.zeros(1))


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_an_axis_has_the_size_that_is_computed(backend: str) -> None:
    program = einlang.compile("input x[n], b[m]\ny[i] = x[2 i] + b[i]\nz[i] = x[2 i]\nw[i] = z[i] + b[i]", backend=backend)
    assert program(x=np.arange(5.0), b=np.zeros(3)).w.shape == (3,)
    with pytest.raises(einlang.CallError, match=r"axis 0 of b is 4"):
        program(x=np.arange(5.0), b=np.zeros(4))


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_an_input_has_an_axis_whose_length_is_computed(backend: str) -> None:
    text = "input x[n, m], w[a, b]\ny[i,j] = x[2 i + K, j + M] w[K,M]"
    program = einlang.compile(text, backend=backend).vjp("y", wrt="x")
    rng = np.random.default_rng(0)
    x, w, v = rng.normal(size=(7, 6)), rng.normal(size=(2, 2)), rng.normal(size=(3, 5))
    jacobian = einlang.compile(text, backend=backend).jacobian("y", wrt="x")(x=x, w=w)
    assert program(x=x, w=w, v_y=v) == pytest.approx(np.einsum("ij,ijpq->pq", v, jacobian))
