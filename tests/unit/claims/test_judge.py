"""True claims hold, false ones fail where they do; what cannot be tested is said to be so."""

import numpy as np
import pytest

LAYER = """\
input X[b, k0], Y[b, k1]
param W[k0, k1], c[k1]
Z[i,j] = X[i,K] W[K,j] + c[j]
L = (Z[I,J] - Y[I,J])^2 / b
"""
SOFTMAX = """\
input Z[b, k], Y[b, k]
assume sum[J](Y[i,J]) = 1
P[i,j] = softmax[j](Z[i,j])
L = -Y[I,J] log(P[I,J]) / b
M = -Y[I,J] Z[I,J] / b
"""
MATRICES = """\
input A[n, n], B[n, n], S[n, n], x[n], y[n], c
assume S[i,j] = S[j,i]
q = x[I] A[I,J] x[J]
s = x[I] S[I,J] x[J]
"""

NETWORK = """\
input X[b, k0]
param W[k0, k1], c[k1]
fn σ(x)
abstract L(Y)
Z[i,j] = X[i,K] W[K,j] + c[j]
Y[i,j] = σ(Z[i,j])
"""
CUBE = """\
input X[b, k], t[b]
param w[k]
z[i] = X[i,K] w[K]
L = softplus(z[I]) 1[I] - t[I] z[I]
Q = z[I] z[I] z[I]
P[i,j] = softmax[j](X[i,j])
"""

TRUE = {
    NETWORK: [
        "∂L/∂W[i,j] = X[A,i] ∂L/∂Z[A,j]",
        "∂L/∂c[j] = 1[A] ∂L/∂Z[A,j]",
        "∂L/∂X[i,j] = ∂L/∂Z[i,B] W[j,B]",
        "∂L/∂Z[i,j] = ∂L/∂Y[i,j] σ'(Z[i,j])",
        "∂L/∂Z[i,j] = ∂L/∂Y[A,B] ∂Y[A,B]/∂Z[i,j] = ∂L/∂Y[i,B] ∂Y[i,B]/∂Z[i,j]",
        "∂Z[i,j]/∂X[p,q] = δ[i,p] W[q,j]",
    ],
    CUBE: [
        "∂²L/∂w[i]∂w[j] = X[A,i] X[A,j] sigmoid(z[A]) (1 - sigmoid(z[A]))",
        "∂²Q/∂w[i]∂w[j] = 6 X[A,i] X[A,j] z[A] = ∂(∂Q/∂w[j])/∂w[i]",
        "∂³Q/∂w[i]∂w[j]∂w[p] = 6 X[A,i] X[A,j] X[A,p]",
        "∂²Q/∂w[I]∂w[I] = 6 X[A,I]^2 z[A]",
        "∂P[i,j]/∂X[p,q] = δ[i,p] P[i,j] (δ[j,q] - P[i,q])",
        "1[J] ∂P[i,J]/∂X[i,q] = 0[i] 0[q]",
        "∂Q/∂w[i] = ∂Q/∂z[A] ∂z[A]/∂w[i]",
    ],
    LAYER: [
        "∂L/∂Z[i,j] = 2 (Z[i,j] - Y[i,j]) / b",
        "∂L/∂W[i,j] = X[A,i] ∂L/∂Z[A,j]",
        "∂L/∂c[j] = 1[A] ∂L/∂Z[A,j]",
        "∂L/∂X[i,j] = ∂L/∂Z[i,B] W[j,B] = 2 (Z[i,B] - Y[i,B]) W[j,B] / b",
        "L b = Z[I,J]^2 - 2 Z[I,J] Y[I,J] + Y[I,J]^2",
        "sum[I](X[I,j]) = 1[I] X[I,j] = b mean[I](X[I,j])",
    ],
    SOFTMAX: [
        "∂L/∂Z[i,j] = (P[i,j] - Y[i,j]) / b",
        "sum[J](P[i,J]) = 1",
        "log(P[i,j]) = log_softmax[j](Z[i,j]) = Z[i,j] - logsumexp[J](Z[i,J])",
        "P[i,j] = softmax[j](Z[i,j] - max[J](Z[i,J]))",
        "L - M = logsumexp[J](Z[I,J]) 1[I] / b",
        "Y[I,J] 1[I] 1[J] = b",
    ],
    MATRICES: [
        "∂q/∂x[i] = A[i,J] x[J] + A[J,i] x[J]",
        "∂s/∂x[i] = 2 S[i,J] x[J]",
        "∂q/∂A[i,j] = x[i] x[j]",
        "A[i,K] B[K,L] x[L] = A[i,K] (B[K,L] x[L])",
        "tanh(c) = 2 sigmoid(2 c) - 1",
        "log(c^4) = 4 log(abs(c))",
        "sqrt(c) sqrt(c) = c",
        "relu(c) = (c + abs(c)) / 2 = max(c, 0)",
        "sigmoid(c) (1 - sigmoid(c)) = 1 / (2 + exp(c) + exp(-c))",
        "sin(c)^2 + cos(c)^2 = 1",
        "(x[i] - y[i]) / (x[i]^2 - y[i]^2) = 1 / (x[i] + y[i])",
    ],
}
FALSE = {
    NETWORK: [
        "∂L/∂W[i,j] = X[A,i] ∂L/∂Y[A,j]",
        "∂L/∂c[j] = 1[A] ∂L/∂Y[A,j]",
        "∂L/∂Z[i,j] = ∂L/∂Y[i,j]",
        "σ'(Z[i,j]) = σ(Z[i,j])",
        "∂Z[i,j]/∂X[p,q] = W[q,j]",
    ],
    CUBE: [
        "∂²L/∂w[i]∂w[j] = X[A,i] X[A,j] sigmoid(z[A])",
        "∂²Q/∂w[i]∂w[j] = 3 X[A,i] X[A,j] z[A]",
        "∂³Q/∂w[i]∂w[j]∂w[p] = 0[i] 0[j] 0[p]",
        "∂²Q/∂w[I]∂w[I] = 6 X[A,I] X[A,J] z[A] 1[I] 1[J]",
        "∂P[i,j]/∂X[p,q] = P[i,j] (δ[j,q] - P[i,q])",
        "∂P[i,j]/∂X[p,q] = δ[i,p] P[i,j] (δ[j,q] - P[p,j])",
    ],
    LAYER: [
        "∂L/∂Z[i,j] = (Z[i,j] - Y[i,j]) / b",
        "∂L/∂Z[i,j] = 2 (Y[i,j] - Z[i,j]) / b",
        "∂L/∂Z[i,j] = 2 (Z[i,j] - Y[i,j])",
        "∂L/∂c[j] = ∂L/∂Z[0,j]",
        "∂L/∂X[i,j] = ∂L/∂Z[i,B] W[0,B]",
        "b L = Z[I,J]^2 + Y[I,J]^2",
    ],
    SOFTMAX: [
        "∂L/∂Z[i,j] = P[i,j] - Y[i,j]",
        "∂L/∂Z[i,j] = P[i,j] / b",
        "sum[I](P[I,j]) = 1",
        "log(P[i,j]) = Z[i,j]",
        "P[i,j] = softmax[i](Z[i,j])",
        "Y[I,J] 1[I] 1[J] = 1",
    ],
    MATRICES: [
        "∂q/∂x[i] = 2 A[i,J] x[J]",
        "∂q/∂x[i] = A[i,J] x[J]",
        "∂q/∂A[i,j] = x[i] y[j]",
        "A[i,K] B[K,j] = B[i,K] A[K,j]",
        "S[i,K] S[K,j] = A[i,K] A[K,j]",
        "tanh(c) = 2 sigmoid(c) - 1",
        "sqrt(c^2) = c",
        "relu(c) = c",
        "sin(c) = c - c^3 / 6 + c^5 / 120",
        "exp(c) = exp(c) + 1e-9",
        "c^3 = c^3 + 1/1000000000000000000000",
    ],
}


def pairs(cases):
    return [pytest.param(text, claim, id=claim) for text, claims in cases.items() for claim in claims]


@pytest.mark.parametrize(("text", "claim"), pairs(TRUE))
def test_a_true_claim_holds(judged, text, claim) -> None:
    (found,) = judged(f"{text}check {claim}\n")
    assert found and found.mismatch is None, found


@pytest.mark.parametrize(("text", "claim"), pairs(FALSE))
def test_a_false_claim_fails(judged, text, claim) -> None:
    (found,) = judged(f"{text}check {claim}\n")
    assert found.verdict == "fails" and not found, found


def test_what_is_rational_is_judged_exactly_and_the_rest_to_rounding(judged) -> None:
    rational, other = judged(f"{LAYER}check Z[i,j] + 1 = 1 + Z[i,j]\ncheck exp(Z[i,j] + c[j]) = exp(Z[i,j]) exp(c[j])\n")
    assert rational.how.startswith("exactly") and other.how.startswith("to rounding")


def test_a_failure_says_where_and_what_both_sides_are_there(judged) -> None:
    (found,) = judged("input x[n], y[n]\ncheck x[i] + y[i] = 2 x[i] if i == 0 else x[i] + y[i]\n")
    assert found.mismatch is not None
    assert found.mismatch.indices == {"i": 0} and found.mismatch.differing == 1
    assert found.mismatch.sizes.keys() == {"n"} and found.mismatch.positions == found.mismatch.sizes["n"]
    assert found.mismatch.left != found.mismatch.right


def test_of_three_sides_the_first_that_differs_from_the_one_before_is_named(judged) -> None:
    first, second = judged("input x\ncheck 2 x = x + x = x^2\ncheck x^2 = 2 x = x + x\n")
    assert (first.mismatch.side, second.mismatch.side) == (3, 2)
    assert "side 2 is" in str(first) and "side 3" in str(first)


@pytest.mark.parametrize(
    ("claim", "hint"),
    [
        ("x[i] = 2 x[i]", "the right side is 2 times the left side"),
        ("3 x[i] = 2 x[i]", "the left side is 3/2 times the right side"),
        ("x[i] = -x[i]", "the left side is minus the right side"),
        ("x[I] = mean[I](x[I])", "the left side is n times the right side"),
        ("mean[I](x[I]) = -2 x[I]", "the right side is -2 n times the left side"),
        ("x[i] y[j] = x[j] y[i]", "they would be equal with `i` and `j` exchanged on one side"),
        ("∂x[i]/∂x[j] y[i] = y[i]", "they would be equal with `δ[i,j]` as a factor of the right side"),
        ("x[p] y[q] = x[p] y[q] δ[p,q]", "they would be equal with `δ[p,q]` as a factor of the left side"),
        ("exp(x[i]) = 1 + exp(x[i])", "the right side is 1 more than the left side"),
        ("x[i] = y[i]", ""),
    ],
)
def test_simple_relations_of_the_sides_are_found(judged, claim, hint) -> None:
    (found,) = judged(f"input x[n], y[n]\ncheck {claim}\n")
    assert found.mismatch is not None
    assert found.mismatch.hint.removesuffix(", for all of the data") == hint


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("input x\ncheck log(-x^2) = 1\n", "unchecked"),
        ("input X[3000, 3000]\ncheck X[i,K] X[K,j] = X[i,K] X[K,j] + 0 X[i,j]\n", "unchecked"),
        ("input x[n]\nassume x[I]^2 = -1\ncheck x[i] = 2 x[i]\n", "unchecked"),
        ("input x[n]\nassume x[I]^2 = -1\ncheck x[i] + x[i] = 2 x[i]\n", "holds"),
        ("input x[n]\nassume x[I]^2 = 1\ncheck x[I] x[I] = 1\n", "holds"),
        ("input Q[n, n]\nassume Q[K,i] Q[K,j] = δ[i,j]\ncheck Q[i,K] Q[j,K] = δ[i,j]\n", "holds"),
        ("input p[n]\nassume sum[I](p[I]) = 1\ncheck p[I] log(p[I]) = p[I] log(2 p[I]) - log(2)\n", "holds"),
    ],
)
def test_data_satisfies_what_is_assumed_and_what_cannot_be_tested_is_said(judged, text, verdict) -> None:
    (found,) = judged(text)
    assert found.verdict == verdict, found


def test_what_was_not_compared_is_said(judged) -> None:
    partly, wholly = judged("input x[n], y\ncheck x[i] = x[i] if i > 0 else sqrt(-1 - x[i]^2)\ncheck y = y + 0\n")
    assert partly and partly.how.endswith("where a side is not finite, nothing was compared")
    assert wholly and "finite" not in wholly.how


def test_whole_numbers_are_positions_of_what_they_are_compared_with(judged) -> None:
    text = "input y[b] : int, Z[b, k]\nO[i,j : k] = 1 if y[i] == j else 0\n"
    one_hot, other = judged(f"{text}check O[i,J] = 1\ncheck O[I,j] 1[I] = 1\n")
    assert one_hot and not other


def test_judgements_are_the_same_every_time(judged) -> None:
    text = f"{SOFTMAX}check P[i,j] = Z[i,j]\n"
    assert judged(text) == judged(text)
    assert np.isfinite(judged(text)[0].mismatch.left)
