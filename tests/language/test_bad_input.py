"""Bad input of every kind that the reference speaks of: a diagnostic or a CallError each, and the call's arrays unchanged."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from language.stated import BACKENDS, Wrong, findings, refused, same

import einlang

WRONG: dict[str, Wrong] = {
    "an affine access beyond the end": ("input x[n]\nr[i : n] = x[i + 1]", "out-of-bounds", "axis 0 of x"),
    "an affine access before the start": ("input x[n]\nr[i : n] = x[i - 1]", "out-of-bounds", "axis 0 of x"),
    "an affine access of a summed index": ("input x[5]\nr = sum[I : 4](x[2 I])", "out-of-bounds", "axis 0 of x"),
    "a whole number beyond a fixed size": ("input X[2, 3]\nr[j] = X[2,j]", "out-of-bounds", "axis 0 of X"),
    "a negative number beyond a fixed size": ("input X[2, 3]\nr[j] = X[-3,j]", "out-of-bounds", "axis 0 of X"),
    "an update of a definition": ("input x[n]\ny[i] = x[i]\ny[i] <- 2 y[i]", "not-an-input", "`y`"),
    "an update of a const": ("const c = 2\ninput x\nc <- x", "not-an-input", "`c`"),
    "a huge range": ("y{m} = m for m in 1..1000000000", "too-many-repetitions", "1000000000"),
    "two ranges that are huge together": ("y{m,p} = m p for m in 1..10000, p in 1..10000", "too-many-repetitions", ""),
    "a function that calls itself": ("fn f(x) = f(x) + 1\ny = f(1)", "recursive-function", "`f` → `f`"),
    "functions that call each other": ("fn f(x) = g(x)\nfn g(x) = f(x)\ny = f(1)", "recursive-function", "`f` → `g` → `f`"),
    "functions of indices that call each other": (
        "fn f[I](z[I]) = g[I](z[I])\nfn g[I](z[I]) = f[I](z[I])\ninput x[n]\ny = f[I](x[I])",
        "recursive-function",
        "`f` → `g` → `f`",
    ),
    "a const that is made of itself": ("const a = b\nconst b = a\ny = a", "circular-definition", "`a` → `b` → `a`"),
    "a const tensor that is made of itself": (
        "const a[2] = [b[1], 1]\nconst b[2] = [a[1], 1]\nr = a[0]",
        "circular-definition",
        "`a` → `b` → `a`",
    ),
    "a const tensor as long as itself": ("const w[w] = [1, 2]\nr[i] = w[i]", "circular-definition", "`w` → `w`"),
    "a recurrence that reaches both ways": ("d[0] = 0\nd[t : 9] = d[t-1] + d[t+1]", "not-one-way", "`d` reaches both ways"),
    "a recurrence without a start": ("input x[n]\na[t+1] = a[t] + x[t]", "no-start", "give it: `a[0] = …`"),
    "an update that gives a part": ("input x[3]\nx[i : 2] <- 1", "sizes-differ", "axis 0 of x"),
    "equations that are not linear": ("input A[n, n], g[n]\nsolve s[j]: A[i,J] s[J]^2 = g[i]", "not-linear", "`s`"),
    "not as many equations": ("input A[3, 2], g[3]\nsolve s[j]: A[i,J] s[J] = g[i]", "not-square", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_found_when_the_program_is_compiled(case: str) -> None:
    refused(*WRONG[case])


def test_a_for_over_an_empty_range_gives_nothing_and_one_written_so_a_warning() -> None:
    with pytest.warns(UserWarning, match="empty"):
        program = einlang.compile("input x\ny{m} = m x for m in 3..1\nz = x", backend="numpy")
    assert [float(found) for found in program(x=2.0)] == [2]
    quiet = einlang.compile("const n = 0\ninput x\ny{m} = m x for m in 1..n\nz = x")
    assert quiet.warnings == ()


def test_a_name_of_an_empty_range_is_not_there() -> None:
    assert [finding.id for finding in findings("input x\ny{m} = m x for m in 1..0\nz = y{1}")] == [
        "empty-repetition",
        "undefined-name",
    ]


class Call(NamedTuple):
    """A program that updates `w`, what it is called with, and words of the error."""

    text: str
    given: dict[str, Any]
    words: str


UPDATE = "\nw[i] <- 0 w[i] + r"
A = np.eye(2)
CALLS: dict[str, Call] = {
    "an affine access beyond the end": Call(
        "input x[n], w[k], m[k]\nr[i : k] = x[i + 1]\nw[i] <- r[i] + m[i]", {"x": np.ones(3), "m": np.ones(3)}, "x"
    ),
    "an affine access before the start": Call(
        "input x[n], w[k], t : int\nr = x[(t - 1)]" + UPDATE, {"x": np.ones(3), "t": 0}, "3 positions"
    ),
    "an integer beyond the end": Call(
        "input X[n], w[k], t[m] : int\nr = sum[J](X[t[J]])" + UPDATE, {"X": np.ones(3), "t": np.array([0, 2, 3])}, r"t\[2\] is 3"
    ),
    "a negative integer": Call(
        "input X[n], w[k], t[m] : int\nr = sum[J](X[t[J]])" + UPDATE, {"X": np.ones(3), "t": np.array([-1, 2])}, r"t\[0\] is -1"
    ),
    "an integer of two axes": Call(
        "input X[n], w[k], t[m, p] : int\nr = sum[I,J](X[t[I,J]])" + UPDATE,
        {"X": np.ones(3), "t": np.array([[0, 1], [2, 9]])},
        r"t\[1, 1\] is 9",
    ),
    "an integer in a delta that is summed": Call(
        "input m[e], dst[e] : int, w[k]\ny[v : k] = m[E] δ[v, dst[E]]\nr = y[0] + m[dst[0]]" + UPDATE,
        {"m": np.ones(2), "dst": np.array([5, 0])},
        r"2 positions, but dst\[0\] is 5",
    ),
    "an integer in a step of a recurrence": Call(
        "input X[n], w[k], t[m] : int\nh[0] = 1\nh[s+1] = h[s] X[t[s]]\nr = h[-1]" + UPDATE,
        {"X": np.ones(3), "t": np.array([2, 0, 5])},
        r"t\[2\] is 5",
    ),
    "an integer where positions chose it": Call(
        "input X[n], w[k], t[m] : int\na[i] = X[t[i]] if i > 0 else 0\nr = a[0]" + UPDATE,
        {"X": np.ones(3), "t": np.array([9, 2, -3])},
        r"t\[2\] is -3",
    ),
    "an integer in a window": Call(
        "input X[n], w[k], f[p], t[m] : int\na[i] = f[J] X[t[2 i + J]]\nr = a[0]" + UPDATE,
        {"X": np.ones(3), "f": np.ones(2), "t": np.array([0, 1, 2, 7])},
        r"t\[3\] is 7",
    ),
    "an integer from the end": Call(
        "input X[n], w[k], t[m] : int\nr = X[t[-1]]" + UPDATE, {"X": np.ones(3), "t": np.array([9, 3])}, r"t\[1\] is 3"
    ),
    "an integer with something added": Call(
        "input X[n], w[k], t[m] : int\nr = sum[I](X[t[I] + 1])" + UPDATE,
        {"X": np.ones(3), "t": np.array([0, 2])},
        r"`t\[I\] \+ 1` at .* has 3 positions, but in this call it is 3",
    ),
    "a recurrence too short for its starts": Call(
        "input x[n], w[k]\nf[0] = 1\nf[1] = 1\nf[t : n] = f[t-1] + f[t-2] + x[t]\nr = f[0]" + UPDATE,
        {"x": np.ones(1)},
        "axis 0 of f",
    ),
    "a singular system in a step": Call(
        "input A[n, n], w[k], x[m]\nh[0,i] = 1\nsolve s[t,j]: x[t] A[i,J] s[t,J] = h[t,i]\nh[t+1,i] = s[t,i]\nr = h[-1,0]"
        + UPDATE,
        {"A": np.eye(2), "x": np.array([1.0, 0.0])},
        "singular",
    ),
    "the derivative of a logdet where that is -inf": Call(
        "input A[n, n], w[k]\nL = logdet[I,J](A[I,J])\nG[i,j] = ∂L/∂A[i,j]\nr = G[0,0]" + UPDATE,
        {"A": np.ones((2, 2))},
        "singular",
    ),
    "a range below nothing": Call(
        "input x[n], w[k]\na[i : n - 4] = x[i]\nr = a[I]" + UPDATE, {"x": np.ones(3)}, "the range of i at .* is not negative"
    ),
    "a singular system": Call(
        "input A[n, n], g[n], w[k]\nsolve s[j]: A[i,J] s[J] = g[i]\nr = s[0]" + UPDATE,
        {"A": np.ones((2, 2)), "g": np.ones(2)},
        "singular",
    ),
    "a system with a row of zeros": Call(
        "input A[n, n], g[n], w[k]\nsolve s[j]: A[i,J] s[J] = g[i]\nr = s[0]" + UPDATE,
        {"A": np.diag([1.0, 0.0]), "g": np.ones(2)},
        "singular",
    ),
    "sizes that disagree": Call("input x[n], y[m], w[k]\nr = x[I] y[I]" + UPDATE, {"x": np.ones(3), "y": np.ones(4)}, "3"),
    "a position in an empty range": Call(
        "input X[n, m], w[k], q[n]\na[i] = argmax[J](X[i,J])\nr = sum[I](q[I] a[I])" + UPDATE,
        {"X": np.ones((2, 0)), "q": np.ones(2)},
        "empty",
    ),
    "an assumption that is false": Call(
        "input y[n], w[k]\nassume sum[J](y[J]) = 1\nr = y[0]" + UPDATE, {"y": np.ones(2), "check": True}, "assume"
    ),
    "an unknown name": Call("input x, w[k]\nr = x" + UPDATE, {"x": 1.0, "z": 2.0}, "z"),
    "a missing array": Call("input x, w[k]\nr = x" + UPDATE, {}, "x"),
    "a wrong rank": Call("input x[n], w[k]\nr = x[I]" + UPDATE, {"x": np.ones((2, 2))}, "x"),
    "text": Call("input x[n], w[k]\nr = x[I]" + UPDATE, {"x": np.array(["a"])}, "x"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CALLS)
def test_what_is_found_at_the_call_before_anything_is_written(case: str, backend: str) -> None:
    call = CALLS[case]
    given = {name: array.copy() if isinstance(array, np.ndarray) else array for name, array in call.given.items()}
    w = np.array([1.0, 2.0, 3.0])
    program = einlang.compile(call.text, backend=backend)
    with pytest.raises(einlang.CallError, match=call.words):
        program(**given, w=w)
    same(w, [1, 2, 3])
    for name, array in call.given.items():
        np.testing.assert_array_equal(given[name], array)


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_given_for_results_are_left_alone_too(backend: str) -> None:
    program = einlang.compile("input X[n], t[m] : int\na[i] = 2 X[i]\nr[j] = X[t[j]]", backend=backend)
    a, r = np.zeros(3), np.zeros(2)
    with pytest.raises(einlang.CallError, match=r"t\[1\] is 7"):
        program(X=np.ones(3), t=np.array([0, 7]), out={"a": a, "r": r})
    same(a, np.zeros(3))
    same(r, np.zeros(2))


def test_a_recurrence_that_reads_a_scalar_of_its_circle_at_a_position_is_no_crash() -> None:
    found = findings("input x[n], a\ng[0] = 0\ng[t+1] = a g[t] + L[t]\nL = g[T]^2")
    assert "circular-definition" in [finding.id for finding in found]


def test_a_start_of_an_input_is_no_crash() -> None:
    refused("input x[n], g\ng[-1] = x[0]", "named-twice", "`g`")
