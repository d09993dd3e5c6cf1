"""Formulas as they are written: canonical programs come out of the tensor IR as they went in, with sums unsaid."""

import pytest
from property.stages import analysed

from einlang.codegen.ein import emit
from einlang.ir.text import definition_text

DECLARED = """\
input A[n, m], B[m, k], C[n, m], Q[n, n], u[n], v[n], w[m], x[n], t[n] : int
param a, b
"""

LINES = """
f[i,k] = A[i,J] B[J,k]
f[k,i] = A[i,J] B[J,k]
f = u[I] v[I]
f = x[I] Q[I,J] x[J]
f = u[I]^2
f = u[I]^2 v[I]
f = (A[I,J] - C[I,J])^2
f[i] = (A[i,J] + u[i]) w[J]
f = -u[I] v[I]
f = 2 u[I] v[I]
f = -0.5 u[I] v[I]
f = a - u[I] v[I]
f = a + 2 u[I] v[I] - b
f = (1/3) u[I] v[I]
f = a (u[I] v[I])
f = (u[I] v[I]) / a
f = u[I] v[I] / a
f = (u[I] v[I])^2
f = exp(u[I] v[I])
f = exp(-u[I] v[I])
f = u[I] / v[I]
f = sum[I](1 / (u[I] v[I]))
f[i] = 1 / x[i] + a / (b x[i]) + a / b / x[i] + a / b · x[i]
f = u[I]
f = u[I] / a + 2 u[I] v[I]
f[i] = 1[J] A[i,J] / a
f[j] = 1[I] A[I,j] + w[j]
f = sum[I](exp(u[I]))
f = exp(sum[I](u[I]))
f = a sum[I](u[I])
f = -sum[I](u[I])
f = Q[I,I]
f = u[I] exp(v[I])
f = sum[I](u[I] exp(u[I] v[I]))
f[i] = exp(u[i]) / sum[I](exp(u[I]))
f[i,k] = max[J](A[i,J] B[J,k])
f[i] = max[J](A[i,J]) + prod[J](A[i,J] w[J])
f = mean[I](u[I])
f = mean[I,J]((A[I,J] - C[I,J])^2)
f = mean[I](u[I]) v[J] x[J]
f[i,j] = softmax[j](A[i,j])
f = -A[I,J] log_softmax[J](C[I,J])
f[i,j] = log_softmax[j](A[i,j])
f[i,j] = softmax[j](A[i,j] / 2 + w[j])
f[i] = argmax[J](A[i,J])
f[i] = t[i] / 2
f[i] = t[i]
f[i,j] = δ[i,j] u[i]
f[i : n, j : n] = δ[i,j]
f[i] = δ[i,J] u[J]
f[i : n, j] = w[j]
f[i : n - 1] = a i
f[i] = sum[J : n - 1](J u[i])
f[i,j] = Q[i,j] if j ≤ i else -inf
f[i] = (u[i] if u[i] > 0 and not v[i] > 0 or i == 2 else x[i]) v[i]
f[i] = relu(u[i]) + max(u[i], v[i]) + clip(u[i], 0, 1)
f[i] = sqrt(u[i]) + u[i]^0.5 + u[i]^(1/3) + u[i]^-1 + 2^u[i] + (-u[i])^2 - u[i]^2
f[i] = stop(u[i]) v[i] + pi u[i]
f[i] = n u[i] + 2 m u[i]
f[n] = size(A, 0) u[n]
f[i,j] = [[a, -b], [b, a]][i,j]
f[i] = [a, 1/6, 1e-9][i]
f[i] = u[i] ([a, b][J] [b, a][J])
f = ∂a/∂b + ∂a/∂u[I]
f[i,j] = ∂(u[I] Q[I,J] u[J])/∂u[i] v[j]
f[i,j] = ∂²(u[I]^2)/∂u[i]∂u[j]
f = ∂²(u[I]^3)/∂u[J]∂u[J]
f = 1000000 a + 1e20 b + 0.1 + 0.000125 - 1.5e-7
f = u[I] v[I] + u[I] x[I]
f = (a + sum[I](u[I])) - u[I] v[I]
f[j] = A[0,j] + Q[1,1]
f = sum[I,J]([-u[I], a][J] [a, b][J])
f = [a, b][J]
f[i,j] = δ[i,0] A[i,j]
f = u[I] v[I] - a (u[I] x[I]) + exp(v[I] x[I])
""".strip().splitlines()


def written(line: str) -> str:
    return emit(analysed(f"{DECLARED}\n{line}\n\noutput f\n"))


@pytest.mark.parametrize("line", LINES)
def test_a_canonical_line_comes_back(line: str) -> None:
    expected = f"{DECLARED}\n{line}\n\noutput f\n"
    if "clip" in line:
        expected = expected.replace("clip(u[i], 0, 1)", "min(max(u[i], 0), 1)")
    assert written(line) == expected


@pytest.mark.parametrize("line", LINES)
def test_what_is_written_reads_back_as_the_same_trees(line: str) -> None:
    before = analysed(f"{DECLARED}\n{line}\noutput f")
    after = analysed(emit(before))
    assert [definition_text(d) for d in after.definitions] == [definition_text(d) for d in before.definitions]


def test_the_sizes_of_a_sketch_get_names() -> None:
    text = emit(analysed("f = x[I] A[I,J] n[J]"))
    assert text == "input x[m], A[m, k], n[k]\n\nf = x[I] A[I,J] n[J]\n\noutput f\n"


def test_what_is_declared_comes_first() -> None:
    text = "size h = 4\ninput X[b, h], y[b] : int\nparam W[2 · h, h+1]\ninput c\nassume sum[J](X[i,J]) = 1\n\n"
    text += "f[i] = X[i,J] / b + c\ncheck f[i] = f[i] + 0\n\noutput f\n"
    assert emit(analysed(text)) == text.replace("X[i,J] / b + c", "1[J] X[i,J] / b + c")


def test_ascii() -> None:
    assert "delta[i,j]" in emit(analysed("input x[n]\nf[i,j] = δ[i,j] x[i]"), ascii=True)


@pytest.mark.parametrize(
    ("nested", "expected"),
    [
        ("(u[i] if i > 1 else 0) if i < n - 1 else 0", "u[i] if i < n - 1 and i > 1 else 0"),
        ("(u[i] if u[i] > 0 or v[i] > 0 else a) if x[i] > 0 else a", "u[i] if x[i] > 0 and (u[i] > 0 or v[i] > 0) else a"),
        ("(u[i] if u[i] > 0 else 0) if i > 1 else 0", "(u[i] if u[i] > 0 else 0) if i > 1 else 0"),
        ("(v[i] if u[i-1] > 0 else 0) if i > 0 else 0", "(v[i] if u[i-1] > 0 else 0) if i > 0 else 0"),
        ("(u[i] if i > 1 else 1) if i < n - 1 else 0", "(u[i] if i > 1 else 1) if i < n - 1 else 0"),
    ],
)
def test_conditions_that_nest_are_written_as_one_where_that_is_the_same(nested: str, expected: str) -> None:
    assert f"f[i : n] = {expected}\n" in written(f"f[i : n] = {nested}").replace("f[i] =", "f[i : n] =")
