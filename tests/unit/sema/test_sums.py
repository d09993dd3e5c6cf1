"""`einlang show --stage sums`: a legal program that means the same, with every implied sum written out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from einlang.ir.equality import key
from einlang.ir.program import Program

PROGRAMS = {
    "network": (
        "input X[b, k0], Y[b, k2]\nparam W1[k0, k1], c1[k1], W2[k1, k2], c2[k2]\n"
        "Z1[i,j] = X[i,K] W1[K,j] + c1[j]\nH[i,j] = tanh(Z1[i,j])\nZ2[i,j] = H[i,K] W2[K,j] + c2[j]\n"
        "L = -Y[I,J] log_softmax[J](Z2[I,J]) / size(X, 0)\nG1[i,j] = ∂L/∂W1[i,j]\noutput L, G1"
    ),
    "inner operation of the same letter": (
        "input Y[m, n], Z[m, n], S[n, n]\na = Y[I,J] (Z[I,J] - logsumexp[J](Z[I,J]))\n"
        "b = Y[I,J] (Z[I,J] - max[J](Z[I,J] sum[K](S[J,K]))) / sum[J](Z[I,J] max[I](Y[I,J]))"
    ),
    "letters that are sizes": "input X[K, L], Y[L, M]\nZ[i,j] = X[i,K] Y[K,j] / sum[K](Y[K,j])\ns = X[I,J] max[J](X[I,J])",
    "sizes that agree": "input X[b, k], W[m, h], V[h2]\nZ[i,j] = X[i,I] W[I,j] / m\nU[i,j] = Z[i,j] V[j] + h2",
    "sizes of others": "size q = 2 * n + 1\ninput x[n], y[q], z[2*n + 1], w[1 + p]\ns = y[I] z[I] + q\nt = x[I] w[I]",
    "given ranges": "input x[n], y[n]\ns = sum[I : n - 1](x[I] y[I] (x[J] y[J]))\nB[i : n, j] = x[j] y[J]",
    "functions and consts": (
        "const w[2] = [1, 2]\nconst c = 1/3\nfn f(x) = x + w[I] [2, x][I] / c\ninput u[n], v[n]\ns = f(u[I]) v[I] + f(u[I] v[I])"
    ),
    "equations": "input u[n], v[n]\nassume u[I] v[I] = 1\ns = u[I]^2\ncheck ∂s/∂u[i] = 2 u[i] = u[i] (1 + v[I] u[I])\nt = 2 s",
    "delta": "input A[n, n], x[n]\nB[i,j] = A[i,K] δ[K,J] A[J,j]\nC[i,j] = x[i] δ[i,K] δ[K,j]\n"
    "e[i] = levicivita[i,J,K] δ[J,K] + 0 * x[i]",
    "conditions": "input x[n], y[m]\ns = 1 if x[I] x[I] > 2 else y[I] y[I]",
}


def keys(program: Program) -> dict[str, str]:
    """A digest of every definition and equation, equal up to renaming of indices."""
    found = {definition.tensor.name: key(definition) for definition in program.definitions}
    equations = (*program.assumptions, *program.checks)
    return found | {f"{n} {k}": key(s, e.indices) for n, e in enumerate(equations) for k, s in enumerate(e.sides)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_a_legal_program_with_the_same_tensor_ir(
    name: str, compiled: Callable[..., Program], sums: Callable[[str], str]
) -> None:
    written = sums(PROGRAMS[name])
    first, second = compiled(PROGRAMS[name]), compiled(written)
    assert keys(first) == keys(second)
    assert [tensor.shape for tensor in first.inputs] == [tensor.shape for tensor in second.inputs]
    assert [tensor.name for tensor in first.outputs] == [tensor.name for tensor in second.outputs]
    assert (first.requirements, first.sizes) == (second.requirements, second.sizes) or name == "given ranges"


@pytest.mark.parametrize("name", PROGRAMS)
def test_writing_it_again_changes_nothing(name: str, sums: Callable[[str], str]) -> None:
    written = sums(PROGRAMS[name])
    assert sums(written) == written


@pytest.mark.parametrize(
    "source",
    ["f = x[I] A[I,J] x[J]", "s = u[I] v[I]\nt[i,j] = u[i] n[j] k / m", "a[i] = exp(X[i,J] w[J])\nb = a[I] / size(X, 1)"],
)
def test_the_inputs_of_a_sketch_are_declared(
    source: str, sums: Callable[[str], str], compiled: Callable[..., Program], values: Callable[..., dict[str, Any]]
) -> None:
    written = sums(source)
    assert written.startswith("input ")
    first = values(source)
    second = values(written, {tensor.name: first[tensor.name] for tensor in compiled(source).inputs})
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_every_implied_sum_has_its_range(sums: Callable[[str], str]) -> None:
    assert sums("input X[b, k0], W[k0, k1], b[k1]\nZ[i,j] = X[i,K] W[K,j] + b[j]").splitlines()[-1] == (
        "Z[i,j] = sum[K : k0](X[i,K] W[K,j]) + b[j]"
    )


def test_an_inner_operation_gets_a_letter_of_its_own(sums: Callable[[str], str]) -> None:
    assert sums("input Y[m, n], Z[m, n]\nL = Y[I,J] (Z[I,J] - logsumexp[J](Z[I,J]))").splitlines()[-1] == (
        "L = sum[I : m, J : n](Y[I,J] (Z[I,J] - logsumexp[K](Z[I,K])))"
    )
