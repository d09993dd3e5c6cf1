"""Section 5 of the language reference: what is summed, what is not, and what each error says to write."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, Wrong, compiles, findings, mends, refused, said, same, sums, value, warned

import einlang

DATA = {name: RANDOM.uniform(0.2, 1, 4) for name in "uvxyb"} | {name: RANDOM.uniform(0.2, 1, (4, 4)) for name in "ABCEVXTYPZ"}
INPUTS = "input " + ", ".join(f"{name}[{'n' if DATA[name].ndim == 1 else 'n, n'}]" for name in DATA) + "\n"
Given = dict[str, Any]


class Letters:
    """The arrays by name: `d.A`."""

    def __getattr__(self, name: str) -> Any:
        return DATA[name]


d = Letters()
n = 4


def read(definition: str) -> str:
    """A definition with its sums written out."""
    return sums(INPUTS + definition).split("\n")[-1].partition(" = ")[2]


def computed(definition: str, backend: str = "numpy") -> Any:
    return value(INPUTS + definition, backend, **DATA)


# --- rules 1 and 2 --------------------------------------------------------------------------------------------------------------

Reading = tuple[str, str, Callable[[], Any]]
SHARED: list[Reading] = [
    ("r = u[I] v[I]", "sum[I : n](u[I] v[I])", lambda: d.u @ d.v),
    ("r[i,j] = A[i,K] B[K,j]", "sum[K : n](A[i,K] B[K,j])", lambda: d.A @ d.B),
    ("r[i,j,k] = A[i,R] B[j,R] C[k,R]", "sum[R : n](A[i,R] B[j,R] C[k,R])", lambda: np.einsum("ir,jr,kr->ijk", d.A, d.B, d.C)),
    ("r = (X[I,J] - T[I,J])^2", "sum[I : n, J : n]((X[I,J] - T[I,J])^2)", lambda: ((d.X - d.T) ** 2).sum()),
    ("r = Y[I,J] log(P[I,J])", "sum[I : n, J : n](Y[I,J] log(P[I,J]))", lambda: (d.Y * np.log(d.P)).sum()),
    ("r[i,j] = (A[i,K] + b[i]) C[K,j]", "sum[K : n]((A[i,K] + b[i]) C[K,j])", lambda: (d.A + d.b[:, None]) @ d.C),
    ("r = x[I]^2 y[I]", "sum[I : n](x[I]^2 y[I])", lambda: (d.x**2 * d.y).sum()),
    ("r = x[I] / y[I]", "sum[I : n](x[I] / y[I])", lambda: (d.x / d.y).sum()),
    ("r = x[I]^3", "sum[I : n](x[I]^3)", lambda: (d.x**3).sum()),
    ("r = -x[I] * 2 y[I]", "sum[I : n](-x[I] · 2 y[I])", lambda: -2 * (d.x * d.y).sum()),
    ("r = x[I] / y[I] / v[I]", "sum[I : n](x[I] / y[I] / v[I])", lambda: (d.x / d.y / d.v).sum()),
    ("r[i,j] = (A[i,K] B[K,j])^2", "(sum[K : n](A[i,K] B[K,j]))^2", lambda: (d.A @ d.B) ** 2),
    ("r[i : n] = I x[I] + i", "sum[I : n](I x[I]) + i", lambda: (np.arange(n) * d.x).sum() + np.arange(n)),
    ("r = 1[I] exp(v[I])", "sum[I : n](1[I] exp(v[I]))", lambda: np.exp(d.v).sum()),
    ("r[j] = δ[I,j] exp(v[I])", "sum[I : n](δ[I,j] exp(v[I]))", lambda: np.exp(d.v)),
    ("r = exp(u[I] v[I])", "exp(sum[I : n](u[I] v[I]))", lambda: np.exp(d.u @ d.v)),
    (
        "r = u[I] v[I] if u[I] v[I] > 0 else x[I] y[I]",
        "sum[I : n](u[I] v[I]) if sum[I : n](u[I] v[I]) > 0 else sum[I : n](x[I] y[I])",
        lambda: d.u @ d.v,
    ),
    (
        "r[i] = E[i,J] V[J,i] / sum[J](E[i,J])",
        "sum[J : n](E[i,J] V[J,i] / sum[K](E[i,K]))",
        lambda: np.einsum("ij,ji->i", d.E, d.V) / d.E.sum(1),
    ),
]
ALONE: list[Reading] = [
    ("r = v[I]", "sum[I : n](v[I])", lambda: d.v.sum()),
    ("r = -v[I]", "sum[I : n](-v[I])", lambda: -d.v.sum()),
    ("r = A[I,I]", "sum[I : n](A[I,I])", lambda: np.trace(d.A)),
    ("r[j] = X[I,j] / n + b[j]", "sum[I : n](X[I,j] / n) + b[j]", lambda: d.X.sum(0) / n + d.b),
    ("r[j] = X[I,j] exp(b[j]) - b[j]", "sum[I : n](X[I,j] exp(b[j])) - b[j]", lambda: d.X.sum(0) * np.exp(d.b) - d.b),
    ("r = 1[I] v[I]", "sum[I : n](1[I] v[I])", lambda: d.v.sum()),
]


@pytest.mark.parametrize(("definition", "written", "wanted"), SHARED + ALONE)
def test_what_is_summed(definition: str, written: str, wanted: Callable[[], Any]) -> None:
    same(computed(definition), wanted())
    assert read(definition) == written


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_of_them_in_one_program(backend: str) -> None:
    rows = [*SHARED, *ALONE]
    text = INPUTS + "\n".join(f"r{k}" + definition.removeprefix("r") for k, (definition, _, _) in enumerate(rows))
    out = einlang.compile(text, backend=backend)(DATA)
    for found, (_, _, wanted) in zip(out, rows, strict=True):
        same(found, wanted())


# --- rule 3 -------------------------------------------------------------------------------------------------------------------

SAID: list[Reading] = [
    ("r[i,j] = max[K](A[i,K] B[K,j])", "max[K](A[i,K] B[K,j])", lambda: (d.A[:, :, None] * d.B).max(1)),
    ("r = mean[I]((x[I] - y[I])^2)", "mean[I]((x[I] - y[I])^2)", lambda: ((d.x - d.y) ** 2).mean()),
    ("r = sum[I : n - 1]((x[I+1] - x[I])^2)", "sum[I : n - 1]((x[I+1] - x[I])^2)", lambda: (np.diff(d.x) ** 2).sum()),
    ("r[i] = prod[J](A[i,J])", "prod[J](A[i,J])", lambda: d.A.prod(1)),
    ("r = sum[I,J](A[I,J] B[J,I])", "sum[I,J](A[I,J] B[J,I])", lambda: (d.A * d.B.T).sum()),
    (
        "r[i] = Y[i,J] log_softmax[J](Z[i,J])",
        "sum[J : n](Y[i,J] log_softmax[J](Z[i,J]))",
        lambda: (d.Y * (d.Z - np.log(np.exp(d.Z).sum(1, keepdims=True)))).sum(1),
    ),
    (
        "r = Y[I,J] (Z[I,J] - logsumexp[J](Z[I,J]))",
        "sum[I : n, J : n](Y[I,J] (Z[I,J] - logsumexp[K](Z[I,K])))",
        lambda: (d.Y * (d.Z - np.log(np.exp(d.Z).sum(1, keepdims=True)))).sum(),
    ),
    ("r[i] = x[i] / sum[I](x[I])", "x[i] / sum[I](x[I])", lambda: d.x / d.x.sum()),
]


@pytest.mark.parametrize(("definition", "written", "wanted"), SAID)
def test_said_otherwise_it_is_done_otherwise(definition: str, written: str, wanted: Callable[[], Any]) -> None:
    same(computed(definition), wanted())
    assert read(definition) == written


# --- rule 4 -------------------------------------------------------------------------------------------------------------------

NO_GUESSING: list[Wrong] = [
    ("r = exp(v[I])", "index-not-summed", "`sum[I](exp(v[I]))`"),
    ("r[i,j] = exp(Z[i,j]) / exp(Z[i,J])", "index-not-summed", "sum[J](exp(Z[i,J]))"),
    ("r[i] = x[i] / x[I]", "index-not-summed", "`x[i] / sum[I](x[I])`"),
    ("r = x[I] log(x[I] / y[I])", "summed-inside-product", "`sum[I](x[I] log(x[I] / y[I]))`"),
    ("r = x[I] / (y[I] v[I])", "summed-inside-product", "`sum[I](x[I] / (y[I] v[I]))`"),
    ("r = (u[I] v[I] + x[I])^2", "summed-inside-product", "sum[I]((u[I] v[I] + x[I])^2)"),
    ("r = (v[I])", "index-not-summed", "sum[I]"),
    ("r[i] = max[K](A[i,K] B[K,J])", "index-not-summed", "`J`"),
    ("r = v[I]^0.5", "index-not-summed", "sum[I](v[I]^0.5)"),
    ("r = v[I] if n > 3 else 0", "index-not-summed", "`sum[I](v[I] if n > 3 else 0)`"),
    ("r[j] = (A[j,K] B[K,j]) C[K,j]", "summed-inside-product", "`A[j,K] B[K,j] C[K,j]`"),
    ("r = u[0] / v[0] x[0]", "juxtaposed-after-division", "`u[0] / (v[0] x[0])`"),
    ("r = mean[I](x[I] - y[I])^2", "power-of-reduction", "`mean[I]((x[I] - y[I])^2)`"),
    ("r[k] = sum[k](x[k])", "lowercase-in-reduction", "`sum[K](x[K])`"),
    ("r[i] = sum[K](x[i])", "index-not-carried", ""),
    ("r = sum[I](x[I] max[I](y[I]))", "index-named-again", "`I`"),
]


@pytest.mark.parametrize(("definition", "id", "words"), NO_GUESSING)
def test_no_guessing(definition: str, id: str, words: str) -> None:
    refused(INPUTS + definition, id, words)


BY_WORDS = ("left-index", "index-not-carried", "index-named-again", "lowercase-in-reduction")
MENDED = [definition for definition, id, words in NO_GUESSING if id not in BY_WORDS and words != "`J`"]


@pytest.mark.parametrize(
    "definition", [*MENDED, "r[i] = max[j](A[i,j])", "r = sum(x[I])", "r = 1 / v[I]^2", "r = abs(v[I])", "r = -(v[I])"]
)
def test_each_text_that_a_message_offers_is_a_program_in_place_of_the_right_side(definition: str) -> None:
    left = definition.partition(" = ")[0]
    (found,) = findings(INPUTS + definition)
    offered = [mend for mend in mends(found) if len(mend) > 2]
    assert offered and all(compiles(f"{INPUTS}{left} = {mend}") for mend in offered)


def test_the_text_offered_for_a_term_stands_in_its_place() -> None:
    (found,) = findings(INPUTS + "r[i,j] = A[i,j] - exp(Z[i,j]) / exp(Z[i,J]) + 1")
    assert mends(found)[0] == "exp(Z[i,j]) / sum[J](exp(Z[i,J]))"
    (found,) = findings(INPUTS + "r = 1 / 2 u[I] v[I]")
    assert "(1 / 2) u[I]" in mends(found) and compiles(INPUTS + "r = (1 / 2) u[I] v[I]")


def test_both_ways_out_of_a_power_of_a_reduction_are_offered() -> None:
    (found,) = findings(INPUTS + "r = mean[I](x[I] - y[I])^2")
    assert "`(mean[I](x[I] - y[I]))^2`" in said(found)
    (found,) = findings(INPUTS + "r = u[0] / v[0] x[0]")
    assert "`(u[0] / v[0]) x[0]`" in said(found)


FREE: list[tuple[str, str]] = [
    (
        "r = 1 if u[I] v[I] > 0 and not x[I] y[I] < 0 else 0",
        "1 if sum[I : n](u[I] v[I]) > 0 and not sum[I : n](x[I] y[I]) < 0 else 0",
    ),
    ("r = max(u[I] v[I], x[I] y[I])", "max(sum[I : n](u[I] v[I]), sum[I : n](x[I] y[I]))"),
    ("r = u[0] / (u[I] v[I])", "u[0] / (sum[I : n](u[I] v[I]))"),
    ("r = u[I] / v[I] / (x[0] + 1)", "sum[I : n](u[I] / v[I] / (x[0] + 1))"),
    ("r = --v[I]", "sum[I : n](--v[I])"),
    ("r = v[I]^2 if n > 3 else 0", "sum[I : n](v[I]^2) if n > 3 else 0"),
    ("r = 1[I] v[I] if n > 3 else 0", "sum[I : n](1[I] v[I]) if n > 3 else 0"),
    ("r = v[I] (u[0] + 1)", "sum[I : n](v[I] (u[0] + 1))"),
    ("r = δ[I,2] exp(v[I])", "sum[I : n](δ[I,2] exp(v[I]))"),
    ("r = v[I] u[J]", "sum[I : n, J : n](v[I] u[J])"),
    ("r = v[I] I", "sum[I : n](v[I] I)"),
    ("r = 0[I] v[I]", "sum[I : n](0[I] v[I])"),
    ("r = sum[J](v[J] softmax[J](u[J]))", "sum[J](v[J] softmax[J](u[J]))"),
    ("r[i] = softmax[i](x[i] softmax[i](y[i]))", "softmax[i](x[i] softmax[i](y[i]))"),
    ("fn e[K](z[K]) = z[K]^2\nr[i] = e[J](A[i,J]) v[J]", "sum[J : n](e[K](A[i,K]) v[J])"),
]


@pytest.mark.parametrize(("definition", "written"), FREE)
def test_what_is_looked_through_and_what_is_a_product_of_its_own(definition: str, written: str) -> None:
    assert read(definition) == written


# --- rule 5, and the rest -----------------------------------------------------------------------------------------------------


def test_lowercase_is_never_summed() -> None:
    same(computed("r[i] = u[i] v[i]"), d.u * d.v)
    same(computed("r[i] = A[i,i]"), np.diag(d.A))


def test_a_summed_term_without_an_index_of_the_left_side_gets_a_warning() -> None:
    with pytest.warns(UserWarning, match="carries no index of the left side"):
        same(computed("r[j] = X[I,j] / n + b[K]"), d.X.sum(0) / n + d.b.sum())
    assert warned("input X[n, m], b[m]\nr[j] = X[I,j] + b[j]\ns = b[K]") == []


def test_the_index_of_a_summation_is_local_to_it() -> None:
    same(computed("r = u[I] v[I] - x[I] y[I] + A[I,0]"), d.u @ d.v - d.x @ d.y + d.A[:, 0].sum())


def test_both_sides_of_a_solve_are_read_like_a_right_side() -> None:
    text = INPUTS + "solve s[j]: A[i,J] s[J] + u[K] v[K] = x[i] + A[i,J]\nr[j] = s[j]"
    same(value(text, **DATA), np.linalg.solve(d.A, d.x + d.A.sum(1) - d.u @ d.v))


def test_sums_are_decided_before_functions_are_expanded() -> None:
    same(computed("fn f(x) = 2 x\nr = f(u[I]) v[I]"), 2 * d.u @ d.v)
    assert findings(INPUTS + "fn f(a) = a a\nr = f(u[I])")[0].id == "index-not-summed"


def test_the_stage_of_sums_is_a_legal_program_with_ranges() -> None:
    text = "input X[b, k0]\nparam W[k0, k1], b[k1]\nZ[i,j] = X[i,K] W[K,j] + b[j]"
    assert sums(text).split("\n")[-1] == "Z[i,j] = sum[K : k0](X[i,K] W[K,j]) + b[j]"
    assert sums(sums(text)) == sums(text)
