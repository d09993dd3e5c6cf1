"""Derivatives under sums are worked out without the whole of them, and what they cost is counted."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Derivative
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.ir.work import volume
from einlang.optimize import optimise, simplify
from einlang.plan import plan
from einlang.plan.counts import plan_counts
from einlang.tree import walk

PROGRAM = """
input x[n], A[m,n], B[k,m], s
input u[n], v[k], w[m], M[r,k], N[n,r], t
y[i] = sin(A[i,J] x[J]) + s A[i,J] x[J]^2
z[i] = exp(B[i,J] y[J] / 4) + s^2
L = z[I]^2 y[J]^2
Zx[i,p] = ∂z[i]/∂x[p]
Zy[i,p] = ∂z[i]/∂y[p]
Yx[i,p] = ∂y[i]/∂x[p]
Ys[i] = ∂y[i]/∂s
Zs[i] = ∂z[i]/∂s
g[p] = ∂L/∂x[p]
h = ∂L/∂s
H[p,q] = ∂²L/∂x[p]∂x[q]
"""
SHAPES = {
    "x": (3,), "A": (4, 3), "B": (2, 4), "s": (), "u": (3,), "v": (2,), "w": (4,), "M": (5, 2), "N": (3, 5), "t": (),
}  # fmt: skip
CONTRACTED = [
    ("r[p]", "v[I] ∂z[I]/∂x[p]", "v[I] Zx[I,p]"),
    ("r[p]", "2 v[I] ∂z[I]/∂x[p] / s", "2 v[I] Zx[I,p] / s"),
    ("r[i]", "∂z[i]/∂x[P] u[P]", "Zx[i,P] u[P]"),
    ("r", "v[I] ∂z[I]/∂x[P] u[P]", "v[I] Zx[I,P] u[P]"),
    ("r[p]", "1[I] ∂z[I]/∂x[p]", "1[I] Zx[I,p]"),
    ("r[a,p]", "M[a,I] ∂z[I]/∂x[p]", "M[a,I] Zx[I,p]"),
    ("r[i,a]", "∂z[i]/∂x[P] N[P,a]", "Zx[i,P] N[P,a]"),
    ("r[a]", "M[a,I] ∂z[I]/∂x[P] N[P,a]", "M[a,I] Zx[I,P] N[P,a]"),
    ("r[i,p]", "∂z[i]/∂y[J] ∂y[J]/∂x[p]", "Zx[i,p]"),
    ("r[p]", "v[I] ∂z[I]/∂y[J] ∂y[J]/∂x[p]", "v[I] Zx[I,p]"),
    ("r[i]", "∂z[i]/∂y[J] ∂y[J]/∂x[P] u[P]", "Zx[i,P] u[P]"),
    ("r[i]", "∂z[i]/∂y[J] ∂y[J]/∂s", "Zy[i,J] Ys[J]"),
    ("r", "∂L/∂x[P] u[P]", "g[P] u[P]"),
    ("r[p]", "∂²L/∂x[p]∂x[Q] u[Q]", "H[p,Q] u[Q]"),
    ("r[p]", "∂²L/∂x[Q]∂x[p] u[Q]", "H[p,Q] u[Q]"),
    ("r", "u[P] ∂²L/∂x[P]∂x[Q] u[Q]", "u[P] H[P,Q] u[Q]"),
    ("r", "∂²L/∂x[I]∂x[I]", "H[I,I]"),
    ("r[i]", "∂z[i]/∂x[P] u[P] + ∂z[i]/∂s t", "Zx[i,P] u[P] + Zs[i] t"),
    ("r", "∂L/∂x[P] u[P] - 3 ∂L/∂s t + s", "g[P] u[P] - 3 h t + s"),
    ("r[p]", "v[I] ∂z[I]/∂x[p] + w[J] ∂y[J]/∂x[p]", "v[I] Zx[I,p] + w[J] Yx[J,p]"),
    ("r[p]", "z[I] ∂z[I]/∂x[p]", "z[I] Zx[I,p]"),
    ("r[p,a]", "v[I] ∂z[I]/∂x[p] N[p,a]", "v[I] Zx[I,p] N[p,a]"),
    ("r[p]", "u[p] ∂(z[I]^2)/∂x[p]", "2 u[p] z[I] Zx[I,p]"),
    ("r", "sum[I](v[I] ∂z[I]/∂x[0])", "v[I] Zx[I,0]"),
    ("r", "∂z[I]/∂x[P] ∂z[I]/∂x[P]", "Zx[I,P]^2"),
    ("r", "∂z[I]/∂x[P] ∂²L/∂x[P]∂x[Q] ∂z[I]/∂x[Q]", "Zx[I,P] H[P,Q] Zx[I,Q]"),
    ("r", "max[I](∂L/∂x[I])", "max[I](g[I])"),
    ("r[p]", "sum[I : k - 1](v[I] ∂z[I]/∂x[p])", "sum[I : k - 1](v[I] Zx[I,p])"),
    ("r", "sum[I,J](∂z[I]/∂x[J]^2)", "Zx[I,J]^2"),
    ("r", "sum[I](v[I] sum[K](∂z[I]/∂x[K] u[K]))", "v[I] Zx[I,K] u[K]"),
    ("r", "sum[I](v[I] (2 + ∂z[I]/∂x[K] u[K]))", "sum[I](v[I] (2 + Zx[I,K] u[K]))"),
    ("r", "v[I] / ∂z[I]/∂s + 1 / ∂L/∂s", "v[I] / Zs[I] + 1 / h"),
    ("r[p]", "u[p] if ∂L/∂x[p] > 0 else ∂L/∂x[Q] u[Q]", "u[p] if g[p] > 0 else g[Q] u[Q]"),
    ("r[i]", "∂z[i]/∂x[P] u[P] + 2 ∂z[i]/∂x[P] u[P]", "3 Zx[i,P] u[P]"),
    ("r[i,p]", "∂(∂z[i]/∂x[Q] u[Q])/∂x[p]", "sum[Q](u[Q] ∂²z[i]/∂x[p]∂x[Q])"),
]


def arrays() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {name: generator.uniform(0.5, 1, shape) for name, shape in SHAPES.items()}


@pytest.mark.parametrize(("left", "contracted", "whole"), CONTRACTED, ids=[row[1] for row in CONTRACTED])
def test_contracted_is_the_whole_contracted(left, contracted, whole, program_of) -> None:
    name = left.partition("[")[0]
    found = differentiate(program_of(f"{PROGRAM}{left} = {contracted}"))
    expected = interpret(differentiate(program_of(f"{PROGRAM}{left} = {whole}")), arrays())[name]
    for made in (found, simplify(found), optimise(found)):
        verify(made, "test")
        assert not any(isinstance(node, Derivative) for d in made.definitions for node in walk(d.body))
        np.testing.assert_allclose(interpret(made, arrays())[name], expected, rtol=1e-9)


def operations(program: Program, sizes: dict[str, int]) -> int:
    return plan_counts(plan(optimise(program))).operations.evaluate(sizes)


def largest(program: Program, sizes: dict[str, int]) -> int:
    """The elements of the largest tensor that is stored."""
    return max(volume(definition.indices, sizes) for definition in optimise(program).definitions)


NETWORK = """
input X[b, k], Y[b, l]
param W1[k, h], W2[h, h], W3[h, l]
input v1[k, h], v2[h, h], v3[h, l], V[b, l], U[b, k]
H1[i,j] = tanh(X[i,K] W1[K,j])
H2[i,j] = tanh(H1[i,K] W2[K,j])
Z[i,j] = H2[i,K] W3[K,j]
L = (Z[I,J] - Y[I,J])^2 / b
"""
NETWORK_SIZES = {"b": 64, "k": 30, "h": 40, "l": 5}
GRADIENT = NETWORK + "g1[i,j] = ∂L/∂W1[i,j]\ng2[i,j] = ∂L/∂W2[i,j]\ng3[i,j] = ∂L/∂W3[i,j]\noutput g1, g2, g3"
DIRECTION = "∂L/∂W1[I,J] v1[I,J] + ∂L/∂W2[I,J] v2[I,J] + ∂L/∂W3[I,J] v3[I,J]"


def hessian_products() -> str:
    lines = []
    for n in (1, 2, 3):
        terms = (f"∂²L/∂W{n}[i,j]∂W{m}[P,Q] v{m}[P,Q]" for m in (1, 2, 3))
        lines.append(f"h{n}[i,j] = {' + '.join(terms)}")
    return "\n".join([NETWORK, *lines, "output h1, h2, h3"])


CHEAP = {
    "the Hessian by vectors": (hessian_products(), 3),
    "the derivative along a direction": (f"{NETWORK}d = {DIRECTION}\noutput d", 1.1),
    "the gradient of it": (
        f"{NETWORK}d = {DIRECTION}\nh1[i,j] = ∂d/∂W1[i,j]\nh2[i,j] = ∂d/∂W2[i,j]\nh3[i,j] = ∂d/∂W3[i,j]\noutput h1, h2, h3", 3,
    ),
    "a vector by the Jacobian": (f"{NETWORK}g[i,j] = V[I,J] ∂Z[I,J]/∂W1[i,j]\noutput g", 1),
    "the Jacobian by a vector": (f"{NETWORK}j[i,j] = ∂Z[i,j]/∂X[P,Q] U[P,Q]\noutput j", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", CHEAP)
def test_products_cost_a_small_multiple_of_the_gradient(case, program_of) -> None:
    text, factor = CHEAP[case]
    made = differentiate(program_of(text))
    assert operations(made, NETWORK_SIZES) <= factor * operations(differentiate(program_of(GRADIENT)), NETWORK_SIZES)
    assert largest(made, NETWORK_SIZES) <= NETWORK_SIZES["b"] * NETWORK_SIZES["h"]


SAMPLES = """
input x[n], t[n], p[n, 3], w[h], c[h], u[h]
H[i,k] = tanh(x[i] w[k] + t[i] c[k])
f[i] = H[i,K] u[K] p[i,0] + p[i,1] x[i] + p[i,2]
"""
SAMPLE_SIZES = {"n": 1000, "h": 20}
BY_SAMPLE = {
    "by itself": "r[i] = ∂f[i]/∂x[i]",
    "twice": "r[i] = ∂²f[i]/∂x[i]∂x[i]",
    "three times": "r[i] = ∂³f[i]/∂x[i]∂x[i]∂t[i]",
    "by a column": "r[i] = ∂f[i]/∂p[i,1] + ∂f[i]/∂p[i,0]",
    "a divergence": "r = ∂f[I]/∂x[I]",
    "a Laplacian": "E = f[I]^2\nr = ∂²E/∂x[I]∂x[I] + ∂²E/∂t[I]∂t[I]",
    "an equation": "r[i] = ∂f[i]/∂t[i] - ∂²f[i]/∂x[i]∂x[i] + f[i] ∂f[i]/∂x[i]",
    "the gradient of an equation": "e[i] = ∂f[i]/∂t[i] - ∂²f[i]/∂x[i]∂x[i]\nE = e[I]^2\nr[k] = ∂E/∂w[k]",
}


@pytest.mark.parametrize("case", BY_SAMPLE)
def test_derivatives_by_samples_take_no_matrix_of_samples(case, program_of) -> None:
    made = differentiate(program_of(f"{SAMPLES}{BY_SAMPLE[case]}\noutput r"))
    plain = differentiate(program_of(f"{SAMPLES}output f"))
    assert largest(made, SAMPLE_SIZES) <= SAMPLE_SIZES["n"] * SAMPLE_SIZES["h"]
    assert operations(made, SAMPLE_SIZES) <= 10 * operations(plain, SAMPLE_SIZES)


BOTTLENECK = """
input x[n], A[n, n], b[m]
s = sum[I](sin(A[I,J] x[J]))
z[i] = exp(s b[i]) + s
D[i,p] = ∂z[i]/∂x[p]
output D
"""


def test_a_derivative_is_split_where_all_paths_are_narrow(program_of) -> None:
    """∂z/∂x = ∂z/∂s ∂s/∂x takes an operation an element; with adjoints or tangents alone each takes a product with A."""
    sizes = {"n": 1000, "m": 1000}
    assert operations(differentiate(program_of(BOTTLENECK)), sizes) < 6 * 1000 * 1000


@pytest.mark.parametrize(("first", "last"), [(3, 200), (200, 3)])
def test_the_mode_is_the_one_of_fewer_seeds(first, last, program_of) -> None:
    """Reverse mode carries the indices of the numerator, forward mode those of what is differentiated by."""
    text = f"input x[{first}], A[100,{first}], B[100,100], C[{last},100]\n" + (
        "y[i] = sin(A[i,J] x[J])\nu[i] = sin(B[i,J] y[J])\nz[i] = C[i,J] u[J]\nD[i,p] = ∂z[i]/∂x[p]\noutput D"
    )
    assert operations(differentiate(program_of(text)), {}) < 3 * 3 * 100 * (100 + 200)
