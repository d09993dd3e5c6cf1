"""Section 11 of the language reference: the article's formulas go in on the left, and come out as its right column has them."""

import re
from pathlib import Path

import pytest

import einlang

LAYER = "input X[n, d]\nparam W[d, k], b[k]\nZ[i,j] = X[i,K] W[K,j] + b[j]\n"
LOSS = "abstract L(X')"
ENTROPY = """
input Z[n, k], Y[n, k]
assume sum[J](Y[i,J]) = 1
P[i,j] = softmax[j](Z[i,j])
L = -Y[I,J] log(P[I,J]) / n
"""

ROWS: list[tuple[str, str, str, str]] = [
    (LAYER, "Z", "X", "∂Z[i,j]/∂X[p,q] = δ[i,p] W[q,j]"),
    (LAYER, "Z", "W", "∂Z[i,j]/∂W[p,q] = X[i,p] δ[j,q]"),
    (LAYER, "Z", "b", "∂Z[i,j]/∂b[p] = δ[j,p]"),
    (LAYER + "abstract L(Z)", "L", "W", "∂L/∂W[i,j] = X[A,i] ∂L/∂Z[A,j]"),
    (LAYER + "abstract L(Z)", "L", "b", "∂L/∂b[j] = 1[A] ∂L/∂Z[A,j]"),
    (LAYER + "abstract L(Z)", "L", "X", "∂L/∂X[i,j] = ∂L/∂Z[i,B] W[j,B]"),
    (f"fn σ[j](z[j])\ninput Z[n, k]\nX'[i,j] = σ[j](Z[i,j])\n{LOSS}", "L", "Z", "∂L/∂Z[i,j] = ∂L/∂X'[i,B] ∂X'[i,B]/∂Z[i,j]"),
    (f"fn σ(z)\ninput Z[n, k]\nX'[i,j] = σ(Z[i,j])\n{LOSS}", "L", "Z", "∂L/∂Z[i,j] = ∂L/∂X'[i,j] σ'(Z[i,j])"),
    ("input X[l]\nabstract Y[m](X)\nabstract Z[p](Y)", "Z", "X", "∂Z[p]/∂X[i] = ∂Z[p]/∂Y[J] ∂Y[J]/∂X[i]"),
    ("input X[l, m]\nabstract Y[m](X)\nabstract Z[p,q](Y)", "Z", "X", "∂Z[p,q]/∂X[i,j] = ∂Z[p,q]/∂Y[J] ∂Y[J]/∂X[i,j]"),
    ("input X\nabstract Y[a,b,c](X)\nabstract Z(Y)", "Z", "X", "∂Z/∂X = ∂Z/∂Y[I,J,K] ∂Y[I,J,K]/∂X"),
    ("input x\nabstract W[i,j](x)\nabstract f(W)", "f", "x", "∂f/∂x = ∂f/∂W[I,J] ∂W[I,J]/∂x"),
    (ENTROPY, "L", "Z", "∂L/∂Z[i,j] = (P[i,j] - Y[i,j]) / n"),
    (ENTROPY, "P", "Z", "∂P[i,j]/∂Z[p,q] = P[i,j] δ[i,p] (δ[j,q] - P[i,q])"),
]


def numbered(equation: str) -> str:
    """An equation with its indices named in the order in which they stand."""
    names: dict[str, str] = {}

    def name(index: re.Match[str]) -> str:
        return names.setdefault(index[0], f"{'S' if index[0].isupper() else 'f'}{len(names)}")

    return re.sub(r"\[[^]]*\]", lambda brackets: re.sub(r"[A-Za-z]", name, brackets[0]), equation)


@pytest.mark.parametrize(("text", "output", "by", "equation"), ROWS, ids=[row[3] for row in ROWS])
def test_a_row_of_the_table(text: str, output: str, by: str, equation: str) -> None:
    derivation = einlang.compile(text, backend="numpy").derivation(output, by)
    assert numbered(derivation.text(steps=False).strip().split("\n")[-1]) == numbered(equation)
    assert derivation.is_checked


def test_every_row_is_a_golden_file() -> None:
    folder = Path(__file__).parents[1] / "golden" / "derive"
    written = "\n".join(numbered(line) for path in sorted(folder.glob("*.md")) for line in path.read_text().split("\n"))
    missing = [equation for *_, equation in ROWS if numbered(equation) not in written]
    assert missing == [equation for *_, equation in ROWS if equation.startswith(("∂Z[p]/", "∂Z/"))], "of other ranks alone"
