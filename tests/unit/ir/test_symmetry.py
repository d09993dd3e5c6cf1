"""What exchanging two indices provably leaves as it is; proofs are put to the test by the oracle."""

import numpy as np
import pytest

from einlang.diagnostics import Report
from einlang.ir.interpret import interpret
from einlang.ir.symmetry import Symmetries
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

SYMMETRIC = [
    "A[K,i] A[K,j]",
    "A[K,i] s[K] A[K,j]",
    "(x[i] - x[j])^2",
    "exp(-(x[i] - x[j])^2 / 2) + 3 δ[i,j]",
    "exp(-sum[K]((A[K,i] - A[K,j])^2))",
    "abs(x[i] - x[j])",
    "cos(x[j] - x[i]) / (x[i] + x[j])",
    "max(x[i], x[j]) x[i] x[j]",
    "Q[i,j] + Q[j,i]",
    "sum[K](exp(A[K,i])) + sum[K](exp(A[K,j]))",
    "S[i,j] x[i] x[j]",
    "x[i]^2 + x[j]^2 - 2 x[i] x[j]",
    "-(x[i] - x[j])^4 + x[i] x[j]",
]
OTHERS = [
    "Q[i,j]",
    "x[i] - x[j]",
    "(x[i] - x[j])^3",
    "sin(x[i] - x[j])",
    "(x[i] + 2 x[j])^2",
    "A[K,i] s[K] Q[K,j]",
    "x[i] if i < j else 2 x[j]",
    "Q[i,j] - Q[j,i]",
    "Q[K,i] Q[j,K]",
]


def program(body: str):
    report = Report()
    text = f"input A[n, n], Q[n, n], x[n], s[n]\nS[i,j] = Q[i,K] Q[j,K]\nR[i,j] = {body}\noutput R\n"
    found = analyse(parse(Source("t.ein", text), report, lambda path, span: None), report, name="t")
    assert found is not None, report.diagnostics
    return found


def value(body: str) -> np.ndarray:
    random = np.random.default_rng(0)
    arrays = {"A": (4, 4), "Q": (4, 4), "x": (4,), "s": (4,)}
    return interpret(program(body), {name: random.uniform(0.5, 2, shape) for name, shape in arrays.items()})["R"]


@pytest.mark.parametrize("body", SYMMETRIC)
def test_symmetric(body: str) -> None:
    found = program(body)
    assert {"S", "R"} == {tensor.name for tensor in Symmetries(found.definitions).tensors}
    np.testing.assert_allclose(value(body), value(body).T, rtol=1e-14)


@pytest.mark.parametrize("body", OTHERS)
def test_not_symmetric(body: str) -> None:
    assert "R" not in {tensor.name for tensor in Symmetries(program(body).definitions).tensors}
    assert not np.allclose(value(body), value(body).T)


def test_runs_of_indices() -> None:
    report = Report()
    text = "input A[m, n, k]\nH[i,p,j,q] = A[M,i,p] A[M,j,q]\nB[i,j,p,q] = A[M,i,p] A[M,j,q]\n"
    found = analyse(parse(Source("t.ein", text), report, lambda path, span: None), report, name="t")
    assert found is not None
    pairs, crossed = found.definitions
    symmetries = Symmetries(found.definitions)
    assert symmetries.hold(pairs.body, pairs.indices[:2], pairs.indices[2:])
    assert not symmetries.hold(crossed.body, crossed.indices[:2], crossed.indices[2:])


def test_what_is_named_apart_is_looked_into() -> None:
    report = Report()
    text = "input A[m, n], s[m]\nB[k,j] = s[k] A[k,j]\nR[i,j] = A[K,i] B[K,j]\n"
    found = analyse(parse(Source("t.ein", text), report, lambda path, span: None), report, name="t")
    assert found is not None
    assert [tensor.name for tensor in Symmetries(found.definitions).tensors] == ["R"]
