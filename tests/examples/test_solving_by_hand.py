"""The examples that solve equations, in both backends, give what NumPy gives with formulas worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


def test_gaussian_process(backend: str) -> None:
    random = np.random.default_rng(0)
    x, y, q = (random.normal(size=size) for size in (9, 9, 4))
    a, length, s = 0.3, -0.2, -1.1

    def covariance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.exp(2 * a) * np.exp(-(((u[:, None] - v) / np.exp(length)) ** 2) / 2)

    smooth, noise = covariance(x, x), np.exp(2 * s) * np.eye(9)
    inverse = np.linalg.inv(smooth + noise)
    w = inverse @ y
    value = (y @ w - np.linalg.slogdet(inverse)[1] + 9 * np.log(2 * np.pi)) / 2
    by_length = smooth * (x[:, None] - x) ** 2 * np.exp(-2 * length)
    slopes = {"a": 2 * smooth, "l": by_length, "s": 2 * noise}
    by_hand = {name: (np.trace(inverse @ slope) - w @ slope @ w) / 2 for name, slope in slopes.items()}

    given = {"x": x, "y": y, "q": q, "a": a, "l": length, "s": s}
    model = load("gaussian_process", backend)
    found, gradients = model.value_and_grad("L")(given)
    np.testing.assert_allclose(found, value)
    for name, gradient in by_hand.items():
        np.testing.assert_allclose(gradients[name], gradient, err_msg=name)
    _, mean, deviation = model(given)
    np.testing.assert_allclose(mean, covariance(q, x) @ w)
    variance = np.exp(2 * a) - np.diag(covariance(q, x) @ inverse @ covariance(x, q))
    np.testing.assert_allclose(deviation, np.sqrt(variance))


def test_poisson_regression(backend: str) -> None:
    random = np.random.default_rng(0)
    X, y, w = random.normal(size=(12, 3)), random.poisson(2.0, 12).astype(float), random.normal(size=4)
    F = np.column_stack([X, np.ones(12)])
    rate = np.exp(F @ w)
    gradient = F.T @ (rate - y)
    step = np.linalg.solve((F.T * rate) @ F, gradient)

    model = load("poisson_regression", backend)
    value, found = model.value_and_grad("L")(X=X, y=y, w=w)
    np.testing.assert_allclose(value, np.sum(rate - y * (F @ w)))
    np.testing.assert_allclose(found["w"], gradient)
    after = w.copy()
    out = model(X=X, y=y, w=after)
    np.testing.assert_allclose(after, w - step)
    np.testing.assert_allclose(out.decrement, gradient @ step)
    np.testing.assert_allclose(out.rate, rate)


def test_robot_arm(backend: str) -> None:
    random = np.random.default_rng(0)
    lengths, target, q = random.random(5), random.normal(size=2), random.normal(size=5)
    angle = np.cumsum(q)
    links = lengths[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    end = np.cumsum(links, axis=0)
    turned = np.stack([-links[:, 1], links[:, 0]])  # a link moves at a right angle to itself, as do all after it
    J = np.cumsum(turned[:, ::-1], axis=1)[:, ::-1]
    miss = target - end[-1]
    step = J.T @ np.linalg.solve(J @ J.T + 0.1 * np.eye(2), miss)

    arm = load("robot_arm", backend)
    after = q.copy()
    out = arm(l=lengths, target=target, damping=0.1, q=after)
    np.testing.assert_allclose(out.end, end)
    np.testing.assert_allclose(out.J, J)
    np.testing.assert_allclose(out.distance, np.linalg.norm(miss))
    np.testing.assert_allclose(after, q + step)
    gradient = arm.grad("distance")(l=lengths, target=target, damping=0.1, q=q)["q"]
    np.testing.assert_allclose(gradient, -(J.T @ miss) / np.linalg.norm(miss))
