"""The examples that take steps, in both backends, give what NumPy gives with formulas worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


def test_heat_equation(backend: str) -> None:
    u = np.random.default_rng(0).normal(size=9)
    around = np.pad(u, 1, mode="edge")
    flow = around[:-2] - 2 * u + around[2:]
    rod, after = load("heat_equation", backend), u.copy()
    out = rod(u=after, r=0.3)
    np.testing.assert_allclose(after, u + 0.3 * flow)
    np.testing.assert_allclose([out.heat, out.D], [u.sum(), np.sum(np.diff(u) ** 2) / 2])
    np.testing.assert_allclose(rod.grad("D")(u=u, r=0.3)["u"], -flow, atol=1e-14)


def test_k_means(backend: str) -> None:
    random = np.random.default_rng(0)
    x, m = random.normal(size=(20, 3)), random.normal(size=(5, 3))
    m[4] = 100  # no sample is near it: it stays
    apart = ((x[:, None] - m) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1)
    middles = np.array([x[nearest == c].mean(axis=0) if (nearest == c).any() else m[c] for c in range(5)])
    sizes = np.bincount(nearest, minlength=5)
    model, after = load("k_means", backend), m.copy()
    out = model(x=x, m=after)
    np.testing.assert_array_equal(out.nearest, nearest)
    np.testing.assert_allclose(out.L, apart.min(axis=1).sum())
    np.testing.assert_allclose(after, middles)
    np.testing.assert_allclose(model.grad("L")(x=x, m=m)["m"], 2 * sizes[:, None] * (m - middles), atol=1e-12)


def test_pagerank(backend: str) -> None:
    random = np.random.default_rng(0)
    n, d = 7, 0.85
    src, dst = random.integers(0, n - 1, 15), random.integers(0, n, 15)  # no link leads away from the last page
    p = random.random(n)
    p /= p.sum()
    A = np.zeros((n, n))
    np.add.at(A, (dst, src), 1)
    links = A.sum(axis=0)
    A[:, links == 0] = 1
    A /= A.sum(axis=0)
    q = (1 - d) / n + d * A @ p
    model, after = load("pagerank", backend), p.copy()
    out = model(src=src, dst=dst, d=d, p=after)
    np.testing.assert_allclose(after, q)
    np.testing.assert_allclose(out.links, links)
    np.testing.assert_allclose(out.L, np.sum((q - p) ** 2))
    gradient = model.grad("L")(src=src, dst=dst, d=d, p=p)["p"]
    np.testing.assert_allclose(gradient, 2 * (d * A.T - np.eye(n)) @ (q - p))


def test_matrix_factorisation(backend: str) -> None:
    random = np.random.default_rng(0)
    X, U, V = random.normal(size=(6, 5)), random.normal(size=(6, 2)), random.normal(size=(5, 2))
    M = (random.random(X.shape) < 0.7).astype(float)
    ridge = 0.3 * np.eye(2)
    rows = [np.linalg.solve((V.T * M[i]) @ V + ridge, V.T @ (M[i] * X[i])) for i in range(6)]
    best = np.array(rows)
    columns = [np.linalg.solve((best.T * M[:, j]) @ best + ridge, best.T @ (M[:, j] * X[:, j])) for j in range(5)]
    given = {"X": X, "M": M, "ridge": 0.3}
    model, after = load("matrix_factorisation", backend), {"U": U.copy(), "V": V.copy()}
    out = model(given | after)
    np.testing.assert_allclose(after["U"], best)
    np.testing.assert_allclose(after["V"], np.array(columns))
    np.testing.assert_allclose(out.fit, U @ V.T)
    miss = M * (U @ V.T - X)
    value, gradients = model.value_and_grad("L")(given | {"U": U, "V": V})
    np.testing.assert_allclose(value, np.sum(miss**2) + 0.3 * (np.sum(U**2) + np.sum(V**2)))
    np.testing.assert_allclose(gradients["U"], 2 * (miss @ V + 0.3 * U))
    np.testing.assert_allclose(gradients["V"], 2 * (miss.T @ U + 0.3 * V))


def best_factor(unfolded: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Least squares with the Khatri-Rao product of the other two factors as its matrix."""
    products = (first[:, None] * second).reshape(-1, first.shape[1])
    return np.linalg.lstsq(products, unfolded.reshape(len(unfolded), -1).T, rcond=None)[0].T


def test_cp_decomposition(backend: str) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(4, 5, 6))
    A, B, C = (random.normal(size=(size, 3)) for size in X.shape)
    a = best_factor(X, B, C)
    b = best_factor(X.transpose(1, 0, 2), a, C)
    c = best_factor(X.transpose(2, 0, 1), a, b)
    model, after = load("cp_decomposition", backend), {"A": A.copy(), "B": B.copy(), "C": C.copy()}
    model({"X": X, **after})
    for name, by_hand in {"A": a, "B": b, "C": c}.items():
        np.testing.assert_allclose(after[name], by_hand, err_msg=name)
    miss = np.einsum("ir,jr,kr->ijk", A, B, C) - X
    value, gradients = model.value_and_grad("L")(X=X, A=A, B=B, C=C)
    np.testing.assert_allclose(value, np.sum(miss**2))
    np.testing.assert_allclose(gradients["A"], 2 * np.einsum("ijk,jr,kr->ir", miss, B, C))
    np.testing.assert_allclose(gradients["B"], 2 * np.einsum("ijk,ir,kr->jr", miss, A, C))
    np.testing.assert_allclose(gradients["C"], 2 * np.einsum("ijk,ir,jr->kr", miss, A, B))
