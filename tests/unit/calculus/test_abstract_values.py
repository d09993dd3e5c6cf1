"""Derivatives of abstract programs are those of all they stand for: concrete functions put in before and after agree."""

from collections.abc import Callable

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.ir.exact import interpret_exact
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.ir.realise import realise
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify

NETWORK = """
input X[b, k], T[b, m] : int
param W[k, m], c[m]
fn σ[j](z[j])
fn τ(x)
fn g[j](z[j], a)
fn e[I](z[I], y[I])
Z[i,j] = X[i,K] W[K,j] + c[j]
H[i,j] = τ(σ[j](Z[i,j]) - 1)
Q[i,j] = g[j](2 H[i,j], Z[i,0])
E[i] = e[J](Q[i,J], H[i,J])
abstract R[p](E, W)
abstract S[p,q : 2](R, T)
abstract L(S, R)
"""

ASKED = {
    "gradient": "G[i,j] = ∂L/∂W[i,j]",
    "by a definition": "G[i,j] = ∂L/∂Z[i,j]",
    "Jacobian": "G[p,q,j] = ∂S[p,q]/∂c[j]",
    "Jacobian of a call": "G[i,j,q] = ∂Q[i,j]/∂Z[i,q]",
    "forward": "v[j] = c[j] + 1\nG[p,q] = ∂S[p,q]/∂c[J] v[J]",
    "backward": "v[p,q] = S[p,q] + 1\nG[i,j] = v[P,Q] ∂S[P,Q]/∂W[i,j]",
    "composition": "G[p,i,j] = ∂R[p]/∂E[I] ∂E[I]/∂Z[i,j]",
    "Hessian": "G[i,j] = ∂²L/∂c[i]∂c[j]",
    "Hessian product": "G[i] = ∂²L/∂c[i]∂c[J] c[J]",
    "mixed": "G[i,k,j] = ∂²L/∂W[i,k]∂c[j]",
    "trace": "G = ∂²L/∂c[I]∂c[I]",
    "third": "G[i] = ∂³L/∂c[I]∂c[I]∂c[i]",
}

ProgramOf = Callable[[str], Program]


def data(program: Program) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    sizes = {"b": 2, "k": 2, "m": 3}
    shapes = {t.name: [sizes[extent.size or ""] for extent in t.shape] for t in program.inputs}
    return {
        t.name: random.integers(0, 3, shapes[t.name]) if t.kind == "int" else random.standard_normal(shapes[t.name]) / 2
        for t in program.inputs
    }


@pytest.mark.parametrize("case", ASKED)
def test_concrete_before_and_after_agree(case: str, program_of: ProgramOf) -> None:
    program = program_of(f"{NETWORK}{ASKED[case]}\noutput G")
    derived = differentiate(program)
    verify(derived, "differentiation")
    given = data(program)
    wanted = interpret(differentiate(realise(program, 4)), given)["G"]
    for passes in (lambda p: p, simplify, optimise):
        found = interpret(realise(passes(derived), 4), given)["G"]
        assert np.allclose(found, wanted, rtol=1e-8, atol=1e-10)
    assert np.abs(wanted).max() > 1e-6


@pytest.mark.parametrize("case", ["gradient", "Jacobian", "forward", "Hessian"])
def test_they_agree_exactly_modulo_a_prime(case: str, program_of: ProgramOf) -> None:
    program = program_of(f"{NETWORK}{ASKED[case]}\noutput G")
    given = {name: np.round(array * 4).astype(int) for name, array in data(program).items()}
    wanted = interpret_exact(differentiate(realise(program, 7, rational=True)), given)["G"]
    assert (interpret_exact(realise(simplify(differentiate(program)), 7, rational=True), given)["G"] == wanted).all()
