"""Section 9, `solve`: equations that are linear in what they are solved for, on both backends, with derivatives."""

import numpy as np
import pytest

import einlang

backends = pytest.mark.parametrize("backend", ["c", "numpy"])
ONE = "input A[n, n], g[n]\nsolve s[j]: A[i,J] s[J] = g[i]"


def normal(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


@backends
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 17, 64])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_system(n: int, dtype: str, backend: str) -> None:
    A, g = normal(n, n, dtype=dtype), normal(n, dtype=dtype)
    kept = A.copy()
    found = einlang.compile(ONE, backend=backend)(A=A, g=g).s
    assert found.dtype == dtype
    assert (kept == A).all()
    residual = np.abs(A.astype("float64") @ found - g).max(initial=0)
    assert residual < (1e-4 if dtype == "float32" else 1e-12) * (1 + np.abs(found).max(initial=0))


EYE = np.eye(3)
FORMS = {
    "its own index is no batch": ("solve s[j]: A[j,I] s[I] = g[j]", lambda A, B, g: np.linalg.solve(A, g)),
    "unknowns on both sides": ("solve s[i]: s[i] = A[i,J] s[J] / 9 + g[i]", lambda A, B, g: np.linalg.solve(EYE - A / 9, g)),
    "a rest on both sides": ("solve s[i]: A[i,J] s[J] - g[i] = 2 g[i] - s[i]", lambda A, B, g: np.linalg.solve(A + EYE, 3 * g)),
    "elementwise": ("solve s[i]: A[i,i] s[i] = g[i]", lambda A, B, g: g / np.diag(A)),
    "a matrix": ("solve s[j,k]: A[i,J] s[J,k] = B[i,k]", lambda A, B, g: np.linalg.solve(A, B)),
    "a matrix from the right": ("solve s[k,j]: s[k,I] A[I,j] = B[k,j]", lambda A, B, g: B @ np.linalg.inv(A)),
    "a batch that comes last": (
        "solve s[j,b]: A[i,J] s[J,b] + 3 B[b,i] s[i,b] = g[i] g[b]",
        lambda A, B, g: np.linalg.solve(A + 3 * B[:, :, None] * EYE, np.outer(g, g)[..., None])[..., 0].T,
    ),
    "several indices": (
        "solve s[i,j]: A[i,K] s[K,j] + s[i,K] B[K,j] = g[i] g[j]",
        lambda A, B, g: np.linalg.solve(np.kron(A, EYE) + np.kron(EYE, B.T), np.outer(g, g).ravel()).reshape(3, 3),
    ),
    "a condition": (
        "solve s[j]: (2 s[i] if i == 0 else A[i,J] s[J]) = g[i]",
        lambda A, B, g: np.linalg.solve(np.vstack([2 * EYE[:1], A[1:]]), g),
    ),
    "reversed": ("solve s[j]: A[i,J] s[n - 1 - J] = g[i]", lambda A, B, g: np.linalg.solve(A, g)[::-1]),
    "what no equation needs": ("solve s[j]: 2 s[J] δ[i,J] = g[i]", lambda A, B, g: g / 2),
    "a scalar": ("solve s: 3 s - g[0] = g[1] s", lambda A, B, g: g[0] / (3 - g[1])),
    "a denominator": ("solve s[j]: A[i,J] s[J] / g[i] = 1", lambda A, B, g: np.linalg.solve(A / g[:, None], np.ones(3))),
    "written out": (
        "solve s[i]: [s[0] + s[1], s[1] - 2, 3 s[2]][i] = g[i]",
        lambda A, B, g: np.array([g[0] - g[1] - 2, g[1] + 2, g[2] / 3]),
    ),
}


@backends
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_forms(form: str, seed: int, backend: str) -> None:
    text, expected = FORMS[form]
    A, B, g = normal(3, 3, seed=seed) + 2 * np.eye(3), normal(3, 3, seed=seed + 9) + 3 * np.eye(3), normal(3, seed=seed)
    program = einlang.compile(f"input A[n, n], B[n, n], g[n]\n{text}", backend=backend)
    assert program(A=A, B=B, g=g).s == pytest.approx(expected(A, B, g), rel=1e-7, abs=1e-9)
    again = einlang.compile(program.source, backend=backend)
    assert (again(A=A, B=B, g=g).s == program(A=A, B=B, g=g).s).all()


@pytest.mark.parametrize("form", FORMS)
def test_derived_programs_read_back(form: str) -> None:
    text = FORMS[form][0]
    rank = text.split(":")[0].count(",") + ("[" in text.split(":")[0])
    subscripts = f"[{','.join('PQ'[:rank])}]" if rank else ""
    gradient = einlang.compile(f"input A[n, n], B[n, n], g[n]\n{text}\nL = s{subscripts}^2").grad("L", wrt="g")
    assert einlang.compile(gradient.source).source.split() == gradient.source.split()


SYMMETRIC = {
    "positive definite, as is known": ("(A[K,i] A[K,J] + δ[i,J])", lambda A: A.T @ A + EYE),
    "positive definite, as is found": ("A[i,J]", lambda A: A @ A.T),
    "with pivots of both signs": ("A[i,J]", lambda A: A + A.T),
    "negative definite": ("(-A[K,i] A[K,J])", lambda A: -A.T @ A),
    "symmetric up to rounding": ("A[i,J]", lambda A: A @ A.T + np.triu(np.full((3, 3), 1e-14))),
    "with a pivot of zero first": ("A[i,J]", lambda A: np.array([[0.0, 1, 2], [1, 1, 0], [2, 0, 3]])),
}


@backends
@pytest.mark.parametrize("case", SYMMETRIC)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_symmetric_matrix_gives_the_same_as_any_other(case: str, dtype: str, backend: str) -> None:
    text, matrix = SYMMETRIC[case]
    A, g = normal(3, 3), normal(3)
    given = A if "K" in text else matrix(A)
    program = einlang.compile(f"input A[n, n], g[n]\nsolve s[j]: {text} s[J] = g[i]", backend=backend)
    found = program(A=given.astype(dtype), g=g.astype(dtype)).s
    assert found == pytest.approx(np.linalg.solve(matrix(A), g), rel=1e-3 if dtype == "float32" else 1e-10)


@pytest.mark.parametrize(
    ("equations", "count"),
    [
        ("solve s[a,j]: A[i,J] s[a,J] = B[a,i]", "n, m"),
        ("solve s[j,k]: A[i,J] s[J,k] = B[k,i]", "n, m"),
        ("solve s[a,j]: B[a,i] A[i,J] s[a,J] = B[a,i]^2", "n, 1"),
    ],
)
def test_many_right_sides_of_one_matrix_eliminate_it_once(equations: str, count: str) -> None:
    program = einlang.compile(f"input A[n, n], B[m, n]\n{equations}", backend="c")
    assert f"ein_solve_f64({count}, " in program.c_source
    A, B = normal(3, 3), normal(5, 3)
    wanted = np.linalg.solve(A, B.T)
    assert program(A=A, B=B).s == pytest.approx(wanted if "s[j,k]" in equations else wanted.T)


SINGULAR = """
input A[n, n], g[n], x
param w[n]
y[i] = 2 g[i]
solve s[j]: A[i,J] s[J] = g[i]
w[i] <- w[i] - s[i]
output y, s
"""


@backends
def test_a_singular_system_is_an_error_of_the_call_and_nothing_is_written(backend: str) -> None:
    program = einlang.compile(SINGULAR, backend=backend)
    w, y, s = np.ones(2), np.full(2, 5.0), np.full(2, 6.0)
    given = {"A": np.array([[1.0, 2], [2, 4]]), "g": np.ones(2), "w": w, "x": 1.0}
    with pytest.raises(einlang.CallError, match="a system of equations is singular"):
        program(given, out={"y": y, "s": s})
    assert (w.tolist(), y.tolist(), s.tolist()) == ([1, 1], [5, 5], [6, 6])
    run = program.bind(given)
    with pytest.raises(ValueError, match="singular"):
        run()
    assert w.tolist() == [1, 1]
    given["A"][1, 1] = 5
    run()
    assert w == pytest.approx([1 - 3, 1 + 1])


@backends
@pytest.mark.parametrize("singular", [0, 1, 2])
def test_one_singular_system_of_a_batch_is_enough(singular: int, backend: str) -> None:
    program = einlang.compile("input A[b, n, n], g[n]\nsolve s[a,j]: A[a,i,J] s[a,J] = g[i]", backend=backend)
    A = np.stack([np.eye(2)] * 3)
    A[singular] = 0
    with pytest.raises(einlang.CallError, match="singular"):
        program(A=A, g=np.ones(2))


@backends
def test_what_is_not_a_number_goes_through(backend: str) -> None:
    found = einlang.compile(ONE, backend=backend)(A=np.full((2, 2), np.nan), g=np.ones(2)).s
    assert np.isnan(found).all()


@backends
def test_pivoting_keeps_small_numbers_small(backend: str) -> None:
    found = einlang.compile(ONE, backend=backend)(A=np.array([[1e-20, 1], [1, 1]]), g=np.array([1.0, 2])).s
    assert found == pytest.approx([1, 1])


@backends
def test_as_many_equations_as_unknowns_is_checked_at_the_call(backend: str) -> None:
    program = einlang.compile("input A[n, m, k], g[n, m]\nsolve s[j]: A[i,l,J] s[J] = g[i,l]", backend=backend)
    A, g = normal(2, 3, 6), normal(2, 3)
    assert program(A=A, g=g).s == pytest.approx(np.linalg.solve(A.reshape(6, 6), g.ravel()))
    with pytest.raises(einlang.CallError, match="as many equations as unknowns"):
        program(A=A[..., :5], g=g)
    square = einlang.compile("input A[n, m], g[n]\nsolve s[j]: A[i,J] s[J] = g[i]", backend=backend)
    with pytest.raises(einlang.CallError, match="as many equations as unknowns"):
        square(A=A[0], g=g[0])


# --- derivatives --------------------------------------------------------------------------------------------------------

LOSSES = {
    "by the right side and the matrix": "solve s[j]: A[i,J] s[J] = sin(g[i])\nL = s[I]^2 s[0]",
    "by what both hold": "solve s[j]: (A[i,J] + g[i] g[J]) s[J] = g[i]\nL = sum[I](exp(s[I] / 9))",
    "of a batch": "solve s[b,j]: A[i,J] s[b,J] + 3 g[b] s[b,i] = A[b,i]\nL = s[I,J]^2",
    "of several indices": "solve s[i,j]: A[i,K] s[K,j] + 3 s[i,j] = g[i] g[j]\nL = s[I,J] A[J,I]",
    "of a solution of a solution": "solve r[j]: A[i,J] r[J] = g[i]\nsolve s[j]: (A[J,i] + δ[i,J]) s[J] = r[i]\nL = s[I] r[I]",
}


def loss(text: str, backend: str = "numpy") -> einlang.Program:
    return einlang.compile(f"input A[n, n], g[n]\n{text}\noutput L", backend=backend)


@backends
@pytest.mark.parametrize("name", LOSSES)
def test_first_and_second_derivatives_are_slopes(name: str, backend: str) -> None:
    program, given = loss(LOSSES[name], backend), {"A": normal(3, 3) + 4 * np.eye(3), "g": normal(3) + 2}
    gradient = program.grad("L", wrt=["A", "g"])
    second = program.hessian("L", wrt=["A", "g"])(**given)
    slopes, step = gradient(**given), 1e-5
    for wrt in ("A", "g"):
        for place in np.ndindex(given[wrt].shape):
            moved = [{**given, wrt: given[wrt].copy()} for _ in range(2)]
            moved[0][wrt][place] += step
            moved[1][wrt][place] -= step
            difference = (program(**moved[0]).L - program(**moved[1]).L) / (2 * step)
            assert slopes[wrt][place] == pytest.approx(difference, rel=1e-6, abs=1e-8)
            ends = [gradient(**end)["g"] for end in moved]
            assert second["g", wrt][(slice(None), *place)] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("mode", ["jvp", "vjp", "jacobian"])
def test_every_mode_gives_the_derivative(mode: str) -> None:
    program, given = einlang.compile(ONE), {"A": normal(3, 3), "g": normal(3)}
    inverse, s = np.linalg.inv(given["A"]), np.linalg.solve(given["A"], given["g"])
    whole = -inverse[:, :, None] * s
    v, u = normal(3, 3, seed=5), normal(3, seed=6)
    match mode:
        case "jacobian":
            found, expected = program.jacobian("s", wrt="A")(given), whole
        case "jvp":
            found, expected = program.jvp("s", wrt="A")({**given, "v_A": v}), np.einsum("jpq,pq", whole, v)
        case _:
            found, expected = program.vjp("s", wrt="A")({**given, "v_s": u}), np.einsum("j,jpq", u, whole)
    assert found == pytest.approx(expected)


@backends
def test_newton_is_a_program(backend: str) -> None:
    program = einlang.compile(
        """
        input x[n, k], y[n]
        param w[k]
        L = sum[I](softplus(x[I,K] w[K]) - y[I] x[I,K] w[K]) + 0.1 sum[K](w[K]^2)
        H[i,j] = ∂²L/∂w[i]∂w[j]
        g[i] = ∂L/∂w[i]
        solve s[j]: H[i,J] s[J] = g[i]
        w[i] <- w[i] - s[i]
        output L, g
        """,
        backend=backend,
    )
    x, w = normal(40, 3), np.zeros(3)
    y = (x @ [1.0, -2, 0.5] + normal(40) > 0).astype(float)
    for _ in range(9):
        out = program(x=x, y=y, w=w)
    assert np.abs(out.g).max() < 1e-12


@backends
def test_derivatives_stand_in_equations(backend: str) -> None:
    text = "param w[k]\nL = sum[I](exp(w[I])) + w[I]^2 w[J]\nsolve s[j]: ∂²L/∂w[i]∂w[J] s[J] = ∂L/∂w[i]\noutput s"
    w = normal(3)
    total = w.sum()
    gradient = np.exp(w) + 2 * w * total + (w**2).sum()
    hessian = np.diag(np.exp(w) + 2 * total) + 2 * w[:, None] + 2 * w
    assert einlang.compile(text, backend=backend)(w=w).s == pytest.approx(np.linalg.solve(hessian, gradient))
