"""The programs of the examples give what NumPy gives by hand, values and gradients, in both backends."""

from pathlib import Path

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "c"])


def load(name: str, backend: str) -> einlang.Program:
    return einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)


@BACKENDS
def test_the_likelihood_of_a_gaussian_mixture(backend: str) -> None:
    random = np.random.default_rng(0)
    n, k, d = 7, 3, 2
    x, a, mu, r = (random.normal(size=shape) for shape in ((n, d), (k,), (k, d), (k, d, d)))
    R = np.tril(r, -1) + np.array([np.diag(np.exp(np.diag(each))) for each in r])
    inverses = R.transpose(0, 2, 1) @ R
    apart = x[:, None] - mu
    squares = np.einsum("nki,kij,nkj->nk", apart, inverses, apart)
    densities = np.exp(-squares / 2) * np.sqrt(np.linalg.det(inverses)) / (2 * np.pi) ** (d / 2)
    joint = np.exp(a) / np.exp(a).sum() * densities
    p = joint / joint.sum(axis=1, keepdims=True)

    model = load("gaussian_mixture", backend)
    value, gradients = model.value_and_grad("L")(x=x, a=a, mu=mu, r=r)
    np.testing.assert_allclose(value, -np.log(joint.sum(axis=1)).mean())
    np.testing.assert_allclose(model(x=x, a=a, mu=mu, r=r).p, p)
    np.testing.assert_allclose(gradients["a"], np.exp(a) / np.exp(a).sum() - p.mean(axis=0))
    np.testing.assert_allclose(gradients["mu"], -np.einsum("nk,kij,nkj->ki", p, inverses, apart) / n)
    by_R = np.einsum("nk,kij,nkj,nkl->kil", p, R, apart, apart) / n
    on_diagonal = np.eye(d) * (by_R * R - p.mean(axis=0)[:, None, None])
    np.testing.assert_allclose(gradients["r"], np.tril(by_R, -1) + on_diagonal)
