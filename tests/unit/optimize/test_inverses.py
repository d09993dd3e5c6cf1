"""Inverses that are only multiplied: which become systems, with which matrix, and that the values are those of the oracle."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Solve
from einlang.optimize import optimise
from einlang.tree import walk

SYSTEM = "input A[n, n], v[n], M[b, n, n], u[b, n], T[n, n, n, n], V[n, n]\nparam c\n"
CASES = {
    "gradient": ("solve s[i]: A[i,J] s[J] = v[i]\nL = sum[I](tanh(s[I]))\ng[i] = ∂L/∂v[i]", 0),
    "gradient by the matrix": ("solve s[i]: A[i,J] s[J] = v[i]\nL = sum[I](tanh(s[I]))\ng[i,j] = ∂L/∂A[i,j]", 0),
    "batch": ("solve s[p,i]: M[p,i,J] s[p,J] = u[p,i]\nL = sum[P,I](tanh(s[P,I]))\ng[p,i,j] = ∂L/∂M[p,i,j]", 0),
    "two axes": ("solve s[i,j]: T[i,j,K,M] s[K,M] = V[i,j]\nL = sum[I,J](tanh(s[I,J]))\ng[i,j] = ∂L/∂V[i,j]", 0),
    "tangent": ("solve s[i]: A[i,J] s[J] + c * s[i] = v[i]\ng[i] = ∂s[i]/∂c", 0),
    "written out": ("solve B[i,j]: A[i,K] B[K,j] = δ[i,j]\ng[i] = B[i,J] v[J] + 2 * v[J] B[J,i]", 0),
    "asked for": ("solve B[i,j]: A[i,K] B[K,j] = δ[i,j]\ng[i] = B[i,J] v[J]\noutput g, B", 1),
    "the whole of it": ("g[i,j] = ∂(logdet[I,J](A[I,J]))/∂A[i,j]", 1),
    "a matrix beside it": ("solve B[i,j]: A[i,K] B[K,j] = δ[i,j]\ng[i,j] = B[i,K] V[K,j]", 1),
    "more than a few vectors": (
        "solve B[i,j]: A[i,K] B[K,j] = δ[i,j]\n"
        "g[i] = B[i,J] v[J] + exp(B[i,J] exp(v[J])) + sin(B[i,J] sin(v[J])) + cos(B[i,J] cos(v[J]))",
        1,
    ),
}


@pytest.mark.parametrize(("text", "inverses"), CASES.values(), ids=CASES)
def test_inverses_are_formed_only_where_they_are_needed(text: str, inverses: int, program_of) -> None:
    stated = differentiate(program_of(SYSTEM + text + ("" if "output" in text else "\noutput g")))
    program = optimise(stated)
    systems = [d for d in program.definitions if isinstance(d.body, Solve)]
    formed = [d for d in systems if any(type(node).__name__ == "Delta" for node in walk(d.body.right))]
    assert len(formed) == inverses
    rng = np.random.default_rng(1)
    lengths = {"n": 3, "b": 2}
    data = {t.name: rng.normal(size=[extent.evaluate(lengths) for extent in t.shape]) for t in stated.inputs}
    np.testing.assert_allclose(interpret(program, data)["g"], interpret(stated, data)["g"], rtol=1e-9, atol=1e-11)
