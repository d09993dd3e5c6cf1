"""The attention block, in both backends, gives what NumPy gives, with a backward pass that is worked out by hand."""

from math import erf
from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLE = Path(__file__).parents[2] / "examples" / "attention" / "attention.ein"

Arrays = dict[str, np.ndarray]


def normalised(x: np.ndarray, g: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return g * centred / deviation + b, (centred / deviation, deviation, g)


def back_through_norm(dy: np.ndarray, kept: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cotangents of what went in, of the scale and of the shift."""
    unit, deviation, g = kept
    du = dy * g
    dx = (du - du.mean(axis=-1, keepdims=True) - unit * (du * unit).mean(axis=-1, keepdims=True)) / deviation
    return dx, (dy * unit).sum(axis=(0, 1)), dy.sum(axis=(0, 1))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def by_hand(text: np.ndarray, next: np.ndarray, p: Arrays) -> tuple[float, np.ndarray, Arrays]:
    """Loss, attention and gradients."""
    (b, t), d, grad = text.shape, p["Wq"].shape[2], {}
    x0 = p["E"][text] + p["P"]
    n1, kept1 = normalised(x0, p["g1"], p["b1"])
    query, key, value = (np.einsum("nqi,hij->nhqj", n1, p[name]) for name in ("Wq", "Wk", "Wv"))
    score = np.where(np.tri(t, dtype=bool), np.einsum("nhqj,nhsj->nhqs", query, key) / np.sqrt(d), -np.inf)
    a = softmax(score)
    seen = np.einsum("nhqs,nhsj->nhqj", a, value)
    x1 = x0 + np.einsum("nhqj,hji->nqi", seen, p["Wo"])
    n2, kept2 = normalised(x1, p["g2"], p["b2"])
    z = n2 @ p["W1"] + p["c1"]
    phi = (1 + np.vectorize(erf)(z / np.sqrt(2))) / 2
    n3, kept3 = normalised(x1 + (z * phi) @ p["W2"] + p["c2"], p["g3"], p["b3"])
    guess = softmax(n3 @ p["E"].T)
    wanted = np.eye(len(p["E"]))[next]
    loss = -np.log((guess * wanted).sum(axis=-1)).mean()

    ds = (guess - wanted) / (b * t)
    dx2, grad["g3"], grad["b3"] = back_through_norm(ds @ p["E"], kept3)
    grad["W2"], grad["c2"] = np.einsum("nqj,nqi->ji", z * phi, dx2), dx2.sum(axis=(0, 1))
    dz = (dx2 @ p["W2"].T) * (phi + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
    grad["W1"], grad["c1"] = np.einsum("nqi,nqj->ij", n2, dz), dz.sum(axis=(0, 1))
    through, grad["g2"], grad["b2"] = back_through_norm(dz @ p["W1"].T, kept2)
    dx1 = dx2 + through
    grad["Wo"] = np.einsum("nhqj,nqi->hji", seen, dx1)
    dseen = np.einsum("nqi,hji->nhqj", dx1, p["Wo"])
    da = np.einsum("nhqj,nhsj->nhqs", dseen, value)
    dscore = a * (da - (a * da).sum(axis=-1, keepdims=True)) / np.sqrt(d)
    dqueries = np.einsum("nhqs,nhsj->nhqj", dscore, key)
    dkeys, dvalues = (np.einsum("nhqs,nhqj->nhsj", left, right) for left, right in ((dscore, query), (a, dseen)))
    parts = {"Wq": dqueries, "Wk": dkeys, "Wv": dvalues}
    grad |= {name: np.einsum("nqi,nhqj->hij", n1, part) for name, part in parts.items()}
    dn1 = sum(np.einsum("nhqj,hij->nqi", part, p[name]) for name, part in parts.items())
    through, grad["g1"], grad["b1"] = back_through_norm(dn1, kept1)
    grad["P"] = (dx1 + through).sum(axis=0)
    grad["E"] = np.einsum("nqv,nqi->vi", ds, n3)
    np.add.at(grad["E"], text, dx1 + through)
    return float(loss), a, grad


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_attention(backend: str) -> None:
    random = np.random.default_rng(0)
    b, t, v, k, h, d, m = 3, 5, 7, 4, 2, 3, 6
    shapes = {"E": (v, k), "P": (t, k), "Wo": (h, d, k), "W1": (k, m), "c1": m, "W2": (m, k), "c2": k}
    shapes |= dict.fromkeys(("Wq", "Wk", "Wv"), (h, k, d)) | dict.fromkeys(("g1", "b1", "g2", "b2", "g3", "b3"), k)
    params = {name: random.normal(size=shape) for name, shape in shapes.items()}
    data = {"text": random.integers(0, v, (b, t)), "next": random.integers(0, v, (b, t))}
    loss, attention, gradients = by_hand(**data, p=params)
    program = einlang.load(EXAMPLE, backend=backend)
    found, ours = program.value_and_grad("L")(data | params)
    assert found == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(program(data | params).attention, attention, atol=1e-15)
    assert sorted(ours) == sorted(gradients)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(ours[name], gradient, rtol=1e-9, atol=1e-12, err_msg=name)
