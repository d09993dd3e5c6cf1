"""The gradients of the article's section 6, and textbook forms, as a person would write them."""

import pytest

LAYER = """
input X[b, k0], T[b, k1]
param W[k0, k1], c[k1]
Z[i,j] = X[i,K] W[K,j] + c[j]
L = sum[I,J](sin(Z[I,J]) T[I,J])
"""


def test_gradients_of_a_layer(derivatives) -> None:
    """∂L/∂W = X^T ∂L/∂Z, ∂L/∂b = 1^T ∂L/∂Z, ∂L/∂X = ∂L/∂Z W^T, without δ."""
    found = derivatives(LAYER, "L", "W", "c", "X")
    assert found["dL_dW"] == "sum[A : b](X[A,i] dL_dZ[A,j])"
    assert found["dL_dc"] == "sum[A : b](dL_dZ[A,i])"
    assert found["dL_dX"] == "sum[B : k1](dL_dZ[i,B] W[j,B])"
    assert found["dL_dZ"] == "cos(Z[i,j]) T[i,j]"


NETWORK = """
input X[b, k0], Y[b, k2]
param W1[k0, k1], c1[k1]
param W2[k1, k2], c2[k2]
Z1[i,j] = X[i,K] W1[K,j] + c1[j]
H[i,j]  = tanh(Z1[i,j])
Z2[i,j] = H[i,K] W2[K,j] + c2[j]
"""


def test_back_propagation_uses_the_programs_names(derivatives) -> None:
    """The article's ∂L/∂Z(m-1) leaves out the activation's derivative; here it stands, by the activation's name."""
    found = derivatives(NETWORK + "L = Y[I,J] Z2[I,J]^2", "L", "W1", "c1", "W2", "c2")
    assert found["H"] == "tanh(Z1[i,j])"
    assert found["dL_dZ2"] == "2 Y[i,j] Z2[i,j]"
    assert found["dL_dZ1"] == "sum[B : k2](dL_dZ2[i,B] W2[j,B]) (1 - H[i,j]^2)"
    assert found["dL_dW1"] == "sum[A : b](X[A,i] dL_dZ1[A,j])"
    assert found["dL_dW2"] == "sum[A : b](H[A,i] dL_dZ2[A,j])"


def test_cross_entropy_after_softmax(derivatives) -> None:
    """(P ΣY - Y) / n, in which ΣY is 1 where the labels are probabilities; the softmax is read, not computed again."""
    loss = "P[i,j] = softmax[j](Z2[i,j])\nL = -Y[I,J] log(P[I,J]) / b"
    found = derivatives(NETWORK + loss, "L", "W2", "c2")
    assert found["P"] == "exp(Z2[i,j] - logsumexp[J : k2](Z2[i,J]))"
    assert found["dL_dZ2"] == "(sum[B : k2](Y[i,B]) P[i,j] - Y[i,j]) / b"


def test_cross_entropy_of_log_softmax(derivatives) -> None:
    found = derivatives(NETWORK + "L = -Y[I,J] log_softmax[J](Z2[I,J]) / b", "L", "W2", "c2")
    assert found["dL_dZ2"] == "(sum[J : k2](Y[i,J]) exp(Z2[i,j] - L_logsumexp[i]) - Y[i,j]) / b"


BINARY = "input p[n], y[n]\nL = sum[I](-y[I] log(p[I]) - (1 - y[I]) log(1 - p[I]))"
FACTORS = "input M[n,m], U[n,k], V[m,k]\nR[i,j] = M[i,j] - U[i,K] V[j,K]\nL = R[I,J]^2"

TEXTBOOK = [
    ("softmax", "input x[n], t[n]\np[i] = softmax[i](x[i])\nL = p[I] t[I]", "x", "p[i] (t[i] - sum[A : n](t[A] p[A]))"),
    ("mean squared error", "input x[n], t[n]\nL = mean[I]((x[I] - t[I])^2)", "x", "2 (x[i] - t[i]) / n"),
    ("linear regression", "input X[b,k], w[k], y[b]\nr[i] = X[i,K] w[K] - y[i]\nL = r[I]^2", "w", "2 sum[A : b](X[A,i] r[A])"),
    ("sigmoid", "input x[n], t[n]\np[i] = sigmoid(x[i])\nL = p[I] t[I]", "x", "t[i] p[i] (1 - p[i])"),
    ("relu", "input x[n], t[n]\nL = relu(x[I]) t[I]", "x", "zero if x[i] <= 0 else t[i]"),
    ("exponential by its name", "input x[n]\ne[i] = exp(x[i])\nL = e[I]^2", "x", "2 e[i]^2"),
    ("norm", "input x[n]\nr = sqrt(x[I] x[I])\nL = r", "x", "x[i] / r"),
    ("log-sum-exp", "input x[n]\nL = logsumexp[I](x[I])", "x", "exp(x[i] - L)"),
    ("logistic loss", "input x[n], y[n]\nL = sum[I](softplus(-y[I] x[I]))", "x", "-y[i] sigmoid(-y[i] x[i])"),
    ("binary cross-entropy", BINARY, "p", "(1 - y[i]) / (1 - p[i]) - y[i] / p[i]"),
    ("trace of a product", "input A[n,m], B[m,n]\nL = A[I,J] B[J,I]", "A", "B[j,i]"),
    ("bilinear form", "input x[n], A[n,m], y[m]\nL = x[I] A[I,J] y[J]", "A", "x[i] y[j]"),
    ("Frobenius norm", "input A[n,m]\nL = A[I,J]^2", "A", "2 A[i,j]"),
    ("factorisation", FACTORS, "U", "-2 sum[B : m](R[i,B] V[B,j])"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "by", "expected"), [row[1:] for row in TEXTBOOK], ids=[row[0] for row in TEXTBOOK])
def test_textbook_form(text: str, by: str, expected: str, derivatives) -> None:
    assert derivatives(text, "L", by)[f"dL_d{by}"] == expected
