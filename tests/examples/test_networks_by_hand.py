"""The examples that learn from points, a graph or a text give, in both backends, what NumPy gives by hand.

The gradients by hand are steps along the imaginary axis, exact to the last digits, where formulas for them would be long.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

Arrays = dict[str, np.ndarray]

pytestmark = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


def gradients(loss: Callable[[Arrays], complex], params: Arrays) -> Arrays:
    """f(x + ih) is f(x) + ih f'(x), up to h², for an analytic f."""
    found = {name: np.zeros(array.shape) for name, array in params.items()}
    for name, array in params.items():
        for place in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[place] += 1e-30j
            found[name][place] = loss(params | {name: moved}).imag / 1e-30
    return found


def assert_same(found: Arrays, by_hand: Arrays) -> None:
    assert sorted(found) == sorted(by_hand)
    for name, array in by_hand.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def test_physics_informed_network(backend: str) -> None:
    random = np.random.default_rng(0)
    p, s, v = random.random((6, 2)), random.random((4, 2)), random.normal(size=4)
    shapes = {"W1": (2, 3), "c1": (3,), "W2": (3, 4), "c2": (4,), "w": (4,), "c": ()}
    params = {name: random.normal(size=shape) for name, shape in shapes.items()}

    def loss(now: Arrays) -> complex:
        W1, c1, W2, c2, w, c = now.values()
        a = np.tanh(p @ W1 + c1)
        b = np.tanh(a @ W2 + c2)
        u_t = (1 - b**2) * ((1 - a**2) * W1[0] @ W2) @ w
        z_x, z_xx = (1 - a**2) * W1[1] @ W2, -2 * a * (1 - a**2) * W1[1] ** 2 @ W2
        u_xx = (1 - b**2) * (z_xx - 2 * b * z_x**2) @ w
        given = np.tanh(np.tanh(s @ W1 + c1) @ W2 + c2) @ w + c
        return np.mean((u_t - 0.1 * u_xx) ** 2) + 10 * np.mean((given - v) ** 2)

    model = load("physics_informed", backend)
    value, found = model.value_and_grad("L")({"p": p, "s": s, "v": v} | params)
    np.testing.assert_allclose(value, loss(params))
    assert_same(found, gradients(loss, params))


RIDGE = 0.1


def attention(X: np.ndarray, adjacent: np.ndarray, now: Arrays, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """What the nodes hear, and how much [dst, src] counts, by a matrix of all pairs."""
    Z = X @ now[f"W{{{layer}}}"]
    s = (Z @ now[f"a{{{layer}}}"])[None, :] + (Z @ now[f"b{{{layer}}}"])[:, None]
    s = np.where(s.real > 0, s, 0.2 * s)
    top = np.where(adjacent, s.real, -np.inf).max(axis=1, keepdims=True)
    x = np.where(adjacent, np.exp(np.where(adjacent, s - top, 0)), 0)
    p = x / x.sum(axis=1, keepdims=True)
    return p @ Z, p


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_graph_attention(scale: float, backend: str) -> None:
    random = np.random.default_rng(0)
    n, known, label = 6, np.array([0, 4]), np.array([1, 0])
    X = random.normal(size=(n, 3))
    adjacent = (random.random((n, n)) < 0.4) | np.eye(n, dtype=bool)
    dst, src = np.nonzero(adjacent)
    shapes = {"W{1}": (3, 4), "a{1}": (4,), "b{1}": (4,), "W{2}": (4, 2), "a{2}": (2,), "b{2}": (2,)}
    params = {name: random.normal(size=shape) for name, shape in shapes.items()}
    params |= {name: scale * params[name] for name in ("a{1}", "b{1}", "a{2}", "b{2}")}

    def loss(now: Arrays) -> complex:
        M, _ = attention(np.tanh(attention(X, adjacent, now, 1)[0]), adjacent, now, 2)
        scores = np.log(np.exp(M[known]).sum(axis=1)) - M[known, label]
        return np.mean(scores) + RIDGE * sum(np.sum(array**2) for array in now.values())

    M, p = attention(np.tanh(attention(X, adjacent, params, 1)[0]), adjacent, params, 2)
    model = load("graph_attention", backend)
    given = {"X": X, "src": src, "dst": dst, "known": known, "label": label, "ridge": RIDGE} | params
    value, found = model.value_and_grad("L")(given)
    np.testing.assert_allclose(value, loss(params))
    assert_same(found, gradients(loss, params))
    out = model(given)
    np.testing.assert_array_equal(out["class"], M.argmax(axis=1))
    np.testing.assert_allclose(out["p{2}"], p[dst, src])


def test_word_embeddings(backend: str) -> None:
    random = np.random.default_rng(0)
    n, d, b, k = 7, 3, 5, 2
    word, near, far = random.integers(0, n, b), random.integers(0, n, b), random.integers(0, n, (b, k))
    U, V = random.normal(size=(n, d)), random.normal(size=(n, d))
    yes, no = np.sum(U[word] * V[near], axis=1), np.einsum("id,ijd->ij", U[word], V[far])
    loss = (np.log(1 + np.exp(-yes)).sum() + np.log(1 + np.exp(no)).sum()) / b
    by_yes, by_no = -1 / (1 + np.exp(yes)) / b, 1 / (1 + np.exp(-no)) / b
    G, F = np.zeros((n, d)), np.zeros((n, d))
    np.add.at(G, word, by_yes[:, None] * V[near] + np.einsum("ij,ijd->id", by_no, V[far]))
    np.add.at(F, near, by_yes[:, None] * U[word])
    np.add.at(F, far, by_no[:, :, None] * U[word][:, None])

    model = load("word_embeddings", backend)
    given = {"word": word, "near": near, "random": far, "rate": 0.1, "S": np.ones((n, d)), "T": np.full((n, d), 2.0)}
    value, found = model.value_and_grad("L")(given | {"U": U, "V": V})
    np.testing.assert_allclose(value, loss)
    assert_same(found, {"U": G, "V": F})
    after = {"U": U.copy(), "V": V.copy()}
    model(given | after)
    assert_same(after, {"U": U - 0.1 * G / np.sqrt(1 + G**2), "V": V - 0.1 * F / np.sqrt(2 + F**2)})
    np.testing.assert_allclose(given["S"], 1 + G**2)
    length = np.linalg.norm(U, axis=1)
    np.testing.assert_allclose(model.only("cosine")(U=U).cosine, U @ U.T / np.outer(length, length))
