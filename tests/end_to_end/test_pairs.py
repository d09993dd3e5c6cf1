"""Products of one matrix with two vectors, in turns: right, and the same bits as one after the other."""

import numpy as np
import pytest

import einlang
from einlang.plan import text

FORMS = {
    "independent": ("y[i] = A[i,J] x[J]\nw[j] = A[I,j] z[I]", lambda A, x, z: (A @ x, A.T @ z)),
    "chained": (
        "y[i] = tanh(A[i,J] x[J])\nw[j] = A[I,j] y[I] / 2 + x[j]",
        lambda A, x, z: (np.tanh(A @ x), A.T @ np.tanh(A @ x) / 2 + x),
    ),
    "normal equations": (
        "p[i] = A[i,J] x[J]\nu[j] = A[I,j] p[I]\nq[i] = A[i,J] u[J]\nv[j] = A[I,j] q[I]\ny[i] = z[i]\nw[j] = v[j] + u[j]",
        lambda A, x, z: (z, A.T @ (A @ (A.T @ (A @ x))) + A.T @ (A @ x)),
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("form", FORMS)
def test_pairs(form: str, dtype: str) -> None:
    definitions, expected = FORMS[form]
    head = "input A[m, n], x[n], z[m]\n"
    together = einlang.compile(f"{head}{definitions}\noutput y, w")
    assert "in turns with" in text(together.stages.planned)
    for m, n in ((0, 3), (3, 0), (1, 1), (16, 1), (15, 40), (33, 5), (50, 17), (70, 4100)):
        random = np.random.default_rng(m)
        shapes = {"A": (m, n), "x": (n,), "z": (m,)}
        given = {name: random.uniform(-1, 1, shape).astype(dtype) / 8 for name, shape in shapes.items()}
        out = together(given)
        for found, known in zip(out, expected(**given), strict=True):
            np.testing.assert_allclose(found, known, rtol=1e-4, atol=1e-4 if dtype == "float32" else 1e-12)


def test_the_same_bits_as_alone() -> None:
    random = np.random.default_rng(0)
    A, x, z = random.standard_normal((77, 103)), random.standard_normal(103), random.standard_normal(77)
    together = einlang.compile("input A[m, n], x[n], z[m]\ny[i] = A[i,J] x[J]\nw[j] = A[I,j] z[I]")(A=A, x=x, z=z)
    assert (together.y == einlang.compile("input A[m, n], x[n]\ny[i] = A[i,J] x[J]")(A=A, x=x).y).all()
    assert (together.w == einlang.compile("input A[m, n], z[m]\nw[j] = A[I,j] z[I]")(A=A, z=z).w).all()
