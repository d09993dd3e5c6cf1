"""Abstract things made concrete: the same for the same seed, different for another, and derivatives are those of the values."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.exact import interpret_exact
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Abstract
from einlang.ir.program import Program
from einlang.ir.realise import realise
from einlang.ir.verify import verify
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse
from einlang.tree import walk

PROGRAM = """
input X[n, m]
fn σ(x)
fn f(x, y)
fn s[j](z[j], a)
fn E[I](z[I])
Y[i,j] = σ(X[i,j])
S[i,j] = s[j](Y[i,j], X[i,0])
e[i] = E[J](X[i,J])
abstract Z[p](S, X)
abstract L(Z, e)
G[i,j] = ∂L/∂X[i,j]
g = f(L, X[0,0])
H[i,j] = ∂g/∂X[i,j]
D[i,j] = ∂(G[I,J] G[I,J])/∂X[i,j]
output Z, L, g, G, H, D
"""


def program_of(text: str) -> Program:
    report = Report()
    program = analyse(parse(Source("test.ein", text), report, lambda path, span: None), report, name="test")
    assert program is not None and not report.has_errors, report.diagnostics
    return program


def arrays(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) / 4


def test_nothing_abstract_is_left_and_sizes_are_given() -> None:
    program = realise(differentiate(program_of(PROGRAM)), 1)
    verify(program, "realisation")
    assert not any(isinstance(node, Abstract) for d in program.definitions for node in walk(d.body))
    assert interpret(program, {"X": arrays((2, 3))})["Z"].shape == (dict(program.sizes)["size(Z, 0)"],)


def test_the_seed_alone_decides() -> None:
    program = program_of(PROGRAM.partition("G[")[0] + "output Z, L")
    values = [float(interpret(realise(program, seed), {"X": arrays((2, 3))})["L"]) for seed in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_taken_before_are_those_of_the_values(seed: int) -> None:
    program = program_of(PROGRAM)
    before, after = realise(differentiate(program), seed), differentiate(realise(program, seed))
    given = {"X": arrays((2, 3), seed)}
    one, other = interpret(before, given), interpret(after, given)
    for name in ("L", "g", "G", "H", "D"):
        assert np.allclose(one[name], other[name], rtol=1e-9), name
        assert np.abs(other[name]).max() > 0


@pytest.mark.parametrize("seed", range(3))
def test_rational_ones_are_exact_modulo_a_prime(seed: int) -> None:
    program = program_of(PROGRAM)
    before = realise(differentiate(program), seed, rational=True)
    after = differentiate(realise(program, seed, rational=True))
    given = {"X": np.arange(6).reshape(2, 3) + seed}
    one, other = interpret_exact(before, given), interpret_exact(after, given)
    assert all((one[name] == other[name]).all() for name in ("L", "g", "G", "H", "D"))


@pytest.mark.parametrize("rational", [False, True])
def test_a_derivative_is_the_limit_of_differences(rational: bool) -> None:
    program = realise(
        differentiate(program_of("input x\nfn f(x, y)\nabstract L(x)\ny = f(x, L)\ng = ∂y/∂x")), 1, rational=rational
    )
    step = 1e-6
    above, below = (float(interpret(program, {"x": 0.3 + s})["y"]) for s in (step, -step))
    assert abs((above - below) / (2 * step) - float(interpret(program, {"x": 0.3})["g"])) < 1e-7
