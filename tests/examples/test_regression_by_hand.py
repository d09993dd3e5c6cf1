"""The regressions and the dense networks give, in both backends, the values and gradients that NumPy gives by hand."""

from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

Arrays = dict[str, np.ndarray]

BACKENDS = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str, **consts: float) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend, consts=consts)


def assert_same(found: Arrays, by_hand: Arrays) -> None:
    assert sorted(found) == sorted(by_hand)
    for name, array in by_hand.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def measured() -> tuple[Arrays, Arrays]:
    """Data, labels of which are 0 or 1, and parameters."""
    random = np.random.default_rng(0)
    data = {"X": random.normal(size=(9, 4)), "y": random.integers(0, 2, 9).astype(float), "ridge": np.array(0.3)}
    return data, {"w": random.normal(size=4), "c": np.array(0.7)}


@BACKENDS
def test_linear_regression(backend: str) -> None:
    data, params = measured()
    X, y, ridge, w = *data.values(), params["w"]
    miss = X @ w + params["c"] - y
    by_hand = {"w": 2 * X.T @ miss / 9 + 2 * ridge * w, "c": 2 * miss.mean()}
    value, found = load("linear_regression", backend).value_and_grad("L")(data | params)
    np.testing.assert_allclose(value, (miss**2).mean() + ridge * w @ w)
    assert_same(found, by_hand)
    np.testing.assert_allclose(load("linear_regression", backend)(data | params).G, by_hand["w"])


@BACKENDS
@pytest.mark.parametrize("name", ["logistic_regression", "newton"])
def test_logistic_regression(name: str, backend: str) -> None:
    data, params = measured()
    X, y, ridge, w = *data.values(), params["w"]
    p = 1 / (1 + np.exp(-X @ w - params["c"]))
    model = load(name, backend)
    value, found = model.value_and_grad("L")(data | params)
    np.testing.assert_allclose(value, -np.log(np.where(y > 0, p, 1 - p)).mean() + ridge / 2 * w @ w)
    assert_same(found, {"w": X.T @ (p - y) / 9 + ridge * w, "c": (p - y).mean()})
    out = model(data | params)
    np.testing.assert_allclose(out.p, p)
    if name == "newton":
        np.testing.assert_allclose(out.H, np.einsum("n,ni,nj->ij", p * (1 - p) / 9, X, X) + ridge * np.eye(4))


def dense(x: np.ndarray, labels: np.ndarray, params: Arrays, layers: int, form: str, squash: str) -> tuple[float, Arrays]:
    """Loss and gradients of a network whose layers have names of a form, `W{}` or `W{{{}}}`; labels are numbers."""
    W, c = ([params[form.format(letter, m)] for m in range(1, layers + 1)] for letter in "Wc")
    h = [x]
    for m in range(layers):
        z = h[m] @ W[m] + c[m]
        h.append(
            np.exp(z) / np.exp(z).sum(1, keepdims=True) if m == layers - 1 else np.tanh(z) if squash == "tanh" else z * (z > 0)
        )
    back = (h[-1] - np.eye(h[-1].shape[1])[labels]) / len(x)
    found = {}
    for m in reversed(range(layers)):
        found |= {form.format("W", m + 1): h[m].T @ back, form.format("c", m + 1): back.sum(0)}
        back = back @ W[m].T * (1 - h[m] ** 2 if squash == "tanh" else h[m] > 0)
    return -np.log(h[-1][np.arange(len(x)), labels]).mean(), found


def network(sizes: list[int], form: str) -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Images, the numbers of their classes, and parameters."""
    random = np.random.default_rng(1)
    shapes = {form.format("W", m): (sizes[m - 1], sizes[m]) for m in range(1, len(sizes))}
    shapes |= {form.format("c", m): (sizes[m],) for m in range(1, len(sizes))}
    params = {name: random.normal(size=shape) / 2 for name, shape in shapes.items()}
    return random.random((7, sizes[0])), random.integers(0, sizes[-1], 7), params


@BACKENDS
def test_digits(backend: str) -> None:
    x, labels, params = network([6, 5, 4, 3], "{}{}")
    loss, by_hand = dense(x, labels, params, 3, "{}{}", "tanh")
    value, found = load("digits", backend).value_and_grad("L")({"X": x, "Y": np.eye(3)[labels]} | params)
    np.testing.assert_allclose(value, loss)
    assert_same(found, by_hand)


@BACKENDS
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_deep_network(layers: int, backend: str) -> None:
    form = "{}{{{}}}"
    x, labels, params = network([6, 5, 4, 7, 5, 3][: layers + 1], form)
    loss, by_hand = dense(x, labels, params, layers, form, "relu")
    value, found = load("deep_network", backend, n=layers).value_and_grad("L")({"A": x, "y": labels} | params)
    np.testing.assert_allclose(value, loss)
    assert_same(found, by_hand)


def test_every_example_has_its_values_and_gradients_by_hand() -> None:
    files = [file for file in Path(__file__).parent.glob("*.py") if file.name != "test_examples.py"]
    texts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert [file.stem for file in sorted(EXAMPLES.glob("*/*.ein")) if f'"{file.stem}"' not in texts] == []
