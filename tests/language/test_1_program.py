"""Section 1 of the language reference: the whole program."""

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, outputs, same

import einlang

TEXT = """# mlp.ein: the article's network with two layers and a cross-entropy loss
input X[b, k0], Y[b, k2]                 # data
param W1[k0, k1], c1[k1]                 # what is differentiated by default
param W2[k1, k2], c2[k2]

Z1[i,j] = X[i,K] W1[K,j] + c1[j]
H[i,j]  = tanh(Z1[i,j])
Z2[i,j] = H[i,K] W2[K,j] + c2[j]
L = -Y[I,J] log_softmax[J](Z2[I,J]) / size(X, 0)

G1[i,j] = ∂L/∂W1[i,j]
output L, G1
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_article_s_network(backend: str) -> None:
    X, Y = RANDOM.normal(size=(5, 4)), np.eye(3)[[0, 2, 1, 1, 0]]
    W1, c1, W2, c2 = (RANDOM.normal(size=shape) for shape in ((4, 6), 6, (6, 3), 3))
    H = np.tanh(X @ W1 + c1)
    Z2 = H @ W2 + c2
    P = np.exp(Z2) / np.exp(Z2).sum(1, keepdims=True)
    L, G1 = einlang.compile(TEXT, backend=backend)(X=X, Y=Y, W1=W1, c1=c1, W2=W2, c2=c2)
    same(L, -(Y * np.log(P)).sum() / 5)
    same(G1, X.T @ ((P - Y) / 5 @ W2.T * (1 - H**2)))


def test_params_are_what_derivatives_are_taken_of_by_default() -> None:
    assert outputs(einlang.compile(TEXT).grad("L")) == [f"dL_d{name}" for name in ("W1", "c1", "W2", "c2")]
