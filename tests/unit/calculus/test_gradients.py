"""Gradients against central differences, by the oracle, as differentiated, as simplified and as made ready for code."""

import numpy as np
import pytest

from einlang.calculus import differentiate, gradient
from einlang.ir.interpret import interpret
from einlang.ir.operators import OPERATORS
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify

LENGTHS = {"n": 4, "m": 3, "k": 2}
DECLARED = "input x[n], y[n], z[n], u[m], A[n, m], B[m, k], C[n, n], T[n, m, k], t\n"


def arrays_for(program, seed=0, low=-1.0, high=1.0, lengths=LENGTHS):
    random = np.random.default_rng(seed)
    return {t.name: random.uniform(low, high, [extent.evaluate(lengths) for extent in t.shape]) for t in program.inputs}


def assert_gradients(program, arrays, central_difference, output="L"):
    names = [tensor.name for tensor in program.inputs]
    derived = gradient(program, output, names)
    plain = differentiate(program)
    expected = {name: central_difference(plain, arrays, output, name) for name in names}
    for made in (derived, simplify(derived), optimise(derived)):
        verify(made, "test", strict=True)
        values = interpret(made, arrays)
        for name, tensor in zip(names, made.outputs[len(program.outputs) :], strict=True):
            np.testing.assert_allclose(values[tensor.name], expected[name], rtol=1e-5, atol=1e-7, err_msg=name)


UNARY = [row.name for row in OPERATORS.values() if row.arity == 1 and row.points and row.name != "sign"]


@pytest.mark.parametrize("name", UNARY)
def test_operator(name, program_of, central_difference) -> None:
    """At the points of its row, inside of a product and outside of a sum, so that value and derivative are both used."""
    points = [point for (point,) in OPERATORS[name].points]
    program = program_of(f"input x[n], y[n]\nL = sum[I]({name}(x[I]) y[I]) + sum[I]({name}(x[I] y[I])^2)")
    assert_gradients(program, {"x": np.array(points), "y": np.ones(len(points))}, central_difference)


STRUCTURES = [
    "L = max(x[I], y[I]) z[I] + sum[I](min(x[I], y[I]))",
    "L = sum[I](x[I]^3 + 2^x[I] + (2 + x[I])^y[I])",
    "L = sum[I](x[I] / (2 + y[I]) + (x[I] / (2 + z[I])) / (3 + y[I]))",
    "L = sum[I](x[I] if y[I] > 0 else x[I]^2 if z[I] > 0 else exp(x[I]))",
    "P[i,j] = [[x[i], y[i]], [x[i]^2, z[i]]][j,j]\nL = P[I,J]^2",
    "L = A[I,J] B[J,K] x[I]",
    "M[i,k] = A[i,J] B[J,k]\nL = M[I,K]^2 / size(x, 0)",
    "L = tanh(x[I] A[I,J] u[J]) + x[I]^2",
    "s[i] = A[i,J] u[J]\nL = exp(s[I] s[I] / 10) + s[I] x[I]",
    "L = logsumexp[I,J](A[I,J] + x[I]) + sum[I]((logsumexp[J](A[I,J]))^2)",
    "P[i,j] = softmax[j](A[i,j])\nL = P[I,J]^2 + P[I,J] A[I,J]",
    "P[i,j] = softmax[i](A[i,j] u[j])\nL = -A[I,J] log(P[I,J])",
    "L = A[I,J] log_softmax[J](A[I,J] u[J])",
    "L = prod[I](x[I] + 2) + sum[J](prod[I](A[I,J] + x[I]))",
    "L = prod[I,J](1 + A[I,J] / 3)",
    "L = max[I](x[I] y[I]) + sum[I]((max[J](A[I,J]))^2) + min[I,J](A[I,J] u[J])",
    "L = mean[I]((x[I] - mean[J](x[J]))^2)",
    "v = mean[I]((x[I] - mean[J](x[J]))^2)\nN[i] = (x[i] - mean[J](x[J])) / sqrt(v + 0.01)\nL = N[I] y[I]^2",
    "L = C[I,I]^2 + C[I,J] C[J,I] + C[I,J] x[J] x[I]",
    "d[i] = C[i,i]\nL = sum[I](sin(d[I]))",
    "D[i : n, j : n] = x[j]\nL = D[I,J]^2 + C[I,J] D[J,I]",
    "L = T[I,J,K] A[I,J] B[J,K] x[I] u[J]",
    "L = sqrt(x[I]^2 + y[I]^2 + 0.1) + abs(t) x[I]^2",
    "L = stop(x[I]) x[I] - stop(x[I]) x[I] + y[I]^2",
    "L = relu(x[I] - 0.1)^2 + sum[I](gelu(y[I]) + silu(z[I])) + sum[I](clip(x[I], -0.5, 0.5))",
    "L = δ[I,J] C[I,J]^2 + sum[I,J](δ[I,J] exp(C[I,J]))",
    "L = (x[I] y[I]) (y[J] z[J]) (x[K] z[K]) (t + 1) (x[M]^2 + 1)",
    "L = sum[I](x[I] y[I] z[I] (x[I] + y[I]) (y[I] + z[I]) (x[I] + 2) (y[I] - 2))",
    "L = A[I,J] A[K,J] A[K,M] A[P,M] A[P,Q] u[Q] x[I]",
    "fn cube(a) = a a a\nL = sum[I](cube(cube(x[I])) + cube(x[I] + y[I]))",
]


@pytest.mark.parametrize("text", STRUCTURES)
def test_structure(text, program_of, central_difference) -> None:
    program = program_of(DECLARED + text)
    assert_gradients(program, arrays_for(program), central_difference)
