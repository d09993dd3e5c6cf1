"""The examples that are recurrences, in both backends, give what NumPy gives by hand: values, and gradients by complex steps."""

import itertools
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

Arrays = dict[str, np.ndarray]

pytestmark = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


def by_steps(value: Callable[[Arrays], complex], params: Arrays) -> Arrays:
    """The gradient of a value, from a step into the complex plane for each element of each param."""
    gradients = {name: np.zeros(np.shape(array)) for name, array in params.items()}
    for name, gradient in gradients.items():
        for place in np.ndindex(gradient.shape):
            moved = {key: np.array(array, dtype=complex) for key, array in params.items()}
            moved[name][place] += 1e-30j
            gradient[place] = value(moved).imag / 1e-30
    return gradients


def assert_same(found: Arrays, by_hand: Arrays) -> None:
    assert sorted(found) == sorted(by_hand)
    for name, array in by_hand.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-11, err_msg=name)


# --- a Kalman filter: all states and measurements are one normal distribution ---------------------------------------------------


def joint(n: int, F, H, x0, P0, q, r) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean and the covariance of n + 1 states one after the other, and the matrix that makes measurements of them."""
    d = len(F)
    mean, own, moves = [x0], [P0], [np.eye(d)]
    for _ in range(n):
        mean.append(F @ mean[-1])
        own.append(F @ own[-1] @ F.T + np.diag(np.exp(q)))
        moves.append(F @ moves[-1])
    blocks = [[moves[t - s] @ own[s] if t >= s else own[t] @ moves[s - t].T for s in range(n + 1)] for t in range(n + 1)]
    return np.concatenate(mean), np.block(blocks), np.kron(np.eye(n + 1)[:n], H)


def measured(y, F, H, x0, P0, q, r) -> tuple[np.ndarray, ...]:
    """What `joint` gives, and what is new in the measurements, with the covariance of that."""
    mean, covariance, see = joint(len(y), F, H, x0, P0, q, r)
    noise = np.kron(np.eye(len(y)), np.diag(np.exp(r)))
    return mean, covariance, see, y.ravel() - see @ mean, see @ covariance @ see.T + noise


def unlikelihood(**given: np.ndarray) -> complex:
    *_, new, spread = measured(**given)
    return (new @ np.linalg.solve(spread, new) + np.log(np.linalg.det(2 * np.pi * spread))) / 2


def test_kalman_filter(backend: str) -> None:
    random = np.random.default_rng(0)
    shapes = {"y": (5, 2), "F": (3, 3), "H": (2, 3), "x0": 3, "P0": (3, 3), "q": 3, "r": 2}
    arrays = {name: random.normal(size=shape) for name, shape in shapes.items()}
    arrays["P0"] = arrays["P0"] @ arrays["P0"].T + np.eye(3)
    given, params = {name: arrays[name] for name in ("y", "F", "H", "x0", "P0")}, {name: arrays[name] for name in "qr"}
    model = load("kalman_filter", backend)
    out = model(arrays)
    np.testing.assert_allclose(out.L, unlikelihood(**arrays), rtol=1e-12)
    assert_same(model.grad("L")(arrays), by_steps(lambda moved: unlikelihood(**given, **moved), params))

    mean, covariance, see, new, spread = measured(**arrays)
    gain = np.linalg.solve(spread, see @ covariance).T
    np.testing.assert_allclose(out.xs.ravel(), mean + gain @ new)
    after = covariance - gain @ see @ covariance
    np.testing.assert_allclose(out.Ps, [after[k : k + 3, k : k + 3] for k in range(0, 18, 3)], atol=1e-12)
    np.testing.assert_allclose(out.x[-1], out.xs[-2])


# --- a hidden Markov model: probabilities themselves, forwards and backwards -----------------------------------------------


def softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def probabilities(y, a, b, c) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the first state, of the next one after each, and of each count given each state."""
    factorials = np.array([math.factorial(count) for count in y])[:, None]
    return softmax(a), softmax(b), np.exp(c) ** y[:, None] * np.exp(-np.exp(c)) / factorials


def forwards(start: np.ndarray, move: np.ndarray, seen: np.ndarray) -> np.ndarray:
    found = [start * seen[0]]
    for row in seen[1:]:
        found.append((found[-1] @ move) * row)
    return np.array(found)


def backwards(move: np.ndarray, seen: np.ndarray) -> np.ndarray:
    found = [np.ones(len(move))]
    for row in seen[:0:-1]:
        found.append(move @ (row * found[-1]))
    return np.array(found[::-1])


def test_hidden_markov(backend: str) -> None:
    random = np.random.default_rng(0)
    y, k = np.array([3, 0, 7, 12, 11, 2]), 3
    params = {"a": random.normal(size=k), "b": random.normal(size=(k, k)), "c": np.log([1.0, 5.0, 9.0])}
    start, move, seen = probabilities(y, **params)
    before, after = forwards(start, move, seen), backwards(move, seen)
    p = before * after / before[-1].sum()
    pairs = before[:-1, :, None] * move * (seen * after)[1:, None] / before[-1].sum()
    paths = list(itertools.product(range(k), repeat=len(y)))
    along = [start[path[0]] * np.prod([move[step] for step in pairwise(path)]) * np.prod(seen[range(6), path]) for path in paths]

    model, stepped = load("hidden_markov", backend), {name: array.copy() for name, array in params.items()}
    out = model({"y": y} | stepped)
    np.testing.assert_allclose(out.L, [-np.log(sum(along)), -np.log(before[-1].sum())], rtol=1e-12)
    np.testing.assert_allclose(out.p, p, rtol=1e-9)
    np.testing.assert_allclose(out.best, np.log(max(along)), rtol=1e-12)
    assert tuple(out.state) == paths[int(np.argmax(along))]
    np.testing.assert_allclose(np.exp(stepped["a"]), p[0])
    np.testing.assert_allclose(np.exp(stepped["b"]), pairs.sum(axis=0))
    np.testing.assert_allclose(np.exp(stepped["c"]), y @ p / p.sum(axis=0))

    gradients = by_steps(lambda moved: -np.log(forwards(*probabilities(y, **moved))[-1].sum()), params)
    assert_same(model.grad("L")({"y": y} | params), gradients)


# --- recurrent networks -------------------------------------------------------------------------------------------------------


def forecasts(x, V, U, b, w, c) -> np.ndarray:
    """Of each network, one number after another."""
    h, found = np.zeros_like(b), []
    for value in x:
        h = np.tanh(value * V + (h[:, None] @ U)[:, 0] + b)
        found.append(value + (h * w).sum(axis=1) + c)
    return np.array(found)


def test_recurrent_network(backend: str) -> None:
    random = np.random.default_rng(0)
    x = random.random(7)
    shapes = {"V": (2, 4), "U": (2, 4, 4), "b": (2, 4), "w": (2, 4), "c": 2}
    params = {name: random.normal(size=shape) for name, shape in shapes.items()}

    def loss(moved: Arrays) -> complex:
        return np.sum((x[1:, None] - forecasts(x, **moved)[:-1]) ** 2) / 6

    model = load("recurrent_network", backend)
    out = model({"x": x} | params)
    np.testing.assert_allclose(out.L, loss(params))
    np.testing.assert_allclose(out.forecast, forecasts(x, **params).mean(axis=1))
    assert_same(model.grad("L")({"x": x} | params), by_steps(loss, params))


# --- data assimilation --------------------------------------------------------------------------------------------------------


def runge_kutta(x: np.ndarray, F: float, h: float, steps: int) -> np.ndarray:
    """The weather step by step."""

    def change(x: np.ndarray) -> np.ndarray:
        return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + F

    found = [x]
    for _ in range(steps):
        k1 = change(x)
        k2 = change(x + h / 2 * k1)
        k3 = change(x + h / 2 * k2)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + change(x + h * k3))
        found.append(x)
    return np.array(found)


def test_data_assimilation(backend: str) -> None:
    random = np.random.default_rng(0)
    start, guess = random.normal(3, 2, size=(2, 6))
    measured = {"y": random.normal(size=(3, 2)), "place": np.array([1, 4]), "noise": 0.5, "trust": 2.0, "F": 8.0, "h": 0.05}

    def unlikelihood(moved: Arrays) -> complex:
        x = runge_kutta(moved["start"], 8.0, 0.05, 12)
        misses = measured["y"] - x[4::4, [1, 4]]
        return np.sum((misses / 0.5) ** 2) / 2 + np.sum(((moved["start"] - guess) / 2) ** 2) / 2

    model, given = load("data_assimilation", backend), measured | {"guess": guess, "start": start}
    out = model(given)
    np.testing.assert_allclose(out.x, runge_kutta(start, 8.0, 0.05, 12))
    np.testing.assert_allclose(out.L, unlikelihood({"start": start}))
    assert_same(model.grad("L")(given), by_steps(unlikelihood, {"start": start}))
