"""Where tensors are found to be zero, what sums and products leave out for it, and what is only computed where it is read."""

import pytest

import einlang
from einlang.ir.text import expression_text
from einlang.plan import text
from einlang.plan.masks import masks

HEAD = "input A[n, n], B[n, m], v[n]\n"
SCORES = "T[i,j] = exp(A[i,K] A[j,K]^2)\n"
ZERO = {
    "T[i,j] = A[i,j] if j <= i else 0": "j <= i",
    "T[i,j] = 0 if j > i else A[i,j]": "j <= i",
    "T[i,j] = exp(A[i,j] if j < i else -inf)": "j < i",
    "T[i,j] = exp((A[i,j] if j <= i else -inf) - v[i])": "j <= i",
    "T[i,j] = exp(2 (A[i,j] if j <= i else -inf)) / v[i]": "j <= i",
    "T[i,j] = sin(A[i,j] if j <= i + 3 else 0)^2 v[j]": "j <= i + 3",
    "T[i,j] = (A[i,j] if j <= i else 0) + (v[i] if j <= i else 0)": "j <= i",
    "T[i,j] = (A[i,j] if v[i] > 0 else A[j,i]) if j <= i else 0": "j <= i",
}
NOT = [
    "T[i,j] = exp(A[i,j] if j <= i else 0)",
    "T[i,j] = A[i,j] if A[i,j] > 0 else 0",
    "T[i,j] = (A[i,j] if j <= i else 0) + v[i]",
    "T[i,j] = exp(-(A[i,j] if j <= i else -inf))",
    "T[i,j] = v[i] / (A[i,j] if j <= i else 0)",
    "T[i,j] = (A[i,j] if j <= i else 0) + (v[i] if j < i else 0)",
]
LEFT_OUT = {
    "T[i,j] = A[i,j] if j <= i else 0\nC[i,j] = T[i,K] B[K,j]\noutput C": "K below i + 1, as one factor is zero from there on",
    "T[i,j] = A[i,j] if j < i else 0\nC[i,j] = T[i,K] B[K,j]\noutput C": "K below i, as one factor is zero from there on",
    "T[i,j] = A[i,j] if j <= i else 0\nC[i,j] = T[K,i] B[K,j]\noutput C": "K from i on, as one factor is zero before",
    "T[i,j] = A[i,j] if j >= i - 2 else 0\nC[i,j] = T[i,K] B[K,j]\noutput C": "K from i - 2 on, as one factor is zero before",
    "C[i,j] = B[i,K] B[j,K] if j <= i + 1 else -inf": "j below i + 2, as no more is needed",
    "T[i,j] = A[i,j] if j <= i else 0\ns[i] = sum[K](exp(A[i,K]) T[i,K])": "(exp(A[i,K]) (A[i,K] if K <= i else 0) if K <= i",
    f"{SCORES}s[i] = sum[K](T[i,K]^2 if K <= i else 0)\nt[i] = max[K](T[i,K] if K <= i else -inf)\noutput s, t": (
        "j below i + 1, as no more is needed"
    ),
}


def zeros(source: str) -> list[str]:
    """The conditions outside of which T is found to be zero."""
    found = masks(einlang.compile(f"{HEAD}{source}").stages.optimised, ()).zeros
    return [expression_text(condition) for condition in found.get("T", ((), ()))[1]]


@pytest.mark.parametrize("source", ZERO)
def test_zeros_are_found(source: str) -> None:
    assert zeros(source) == [ZERO[source]]


@pytest.mark.parametrize("source", NOT)
def test_what_is_not_zero(source: str) -> None:
    assert zeros(source) == []


@pytest.mark.parametrize("source", LEFT_OUT)
def test_what_is_left_out_is_said(source: str) -> None:
    assert LEFT_OUT[source] in text(einlang.compile(f"{HEAD}{source}").stages.planned)


@pytest.mark.parametrize(
    "source",
    [
        "T[i,j] = A[i,j] if j <= i else 0\nC[i,j] = B[K,j] A[i,K]\noutput C, T",
        "C[i,j] = sum[K](A[i,K] B[K,j] if K <= i else 0)",
        f"{SCORES}s[i] = sum[K](T[i,K]^2 if K <= i else 0)\nt[i] = max[K](T[i,K])\noutput s, t",
    ],
)
def test_nothing_is_left_out_that_counts(source: str) -> None:
    """A sum that the program itself cuts short stays a sum: what it leaves out may be NaN."""
    made = text(einlang.compile(f"{HEAD}{source}").stages.planned)
    assert "as one factor" not in made and "as no more" not in made
