"""Gradients of recurrences as text: they read back, compute the same, and are what steps of variables give."""

import numpy as np
import pytest

import einlang

RNN = """
input x[n, m], y[n]
param U[k, k], V[m, k], w[k]
h[0,i : k] = 0
h[t+1,i] = tanh(h[t,K] U[K,i] + x[t,K] V[K,i])
L = mean[T]((h[T+1,K] w[K] - y[T])^2)
"""

LSTM = """
input x[n, m], y[n]
param Ui[k, k], Vi[m, k], Uf[k, k], Vf[m, k], Uo[k, k], Vo[m, k], Ug[k, k], Vg[m, k], bf[k], w[k]
c[0,i : k] = 0
h[0,i : k] = 0
c[t+1,i] = sigmoid(h[t,K] Uf[K,i] + x[t,K] Vf[K,i] + bf[i]) c[t,i]
  + sigmoid(h[t,K] Ui[K,i] + x[t,K] Vi[K,i]) tanh(h[t,K] Ug[K,i] + x[t,K] Vg[K,i])
h[t+1,i] = sigmoid(h[t,K] Uo[K,i] + x[t,K] Vo[K,i]) tanh(c[t+1,i])
L = mean[T]((h[T+1,K] w[K] - y[T])^2)
"""

HIDDEN_MARKOV = """
input obs[n] : int
param A[s, s], B[s, o], p[s]
logA[i,j] = log_softmax[j](A[i,j])
logB[i,j] = log_softmax[j](B[i,j])
al[0,i] = p[i] + logB[i,obs[0]]
al[t+1,j] = logsumexp[I](al[t,I] + logA[I,j]) + logB[j,obs[t+1]]
L = -logsumexp[I](al[n-1,I])
"""

BACKWARD = """
input r[n]
param g
v[-1] = 0
v[t-1 : n + 1] = r[t-1] + g * v[t]
L = v[0]
"""

KALMAN = """
input y[n]
param q, r, a
m[0] = 0
P[0] = 1
mp[t] = a m[t]
Pp[t] = a^2 P[t] + q^2
S[t : n] = Pp[t] + r^2
e[t] = y[t] - mp[t]
m[t+1] = mp[t] + Pp[t] e[t] / S[t]
P[t+1] = Pp[t] - Pp[t]^2 / S[t]
L = sum[T](log(S[T]) + e[T]^2 / S[T])
"""

FILTER = """
input y[n, d]
param F[k, k], H[d, k], Q[k, k], R[d, d]
m[0,i : k] = 0
P[0,i : k,j : k] = δ[i,j]
mp[t,i] = F[i,K] m[t,K]
Pp[t,i,j] = F[i,K] P[t,K,L] F[j,L] + Q[i,K] Q[j,K] + δ[i,j]
S[t : n,i,j] = H[i,K] Pp[t,K,L] H[j,L] + R[i,K] R[j,K] + δ[i,j]
e[t,i] = y[t,i] - H[i,K] mp[t,K]
solve G[t,i,j]: S[t,j,J] G[t,i,J] = Pp[t,i,K] H[j,K]
m[t+1,i] = mp[t,i] + G[t,i,J] e[t,J]
P[t+1,i,j] = Pp[t,i,j] - G[t,i,J] H[J,K] Pp[t,K,j]
L = m[-1,I]^2 + P[-1,I,J]^2 + e[T,I]^2
"""

TEXTS = {"rnn": RNN, "lstm": LSTM, "hidden": HIDDEN_MARKOV, "backward": BACKWARD, "kalman": KALMAN, "filter": FILTER}
SIZES = {"n": 6, "m": 3, "k": 4, "s": 3, "o": 5, "d": 2}


def data(program: einlang.Program) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    shapes = {tensor: [SIZES[str(extent.size)] for extent in tensor.shape] for tensor in program.stages.analysed.inputs}
    return {
        tensor.name: random.integers(0, 5, shape) if tensor.kind == "int" else 0.5 * random.normal(size=shape)
        for tensor, shape in shapes.items()
    }


@pytest.mark.parametrize("name", TEXTS)
def test_a_derived_program_reads_back_and_computes_the_same(name: str) -> None:
    program = einlang.compile(TEXTS[name], backend="numpy")
    derived = program.with_grad("L")
    again = einlang.compile(derived.source, backend="numpy")
    given = data(program)
    for first, second in zip(derived(**given), again(**given), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", TEXTS)
def test_both_backends_agree(name: str) -> None:
    given = data(einlang.compile(TEXTS[name]))
    found = [einlang.compile(TEXTS[name], backend=backend).with_grad("L")(**given) for backend in ("numpy", "c")]
    for first, second in zip(*found, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", TEXTS)
def test_derivatives_are_what_steps_give(name: str) -> None:
    found = einlang.compile(TEXTS[name]).check_derivatives()
    assert found, str(found)
    assert all(finding.checked for finding in found.findings)


FORMS = (
    RNN.replace("y[n]", "y[n], v[k, k], u[k], h0[k]").replace("h[0,i : k] = 0", "h[0,i] = h0[i]")
    + """
A = ∂L/∂U[I,J] v[I,J]
B[i,j] = ∂²L/∂U[i,j]∂U[I,J] v[I,J]
C[i,j] = u[I] ∂h[-1,I]/∂U[i,j]
D[i] = ∂h[-1,i]/∂U[I,J] v[I,J]
E[i,j] = ∂h[-1,i]/∂h0[j]
F[t,i] = ∂L/∂h[t,i]
G = ∂²L/∂U[I,J]∂U[I,J]
M[i,j,p,q] = ∂(∂L/∂U[i,j])/∂U[p,q]
N[i,p,q] = ∂h[-1,i]/∂U[p,q]
output L, A, B, C, D, E, F, G, M, N
"""
)


def test_derivatives_of_every_form_agree_with_each_other() -> None:
    program = einlang.compile(FORMS, backend="numpy")
    given = data(program)
    found = program(**given)
    h = np.asarray(einlang.compile(FORMS.replace("output L", "output h, L"), backend="numpy")(**given).h)
    close = {"rtol": 1e-9, "atol": 1e-12}
    gradient = einlang.compile(FORMS.replace("output L, A", "g[i,j] = ∂L/∂U[i,j]\noutput g, L, A"), backend="numpy")(**given).g
    np.testing.assert_allclose(found.A, np.sum(gradient * given["v"]), **close)
    np.testing.assert_allclose(found.B, np.einsum("ijpq,pq->ij", found.M, given["v"]), **close)
    np.testing.assert_allclose(found.C, np.einsum("i,ipq->pq", given["u"], found.N), **close)
    np.testing.assert_allclose(found.D, np.einsum("ipq,pq->i", found.N, given["v"]), **close)
    np.testing.assert_allclose(found.G, np.einsum("ijij->", found.M), **close)
    np.testing.assert_allclose(found.F[0], 0)
    residual = h[1:] @ given["w"] - given["y"]
    np.testing.assert_allclose(found.F[1:], 2 * residual[:, None] * given["w"] / len(residual), **close)
    for first, second in zip(found, einlang.compile(program.source, backend="numpy")(**given), strict=True):
        np.testing.assert_array_equal(first, second)


WAIST = """
input x[n, k]
param U[k, k]
a[-1,i] = x[-1,i]
a[t,i] = b[t+1,B] U[i,B] + 2 c[t+1]
b[t,i] = sin(a[t,i])
c[t] = x[t,B] b[t,B]
output b
"""


def test_a_member_of_few_elements_is_not_where_all_paths_lead_through() -> None:
    """`c` is on one way from U to `b`; the other goes through `a` alone."""
    found = einlang.compile(WAIST).check_derivatives()
    assert found, str(found)


SYSTEMS = """
input A[k, k], x[n, m, k], p0[m, k]
p[0,b,i] = p0[b,i]
solve q[t,b,i]: (5 δ[i,J] + A[i,J]) q[t,b,J] + p[t,b,i] q[t,b,i] = x[t,b,i]
p[t+1,b,i] = 0.5 q[t,b,i] + 0.1 p[t,b,i]
L = p[T,B,I]^2
"""


@pytest.mark.parametrize("by", ["A", "x", "p0"])
def test_second_derivatives_read_back_with_the_ranges_that_only_other_members_have(by: str) -> None:
    program = einlang.compile(SYSTEMS, backend="numpy")
    derived, given = program.hessian("L", by), data(program)
    again = einlang.compile(derived.source, backend="numpy")
    needed = {tensor.name: given[tensor.name] for tensor in again.signature.inputs}
    np.testing.assert_allclose(derived(given), next(iter(again(needed).values())), rtol=1e-12)


GATHERED = """
input q[n] : int
param x[n, k], w[k], a0[k]
h[0,i] = a0[i]
h[t+1,i] = h[t, q[t]] w[i] + x[t,i] h[t,i]
L = h[-1,I]^2
output L
"""


@pytest.mark.parametrize("by", ["x", "w", "a0"])
def test_second_derivatives_of_reads_at_given_positions_from_the_text_of_the_first(by: str) -> None:
    found = einlang.compile(einlang.compile(GATHERED).grad("L", by).source).check_derivatives()
    assert found, str(found)


BRANCHES = """
param x[n, k], U[k, k], a0[k]
h[0,i] = a0[i]
h[t+1,i] = (c[t,i] if i > 0 else x[t,i]) + softmax[i](c[t,i])
c[0,i] = a0[i]
c[t+1,i : k] = pad(0, h[t,i - 1]) + sum[A](sin(h[t,A]) U[i,A])
L = c[-1,I]^2
output L
"""


def test_ranges_that_stand_in_branches_beside_axes_of_other_members_are_given() -> None:
    derived = einlang.compile(einlang.compile(BRANCHES).grad("L", "x").source).jacobian("dL_dx", "U")
    assert einlang.compile(derived.source).signature.outputs[0].name == "ddL_dx_dU"


TWO_WAYS = """
param x[n, k], s[n], U[k, k], w[k]
h[0,i] = x[0,i]
h[t+1,i : k] = 0.3 s[t] + 0.4 * pad(0, r[t,i - 1]) + 0.4 * logsumexp[A](c[t,A] + U[i,A])
c[0,i] = tanh(w[i])
c[t+1,i : k] = 0.3 s[t] + 0.4 h[t, floor(i / 2)] w[i] + 0.4 * softmax[i](c[t,i]) + 0.2 r[t, clip(i - 1, 0, k - 1)]
r[0,i] = w[i]
r[t+1,i : k] = 0.3 s[t] + 0.4 c[t,K] U[K,i]
L = r[T,I] r[T,I] + sum[T,I](sin(h[T,I])) + c[T,I] c[T,I]
output L
"""


def test_what_is_named_in_a_branch_has_all_positions_at_which_it_is_read() -> None:
    program = einlang.compile(TWO_WAYS, backend="numpy")
    given = data(program)
    hessian = np.asarray(program.hessian("L", "x")(given))
    along, step = np.random.default_rng(1).normal(size=given["x"].shape), 1e-6
    gradient = program.grad("L", "x")
    ends = [np.asarray(gradient({**given, "x": given["x"] + sign * step * along})) for sign in (1, -1)]
    np.testing.assert_allclose(np.tensordot(hessian, along, axes=2), (ends[0] - ends[1]) / (2 * step), atol=1e-6)


LAG = "param a, b, x[n]\nf[0] = 1\nf[1] = a\nf[t+2] = a f[t+1] + b f[t] x[t]\nl = f[-1]"
LARGEST = (
    "param x[n, k], U[k, k], s[n]\nh[0,i] = 0\n"
    "h[t+1, i : k] = s[t] + max[A](h[t,A] + U[A,i]) + (h[t,i] if t < n - 1 else x[t,i])\nl = h[T,I] h[T,I]"
)
PICKED = (
    "input q[n] : int\nparam x[n, k], w[k]\nc[0,i] = w[i]^2\nc[1,i] = w[i]\n"
    "c[t+2, i : k] = 0.5 c[t+1,q[t]] + c[t+1,i] x[t,i]\nl = sum[T](sin(c[T,0]))"
)


def _second(text: str, by: str, other: str, data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A derivative of a gradient, from the gradient's text, and by steps."""
    first = einlang.compile(einlang.compile(text, backend="numpy").grad("l", by).source, backend="numpy")
    known = {tensor.name: data[tensor.name] for tensor in first.signature.inputs}
    found = first.jacobian(f"dl_d{by}", other)
    direction = np.random.default_rng(1).normal(size=np.shape(data[other]))
    ends = [first({**known, other: data[other] + sign * 1e-6 * direction})[f"dl_d{by}"] for sign in (1, -1)]
    value = found({tensor.name: data[tensor.name] for tensor in found.signature.inputs})
    return np.tensordot(value, direction, direction.ndim), (ends[0] - ends[1]) / 2e-6


@pytest.mark.parametrize(("text", "by", "other"), [(LARGEST, "x", "U"), (LARGEST, "U", "s"), (PICKED, "w", "x")])
@pytest.mark.parametrize("n", [1, 3])
def test_a_position_that_data_gives_is_read_only_where_a_branch_has_it(text: str, by: str, other: str, n: int) -> None:
    """Whether a gathered position is on the axis was asked outside of `t == 0`, where there is none to ask about."""
    k, generator = 2, np.random.default_rng(0)
    data = {name: generator.normal(size=shape) for name, shape in {"x": (n, k), "U": (k, k), "s": (n,), "w": (k,)}.items()}
    found, steps = _second(text, by, other, {**data, "q": generator.integers(0, k, n)})
    np.testing.assert_allclose(found, steps, rtol=1e-5, atol=1e-6)


def test_an_index_that_shares_a_delta_with_a_longer_one_is_given_its_range() -> None:
    text = einlang.compile(LAG, backend="numpy").hessian("l", "x").source
    assert "d2l_dx_df_total[i : n, p : n + 2]" in text
    assert einlang.compile(text, backend="numpy").source == text


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_range_that_may_be_negative_is_given_so_that_it_is_empty_then(n: int) -> None:
    program = einlang.compile("param x[n], a\ny[t] = x[t] if t == 0 else a y[t-1] + x[t]\nl = y[T] y[T]", backend="numpy")
    gradient, data = program.grad("l", "a"), {"x": np.ones(n), "a": 0.5}
    assert "sum[A : max(0, n - 1)]" in gradient.source
    np.testing.assert_allclose(einlang.compile(gradient.source, backend="numpy")(data).dl_da, gradient(data))
