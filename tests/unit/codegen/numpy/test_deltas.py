"""δ under sums: gathers and scatters, never comparisons; what no position reaches is 0, and hides NaN."""

import numpy as np
import pytest
from unit.codegen.numpy.running import check

from einlang.codegen.numpy import emit
from einlang.ir.build import access, add, delta, mul, number, total
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Expr, Index, Tensor
from einlang.ir.program import Program

N, M, K = sized("n"), sized("m"), sized("k")
T = Tensor("t", (N,), "int", "input", None)
TT = Tensor("tt", (N, K), "int", "input", None)
X = Tensor("x", (N, K), "float", "input", None)
W = Tensor("W", (M, K), "float", "input", None)
U = Tensor("u", (N,), "float", "input", None)


def sums() -> dict[str, tuple[tuple[Index, ...], Expr, str]]:
    """Definitions' indices and bodies, and what their text calls."""
    e, f, v, j, w = Index("e", N), Index("f", K), Index("v", M), Index("j", K), Index("w", M)
    at, both = access(T, [e]), access(TT, [e, f])
    return {
        "rows": ((v, j), total([e], mul(access(X, [e, j]), delta(v, at))), "_scatter_add"),
        "counts": ((v,), total([e], delta(v, at)), "_scatter_add"),
        "positions of two indices": ((v,), total([e, f], mul(access(X, [e, f]), delta(both, v))), "_scatter_add"),
        "by column": ((v, f), total([e], mul(access(X, [e, f]), access(U, [e]), delta(v, both))), "_scatter_add"),
        "what it goes to takes part": ((v, j), total([e], mul(access(W, [v, j]), access(U, [e]), delta(v, at))), "_scatter_add"),
        "summed before": ((v,), total([e, j], mul(number(-2), access(X, [e, j]), access(U, [e]), delta(v, at))), "_scatter_add"),
        "shifted": ((v,), total([e], mul(access(U, [e]), delta(v, add(e, number(1))))), "_scatter_add"),
        "gathered": ((e, j), total([v], mul(access(W, [v, j]), delta(v, at))), "_gather"),
        "gathered and summed": ((e,), total([v, j], mul(access(W, [v, j]), access(X, [e, j]), delta(at, v))), "_gather"),
        "renamed": ((v,), total([w, j], mul(access(W, [w, j]), delta(v, w))), "W.sum(axis=1)"),
        "no sum": ((v, e), mul(access(U, [e]), delta(v, at)), "np.where"),
        "two": ((v, j), total([e, f], mul(access(X, [e, f]), delta(v, at), delta(f, j))), "_scatter_add"),
        "number": ((v, w), mul(delta(v, w), number(3)), "np.where"),
    }


@pytest.mark.parametrize("name", sums())
@pytest.mark.parametrize("lengths", [(5, 4, 3), (1, 1, 1), (0, 2, 2), (4, 0, 2), (4, 3, 0)])
@pytest.mark.parametrize("special", [1.0, np.nan])
def test_a_delta_agrees_with_the_oracle(name: str, lengths: tuple[int, int, int], special: float) -> None:
    free, body, called = sums()[name]
    tensor = Tensor("y", tuple(index.extent for index in free), "float", "definition", None)
    program = Program("p", (T, TT, X, W, U), (Definition(tensor, free, body),), (tensor,))
    assert called in emit(program)
    random, (n, m, k) = np.random.default_rng(6), lengths
    arrays = {"x": random.random((n, k)), "W": random.random((m, k)), "u": random.random(n)}
    arrays |= {"t": random.integers(-1, m + 1, n), "tt": random.integers(-1, m + 1, (n, k))}
    for array in (arrays["x"], arrays["W"]):
        array[..., -1:] *= special
    check(program, arrays)
