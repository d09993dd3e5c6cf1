"""Derivatives of what is abstract stay as they stand and chain on; their text derives again to itself."""

from collections.abc import Callable

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.codegen.ein import emit
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.ir.realise import realise
from einlang.ir.verify import verify
from einlang.optimize import simplify

ProgramOf = Callable[[str], Program]

FORMULAS = {
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
    "of an expression": (
        "fn σ[j](z[j])\nX'[i,j] = σ[j](2 Z[i,j])\nabstract L(X')",
        "g[i,j] = ∂L/∂Z[i,j]",
        "2 ∂L/∂X'[i,B] ∂X'[i,B]/∂σ_z[i,j]",
    ),
    "of two arguments that depend on one tensor": (
        "fn f[j](z[j], a[j])\ny[i,j] = f[j](Z[i,j], 2 Z[i,j])",
        "g[i,j,k] = ∂y[i,j]/∂Z[i,k]",
        "∂y[i,j]/∂f_z[i,k] + 2 ∂y[i,j]/∂f_a[i,k]",
    ),
    "on a diagonal": (
        "input Z[n, n]\nfn σ[j](z[j])\ny[i] = σ[J](Z[i,J]) δ[J,i]",
        "g[i,k] = ∂y[i]/∂Z[i,k]",
        "∂σ_value[i,i]/∂Z[i,k]",
    ),
    "along two indices": (
        "fn h[i,j](z[i,j])\nY[i,j] = h[i,j](Z[i,j])\nL = Y[I,J]^2",
        "g[i,j] = ∂L/∂Z[i,j]",
        "2 Y[A,B] ∂Y[A,B]/∂Z[i,j]",
    ),
    "fourth": (
        "abstract L(Z)",
        "g[a,b,c,d] = ∂(∂³L/∂Z[a,b]∂Z[c,d]∂Z[a,a])/∂Z[b,b]",
        "∂(∂³L/∂Z[a,b]∂Z[c,d]∂Z[a,a])/∂Z[b,b]",
    ),
    "second of a composition": (
        "input Z[n]\nabstract T[p](Z)\nabstract L(T)",
        "g[a,b] = ∂²L/∂Z[a]∂Z[b]",
        "d2L_dT_dZ[A,b] ∂T[A]/∂Z[a] + ∂L/∂T[A] ∂²T[A]/∂Z[a]∂Z[b]",
    ),
    "vector of vector": (
        "input X[n]\nabstract Z[k](Y)\nabstract Y[m](X)",
        "g[k,i] = ∂Z[k]/∂X[i]",
        "∂Z[k]/∂Y[A] ∂Y[A]/∂X[i]",
    ),
    "any ranks": (
        "input X[n, m, l]\nabstract Z[a, b](Y)\nabstract Y[c, d](X)",
        "g[a,b,i,j,k] = ∂Z[a,b]/∂X[i,j,k]",
        "∂Z[a,b]/∂Y[A,B] ∂Y[A,B]/∂X[i,j,k]",
    ),
    "written as a chain": (
        "input X[n]\nabstract Z[k](Y)\nabstract Y[m](X)",
        "g[k,i] = ∂Z[k]/∂Y[J] ∂Y[J]/∂X[i]",
        "∂Z[k]/∂Y[J] ∂Y[J]/∂X[i]",
    ),
    "second derivative": ("abstract L(Y)", "g[i,j] = ∂²L/∂Y[i]∂Y[j]", "∂²L/∂Y[i]∂Y[j]"),
    "third derivative": ("abstract L(Y)", "g[i,j,k] = ∂³L/∂Y[i]∂Y[j]∂Y[k]", "∂³L/∂Y[i]∂Y[j]∂Y[k]"),
    "Jacobian of a call": ("fn s[j](z[j])\nY[i,j] = s[j](Z[i,j])", "g[i,j,k] = ∂Y[i,j]/∂Z[i,k]", "∂Y[i,j]/∂Z[i,k]"),
    "whole Jacobian of a call": (
        "fn s[j](z[j])\nY[i,j] = s[j](Z[i,j])",
        "g[i,j,p,q] = ∂Y[i,j]/∂Z[p,q]",
        "δ[i,p] ∂Y[i,j]/∂Z[i,q]",
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


@pytest.mark.parametrize("case", FORMULAS)
def test_a_derivative_is_the_articles(case: str, program_of: ProgramOf) -> None:
    source, asked, formula = FORMULAS[case]
    text = derived(f"{source}\n{asked}\noutput g", program_of)
    assert f"{asked.partition(' = ')[0]} = {formula}\n" in text


@pytest.mark.parametrize("case", FORMULAS)
def test_the_text_of_a_derivative_derives_again_to_itself(case: str, program_of: ProgramOf) -> None:
    source, asked, _ = FORMULAS[case]
    once = derived(f"{source}\n{asked}\noutput g", program_of)
    again = derived(once, program_of)
    assert derived(again, program_of) == again
    first, second = (realise(differentiate(program_of(text)), 3) for text in (f"{source}\n{asked}\noutput g", again))
    sizes = dict.fromkeys(extent for tensor in second.inputs for extent in tensor.shape)
    lengths = {extent: 2 + place for place, extent in enumerate(sizes)}
    random = np.random.default_rng(1)
    given = {tensor.name: random.standard_normal([lengths[extent] for extent in tensor.shape]) for tensor in second.inputs}
    assert np.allclose(interpret(first, given)["g"], interpret(second, given)["g"])


def test_an_abstract_tensor_stays_where_its_size_is_spoken_of(program_of: ProgramOf) -> None:
    text = derived("input Y[n]\nabstract V[q](Y)\nL = V[I]^2\nh[i,j] = ∂²L/∂V[i]∂V[j]\noutput h", program_of)
    assert "abstract V[q](Y)\nh[i : size(V, 0), j : size(V, 0)] = 2 δ[i,j]\n" in text
    assert derived(text, program_of) == text
