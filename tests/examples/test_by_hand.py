"""The value and the gradients of the examples, in both backends, are what NumPy gives with formulas worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

Arrays = dict[str, np.ndarray]

pytestmark = pytest.mark.parametrize("backend", ["c", "numpy"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


def assert_same(found: Arrays, by_hand: Arrays) -> None:
    assert sorted(found) == sorted(by_hand)
    for name, array in by_hand.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def convolved(x: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Both with channels: x[n,c,i,j] and filters[f,c,a,b] to [n,f,i,j], where the filter fits."""
    return np.einsum("ncijab,fcab->nfij", sliding_window_view(x, filters.shape[2:], (2, 3)), filters)


def back_to_filters(x: np.ndarray, dz: np.ndarray) -> np.ndarray:
    return np.einsum("ncabij,nfij->fcab", sliding_window_view(x, dz.shape[2:], (2, 3)), dz)


def back_to_image(filters: np.ndarray, dz: np.ndarray) -> np.ndarray:
    """A convolution over the whole with the filters turned round."""
    (a, b) = filters.shape[2:]
    around = np.pad(dz, ((0, 0), (0, 0), (a - 1, a - 1), (b - 1, b - 1)))
    return convolved(around, filters[:, :, ::-1, ::-1].swapaxes(0, 1))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def network(X, y, F1, c1, F2, c2, W, c3) -> tuple[float, Arrays]:
    """Loss and gradients of the convolutional network."""
    n = len(X)
    x0 = np.pad(X, ((0, 0), (1, 1), (1, 1)))[:, None]
    z1 = convolved(x0, F1[:, None]) + c1[:, None, None]
    h1 = np.maximum(z1, 0)
    z2 = convolved(h1, F2) + c2[:, None, None]
    h2 = np.maximum(z2, 0)
    blocks = h2.reshape(n, len(F2), 3, 2, 3, 2)
    pooled = blocks.max(axis=(3, 5))
    p = softmax(np.einsum("ngij,gijk->nk", pooled, W) + c3)
    ds = (p - np.eye(10)[y]) / n
    chosen = blocks == pooled[:, :, :, None, :, None]
    dz2 = (chosen * np.einsum("nk,gijk->ngij", ds, W)[:, :, :, None, :, None]).reshape(h2.shape) * (z2 > 0)
    dz1 = back_to_image(F2, dz2) * (z1 > 0)
    gradients = {"W": np.einsum("ngij,nk->gijk", pooled, ds), "c3": ds.sum(axis=0)}
    gradients |= {"F2": back_to_filters(h1, dz2), "c2": dz2.sum(axis=(0, 2, 3))}
    gradients |= {"F1": back_to_filters(x0, dz1)[:, 0], "c1": dz1.sum(axis=(0, 2, 3))}
    return -np.log(p[np.arange(n), y]).mean(), gradients


def test_convolutional_network(backend: str) -> None:
    random = np.random.default_rng(0)
    given = {"X": random.random((5, 8, 8)), "y": random.integers(0, 10, 5)}
    params = {"F1": (4, 3, 3), "c1": 4, "F2": (6, 4, 3, 3), "c2": 6, "W": (6, 3, 3, 10), "c3": 10}
    params = {name: random.normal(0, 0.3, shape) for name, shape in params.items()}
    loss, by_hand = network(**given, **params)
    program = load("convolutional_network", backend)
    found, gradients = program.value_and_grad("L")(given | params)
    assert found == pytest.approx(loss, rel=1e-12)
    assert_same(gradients, by_hand)
    after = {name: array.copy() for name, array in params.items()}
    program(**given, rate=0.25, **after)
    assert_same(after, {name: params[name] - 0.25 * by_hand[name] for name in params})
