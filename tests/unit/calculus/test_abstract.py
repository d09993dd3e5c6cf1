"""Derivatives of what is abstract stay as they stand and chain on; their text derives again to itself."""

from collections.abc import Callable

import pytest

from einlang.calculus import differentiate
from einlang.codegen.ein import emit
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize import simplify

ProgramOf = Callable[[str], Program]

SCALARS = {
    "by the weights": ("Z[i,j] = X[i,K] W[K,j] + b[j]\nabstract L(Z)", "g[i,j] = ∂L/∂W[i,j]", "X[A,i] ∂L/∂Z[A,j]"),
    "by the bias": ("Z[i,j] = X[i,K] W[K,j] + b[j]\nabstract L(Z)", "g[j] = ∂L/∂b[j]", "1[A] ∂L/∂Z[A,j]"),
    "by the input": ("Z[i,j] = X[i,K] W[K,j] + b[j]\nabstract L(Z)", "g[i,j] = ∂L/∂X[i,j]", "∂L/∂Z[i,B] W[j,B]"),
    "σ elementwise": ("fn σ(x)\nX'[i,j] = σ(Z[i,j])\nabstract L(X')", "g[i,j] = ∂L/∂Z[i,j]", "∂L/∂X'[i,j] σ'(Z[i,j])"),
    "σ along j": ("fn σ[j](z[j])\nX'[i,j] = σ[j](Z[i,j])\nabstract L(X')", "g[i,j] = ∂L/∂Z[i,j]", "∂L/∂X'[i,B] ∂X'[i,B]/∂Z[i,j]"),
    "a chain": ("abstract f(W)\nabstract W[i,j](x)", "g = ∂f/∂x", "∂f/∂W[A,B] ∂W[A,B]/∂x"),
    "several arguments": ("fn f(x, y)\nL = sum[I](f(u[I], v[I]))", "g[i] = ∂L/∂v[i]", "f'2(u[i], v[i])"),
    "twice": ("fn f(x, y)\nL = f(x, y)", "g = ∂²L/∂x∂y", "f'1'2(x, y)"),
    "thrice": ("fn σ(x)\nL = σ(x)", "g = ∂³L/∂x∂x∂x", "σ'''(x)"),
    "more than one way": (
        "abstract L(Z, W)\nZ[i] = W[i]^2",
        "g[i] = ∂L/∂W[i]",
        "∂L/∂W_L[i] + 2 W[i] ∂L/∂Z[i]",
    ),
    "a function that uses its index up": (
        "fn E[I](z[I])\ny[i] = E[J](Z[i,J])\nL = y[I]^2",
        "g[i,j] = ∂L/∂Z[i,j]",
        "2 y[i] ∂y[i]/∂Z[i,j]",
    ),
}


def derived(source: str, program_of: ProgramOf) -> str:
    program = differentiate(program_of(source))
    verify(program, "differentiation")
    simplified = simplify(program)
    verify(simplified, "simplification")
    return emit(simplified)


@pytest.mark.parametrize("case", SCALARS)
def test_a_derivative_of_a_scalar_is_the_articles(case: str, program_of: ProgramOf) -> None:
    source, asked, formula = SCALARS[case]
    text = derived(f"{source}\n{asked}\noutput g", program_of)
    assert f"{asked.partition(' = ')[0]} = {formula}\n" in text
