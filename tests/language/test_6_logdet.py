"""Section 6, `logdet`: log |det K| of a square matrix, with derivatives."""

import numpy as np
import pytest

import einlang

backends = pytest.mark.parametrize("backend", ["c", "numpy"])


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


@backends
@pytest.mark.parametrize("n", [1, 2, 5, 30])
@pytest.mark.parametrize("last", [1.0, -1.0])
def test_a_symmetric_matrix_definite_or_not(n: int, last: float, backend: str) -> None:
    K = normal(n, n) @ normal(n, n).T + np.diag([*[1.0] * (n - 1), last * n**3])
    K = (K + K.T) / 2
    found = einlang.compile("input K[n, n]\nd = logdet[I,J](K[I,J])", backend=backend)(K=K).d
    assert float(found) == pytest.approx(np.linalg.slogdet(K)[1], rel=1e-12)


@backends
@pytest.mark.parametrize("n", [0, 1, 2, 5, 30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_matrix(n: int, dtype: str, backend: str) -> None:
    K = normal(n, n).astype(dtype)
    found = einlang.compile("input K[n, n]\nd = logdet[I,J](K[I,J])", backend=backend)(K=K).d
    assert found.dtype == dtype
    assert float(found) == pytest.approx(np.linalg.slogdet(K.astype("float64"))[1], rel=1e-4 if dtype == "float32" else 1e-10)


FORMS = {
    "a batch": ("d[b] = logdet[I,J](A[b,I,J])", lambda A, x: np.linalg.slogdet(A)[1]),
    "inside a term": ("d = x[0] - logdet[I,J](A[0,I,J]) / 2", lambda A, x: x[0] - np.linalg.slogdet(A[0])[1] / 2),
    "of an expression": (
        "d[b] = 3 logdet[I,J](A[b,I,J] + x[I] x[J] + δ[I,J]) + x[b]",
        lambda A, x: 3 * np.linalg.slogdet(A + np.outer(x, x) + np.eye(3))[1] + x,
    ),
    "of a product": (
        "d[b] = logdet[I,J](sum[K](A[b,K,I] A[b,K,J]))",
        lambda A, x: 2 * np.linalg.slogdet(A)[1],
    ),
    "two of them": ("d = logdet[I,J](A[0,I,J]) logdet[I,J](A[1,J,I])", lambda A, x: np.prod(np.linalg.slogdet(A)[1][:2])),
    "summed": ("d = sum[B](logdet[I,J](A[B,I,J]))", lambda A, x: np.linalg.slogdet(A)[1].sum()),
    "large": ("d = logdet[I,J](1e200 δ[I,J] A[0,I,I])", lambda A, x: np.log(np.abs(1e200 * np.diag(A[0]))).sum()),
}


@backends
@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str, backend: str) -> None:
    text, expected = FORMS[form]
    A, x = normal(3, 3, 3), normal(3)
    source = f"input A[m, n, n], x[n]\n{text}" if "b" not in text.split("=")[0] else f"input A[n, n, n], x[n]\n{text}"
    program = einlang.compile(source, backend=backend)
    assert program(A=A, x=x).d == pytest.approx(expected(A, x), rel=1e-9)
    assert einlang.compile(program.source, backend=backend)(A=A, x=x).d == pytest.approx(expected(A, x), rel=1e-9)


@backends
def test_a_singular_matrix_has_minus_infinity_and_no_derivative(backend: str) -> None:
    program, K = einlang.compile("param K[n, n]\nd = logdet[I,J](K[I,J])", backend=backend), np.ones((2, 2))
    assert program(K=K).d == -np.inf
    with pytest.raises(einlang.CallError, match="a system of equations is singular"):
        program.grad("d")(K=K)


@backends
def test_derivatives(backend: str) -> None:
    K, inverse = normal(3, 3), np.linalg.inv(normal(3, 3))
    program = einlang.compile("param K[n, n]\nd = logdet[I,J](K[I,J])", backend=backend)
    assert program.grad("d", wrt="K")(K=K) == pytest.approx(inverse.T)
    assert program.hessian("d", wrt="K")(K=K) == pytest.approx(-np.einsum("jp,qi->ijpq", inverse, inverse))


@backends
def test_the_likelihood_of_a_gaussian_process(backend: str) -> None:
    text = """
    input x[n], y[n]
    param length, noise
    K[i,j] = exp(-(x[i] - x[j])^2 / (2 length^2)) + noise^2 δ[i,j]
    solve a[j]: K[i,J] a[J] = y[i]
    L = y[I] a[I] / 2 + logdet[I,J](K[I,J]) / 2 + size(y, 0) log(2 pi) / 2
    output L
    """
    program, given = einlang.compile(text, backend=backend), {"x": normal(8), "y": normal(8, seed=1), "length": 0.7, "noise": 0.3}
    K = np.exp(-((given["x"][:, None] - given["x"]) ** 2) / (2 * 0.7**2)) + 0.3**2 * np.eye(8)
    expected = given["y"] @ np.linalg.solve(K, given["y"]) / 2 + np.linalg.slogdet(K)[1] / 2 + 4 * np.log(2 * np.pi)
    assert pytest.approx(expected) == program(given).L
    gradient = program.grad("L", wrt=["length", "noise"])(given)
    for name, step in (("length", 1e-5), ("noise", 1e-5)):
        ends = [program({**given, name: given[name] + sign * step}).L for sign in (1, -1)]
        assert gradient[name] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6)


WRONG = {
    "d = logdet[I](v[I])": "wrong-arguments",
    "d = logdet[I,J,L](K[I,J] v[L])": "wrong-arguments",
    "d = logdet[I,J](M[I,J])": "not-square",
    "d = logdet[I,J](v[I])": "index-not-carried",
    "d = logdet[i,J](K[i,J])": "lowercase-in-reduction",
    "d = logdet(K[I,J])": "index-not-named",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_programs(text: str) -> None:
    with pytest.raises(einlang.CompileError) as raised:
        einlang.compile(f"size p = 2, q = 3\ninput K[n, n], v[n], M[p, q]\n{text}")
    assert [found.id for found in raised.value.diagnostics] == [WRONG[text]]


@backends
def test_a_matrix_that_is_not_square_is_an_error_of_the_call(backend: str) -> None:
    program = einlang.compile("input K[n, m]\nd = logdet[I,J](K[I,J])", backend=backend)
    with pytest.raises(einlang.CallError, match="the matrix is square"):
        program(K=normal(2, 3))
