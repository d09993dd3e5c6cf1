"""Section 10 of the language reference: the types that a program runs in, NaN and infinities, and the same bits on every run."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, same, value

import einlang

TEXT = "input x[n], a\ny[i] = a x[i]"
X32, X64 = np.ones(3, np.float32), np.ones(3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_program_runs_in_the_type_of_its_float_arrays(backend: str) -> None:
    program = einlang.compile(TEXT, backend=backend)
    assert program(x=X32, a=np.float32(2)).y.dtype == np.float32
    assert program(x=X64, a=np.float64(2)).y.dtype == np.float64


@pytest.mark.parametrize("backend", BACKENDS)
def test_python_numbers_take_either_and_no_float_array_means_float64(backend: str) -> None:
    program = einlang.compile(TEXT, backend=backend)
    assert program(x=X32, a=0.1).y.dtype == np.float32
    assert program(x=X64, a=2).y.dtype == np.float64
    assert einlang.compile("input a\nr = a / 3", backend=backend)(a=1).r.dtype == np.float64
    assert einlang.compile("input t[n] : int\nr[i] = t[i] / 3", backend=backend)(t=np.array([1])).r.dtype == np.float64


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_type_may_be_fixed(backend: str) -> None:
    program = einlang.compile(TEXT, backend=backend, dtype="float32")
    assert program(x=X32, a=2.0).y.dtype == np.float32
    with pytest.raises(einlang.CallError, match="float32"):
        program(x=X64, a=2.0)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"x": X32, "a": np.array(2.0)}, "astype"),
    ({"x": np.arange(3), "a": 2.0}, "astype"),
    ({"x": np.ones(3, np.float16), "a": 2.0}, "astype"),
    ({"x": np.ones(3, complex), "a": 2.0}, "complex"),
    ({"x": X32, "a": np.int64(2)}, "astype"),
    ({"x": X64 > 0, "a": 2.0}, "astype"),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("given", "words"), WRONG)
def test_an_error_names_the_cast(given: dict[str, Any], words: str, backend: str) -> None:
    with pytest.raises(einlang.CallError, match=words):
        einlang.compile(TEXT, backend=backend)(given)


@pytest.mark.parametrize("backend", BACKENDS)
def test_argmax_argmin_and_references_to_integers_are_int64(backend: str) -> None:
    head = "input X[n, k], t[n] : int\noutput a, b, c, d\n"
    text = head + "a[i] = argmax[J](X[i,J])\nb[i] = argmin[J](X[i,J])\nc[i] = t[n - 1 - i]\nd[i] = t[i] + 1"
    for dtype in (np.float32, np.float64):
        out = einlang.compile(text, backend=backend)(X=np.array([[1, 3, 2], [0, -1, 5]], dtype), t=np.array([7, 8]))
        assert [found.dtype for found in out] == [np.int64, np.int64, np.int64, dtype]
        assert [list(found) for found in out] == [[1, 2], [0, 1], [8, 7], [8, 9]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_nan_and_infinities_go_where_numpy_would_have_them_go(backend: str) -> None:
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0])
    text = """
    input x[n]
    s[i,j] = x[i] + x[j]
    p[i,j] = x[i] x[j]
    q[i,j] = x[i] / x[j]
    e[i] = exp(x[i])
    l[i] = log(x[i])
    r[i] = sqrt(x[i])
    a[i,j] = max(x[i], x[j])
    b[i,j] = min(x[i], x[j])
    m = max[I](x[I])
    t = x[I]
    z[i] = 0 * x[i]
    """
    with np.errstate(all="ignore"):
        grid = special[:, None], special[None, :]
        wanted = [
            grid[0] + grid[1],
            grid[0] * grid[1],
            grid[0] / grid[1],
            np.exp(special),
            np.log(special),
            np.sqrt(special),
            np.maximum(*grid),
            np.minimum(*grid),
            special.max(),
            special.sum(),
            0 * special,
        ]
    for found, expected in zip(einlang.compile(text, backend=backend)(x=special), wanted, strict=True):
        np.testing.assert_array_max_ulp(found, expected, 1)
        np.testing.assert_array_equal(np.copysign(found, expected), found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_structurally_zero_hides_them(backend: str) -> None:
    x = np.array([1.0, np.nan, np.inf])
    np.testing.assert_array_equal(value("input x[n]\nr[i] = x[J] δ[J,i]", backend, x=x), x)
    np.testing.assert_array_equal(value("input x[n]\nD[i,j] = x[i] δ[i,j]", backend, x=x), np.where(np.eye(3) > 0, x, 0))
    np.testing.assert_array_equal(value("input x[n]\nf = x[0]^2\ng[i] = ∂f/∂x[i]", backend, x=x), [2, 0, 0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_beside_a_sum_over_nothing_what_is_infinite_may_give_nan(backend: str) -> None:
    text = "input v[n], a, u[m]\ns = v[I] log(a) u[J]"
    assert value(text, backend, v=np.ones(3), a=2.0, u=np.zeros(0)) == 0
    found = value(text, backend, v=np.ones(3), a=0.0, u=np.zeros(0))
    assert found == 0 or np.isnan(found)


PROGRAM = """
import hashlib, sys
import numpy as np
import einlang
text = "input A[n, m], B[m, k]\\nC[i,j] = exp(A[i,K] B[K,j] / 100)\\nr = C[I,J]\\ns[i] = logsumexp[J](C[i,J])"
random = np.random.default_rng(0)
A, B = random.normal(size=(301, 203)), random.normal(size=(203, 157))
out = einlang.compile(text, backend="c", threads=int(sys.argv[1]))(A=A, B=B)
print(hashlib.sha256(b"".join(np.ascontiguousarray(found).tobytes() for found in out)).hexdigest())
"""


def test_c_gives_the_same_bits_on_every_run_and_for_every_number_of_threads() -> None:
    found = {
        subprocess.run([sys.executable, "-c", PROGRAM, threads], check=True, capture_output=True, text=True).stdout
        for threads in "1122"
    }
    assert len(found) == 1 and found != {""}


def test_both_types_agree_to_their_precision() -> None:
    A = RANDOM.normal(size=(20, 30))
    text = "input A[n, m]\nr[i] = logsumexp[J](A[i,J] A[i,J])"
    small = value(text, A=A.astype(np.float32))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, value(text, A=A), rtol=1e-5)
    same(value(text, A=A), np.log(np.exp(A * A).sum(1)))
