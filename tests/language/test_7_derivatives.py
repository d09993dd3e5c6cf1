"""Section 7 of the language reference: what a derivative is, where it stops, its subscripts, orders, kinks, derived programs."""

from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, Wrong, outputs, refused, same, value, warned

import einlang

X, W, V = RANDOM.normal(size=(5, 4)), RANDOM.normal(size=(4, 3)), RANDOM.normal(size=4)
Z = X @ W
P = np.exp(Z) / np.exp(Z).sum(1, keepdims=True)
NETWORK = "input X[b, k]\nparam W[k, h]\nZ[i,j] = X[i,K] W[K,j]\nP[i,j] = softmax[j](Z[i,j])\nL = P[I,J]^2\n"
DATA: dict[str, Any] = {"X": X, "W": W}
SOFTMAX = np.einsum("ij,jq->ijq", P, np.eye(3)) - np.einsum("ij,iq->ijq", P, P)
DL_DZ = np.einsum("ij,ijq->iq", 2 * P, SOFTMAX)
I3, I5 = np.eye(3), np.eye(5)
SQUARES = (P**2).sum(1)[:, None, None]
CURVATURE = 2 * (SOFTMAX * (P[:, :, None] - SQUARES) + P[:, :, None] * (SOFTMAX - DL_DZ[:, None, :]))

ROWS: list[tuple[str, str, Any]] = [
    ("every element by every element", "G[i,j,p,q] = ∂Z[i,j]/∂W[p,q]", np.einsum("ip,jq->ijpq", X, I3)),
    ("the total derivative, through every definition", "G[p,q] = ∂L/∂W[p,q]", X.T @ DL_DZ),
    ("it stops at what it is taken by", "G[p,q] = ∂L/∂Z[p,q]", DL_DZ),
    ("an expression in parentheses is read like a right side", "G[p,q] = ∂(3 P[I,J]^2 + Z[I,J])/∂Z[p,q]", 3 * DL_DZ + 1),
    ("a capital is carried", "G[p,q] = ∂Z[A,B]/∂W[p,q]", np.outer(X.sum(0), np.ones(3))),
    ("its subscripts take part", "G[p,q] = ∂L/∂Z[A,B] ∂Z[A,B]/∂W[p,q]", X.T @ DL_DZ),
    ("beside ones", "G[q] = 1[A] ∂L/∂Z[A,q]", DL_DZ.sum(0)),
    ("distinct, then set: along a softmax", "G[i,j] = ∂P[i,B]/∂Z[i,j]", SOFTMAX.sum(1)),
    ("the diagonal", "G[i,j] = ∂P[i,j]/∂Z[i,j]", P - P**2),
    ("with a number", "G[i,j] = ∂P[i,j]/∂Z[i,1]", SOFTMAX[:, :, 1]),
    ("with a number from the end", "G[i,j] = ∂P[i,j]/∂Z[i,-1]", SOFTMAX[:, :, 2]),
    ("with an index moved on", "G[i : b - 1, j] = ∂L/∂Z[i + 1, j]", DL_DZ[1:]),
    ("reversed", "G[i,j] = ∂L/∂Z[i, h - 1 - j]", DL_DZ[:, ::-1]),
    ("by itself", "G[i,j,p,q] = ∂Z[i,j]/∂Z[p,q]", np.einsum("ip,jq->ijpq", I5, I3)),
    ("a number above", "G[p,q] = ∂Z[0,2]/∂W[p,q]", np.outer(X[0], I3[2])),
    ("each sample by itself", "G[n,j,q] = ∂P[n,j]/∂Z[n,q]", SOFTMAX),
    ("a trace", "G = ∂²L/∂W[I,J]∂W[I,J]", np.einsum("ik,ijj->", X**2, CURVATURE)),
    ("nested", "G[p,q,r,s] = ∂(∂L/∂Z[p,q])/∂Z[r,s]", np.einsum("pqs,pr->pqrs", CURVATURE, I5)),
    ("the slash is no division", "G[p,q] = ∂L/∂Z[p,q]^2", DL_DZ**2),
    ("a sum of derivatives in a product", "G[p] = X[p,K] ∂L/∂W[K,0]", X @ (X.T @ DL_DZ)[:, 0]),
    ("inside a function", "G[p,q] = tanh(∂L/∂Z[p,q])", np.tanh(DL_DZ)),
]


@pytest.mark.parametrize(("definition", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_derivative(definition: str, wanted: Any) -> None:
    same(value(NETWORK + definition, **DATA), wanted)


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_of_them_in_one_program(backend: str) -> None:
    text = NETWORK + "\n".join(f"G{number}" + definition.removeprefix("G") for number, (_, definition, _) in enumerate(ROWS))
    program = einlang.compile(text + "\noutput " + ", ".join(f"G{number}" for number in range(len(ROWS))), backend=backend)
    for found, (_, _, wanted) in zip(program(DATA), ROWS, strict=True):
        same(found, wanted)


# --- orders -------------------------------------------------------------------------------------------------------------------

CUBIC = "input x[n], A[n, n]\nf = x[I] A[I,J] x[J] + x[I]^3\n"
M = RANDOM.normal(size=(4, 4))
HESSIAN = M + M.T + 6 * np.diag(V)
ORDERS = [
    ("r[i,j] = ∂(∂f/∂x[i])/∂x[j]", HESSIAN),
    ("r[i,j] = ∂²f/∂x[i]∂x[j]", HESSIAN),
    ("r[i,j] = @@f/@x[i]@x[j]", HESSIAN),
    ("r[i,j,k] = @@@f/@x[i]@x[j]@x[k]", 6 * np.einsum("ij,jk->ijk", np.eye(4), np.eye(4))),
    ("r = ∂²f/∂x[I]∂x[I]", np.trace(HESSIAN)),
    ("r[i] = ∂²f/∂x[i]∂x[i]", np.diag(HESSIAN)),
    ("r[i,j,k] = ∂³f/∂x[i]∂x[j]∂x[k]", 6 * np.einsum("ij,jk->ijk", np.eye(4), np.eye(4))),
    ("r[i,j,k] = ∂²f/∂x[i]∂A[j,k]", np.einsum("ij,k->ijk", np.eye(4), V) + np.einsum("ik,j->ijk", np.eye(4), V)),
    ("r[i,j,k,l] = ∂(∂³f/∂x[i]∂x[j]∂x[k])/∂x[l]", np.zeros((4,) * 4)),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore")
def test_orders(backend: str) -> None:
    text = CUBIC + "\n".join(f"r{number}" + definition.removeprefix("r") for number, (definition, _) in enumerate(ORDERS))
    for found, (_, wanted) in zip(einlang.compile(text, backend=backend)(x=V, A=M), ORDERS, strict=True):
        same(found, wanted)


@pytest.mark.parametrize(("definition", "wanted"), ORDERS[1:6])
def test_an_order(definition: str, wanted: Any) -> None:
    same(value(CUBIC + definition, x=V, A=M), wanted)


# --- samples and composition --------------------------------------------------------------------------------------------------


def test_each_sample_by_itself() -> None:
    text = "input x[n], p[n, 2]\nu[n] = sin(x[n]) p[n,1]\n"
    p = RANDOM.normal(size=(4, 2))
    same(value(text + "r[n] = ∂u[n]/∂x[n]", x=V, p=p), np.cos(V) * p[:, 1])
    same(value(text + "r[n] = ∂u[n]/∂p[n,1]", x=V, p=p), np.sin(V))


def test_where_a_part_can_be_computed_without_the_whole_tensor_it_is() -> None:
    program = einlang.compile("input x[n]\nu[i] = sin(x[i])\nr[i] = ∂u[i]/∂x[i]\noutput r", backend="numpy")
    n = 200_000
    same(program(x=np.zeros(n)).r, np.ones(n))


def test_the_chain_rule_as_the_article_writes_it_is_the_derivative_of_the_composition() -> None:
    text = "input x[n], A[m, n]\nY[j] = tanh(A[j,K] x[K])\nZ[k] = Y[k] Y[K]\n"
    x, A = RANDOM.normal(size=3), RANDOM.normal(size=(4, 3))
    chain, whole = (value(text + f"r[k,i] = {right}", x=x, A=A) for right in ("∂Z[k]/∂Y[J] ∂Y[J]/∂x[i]", "∂Z[k]/∂x[i]"))
    same(chain, whole)
    Y = np.tanh(A @ x)
    same(whole, (np.eye(4) * Y.sum() + Y[:, None]) @ ((1 - Y**2)[:, None] * A))


@pytest.mark.parametrize("backend", BACKENDS)
def test_at_positions_that_an_integer_tensor_says(backend: str) -> None:
    text = "input t[m] : int, A[n, n]\nparam x[n]\nf = x[I] A[I,J] x[J]\nr[i] = ∂f/∂x[t[i]]"
    places = np.array([2, 0, 2])
    same(value(text, backend, x=V, A=M, t=places), ((M + M.T) @ V)[places])


def test_by_a_scalar_by_way_of_a_matrix() -> None:
    text = "input x, A[m, n]\nW[i,j] = exp(x A[i,j])\nf = W[I,J]^2\n"
    A = RANDOM.normal(size=(4, 3))
    chain, whole = (value(text + f"r = {right}", x=0.3, A=A) for right in ("∂f/∂W[I,J] ∂W[I,J]/∂x", "∂f/∂x"))
    same(chain, whole)
    same(whole, (2 * A * np.exp(0.6 * A)).sum())


# --- kinks, ties, zeros ---------------------------------------------------------------------------------------------------------

KINKS = [
    ("relu(x)", 0.0, 0, 1),
    ("abs(x)", 0.0, -1, 1),
    ("max(x, 1)", 1.0, 0, 1),
    ("min(x, 1)", 1.0, 0, 1),
    ("clip(x, 0, 1)", 0.0, 0, 1),
    ("clip(x, 0, 1)", 1.0, 0, 1),
    ("sign(x)", 0.0, 0, 0),
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_at_a_kink_the_derivative_is_between_those_of_the_two_sides(backend: str) -> None:
    lines = [f"f{k} = {expression}\nr{k} = ∂f{k}/∂x" for k, (expression, *_) in enumerate(KINKS)]
    program = einlang.compile("\n".join(["input x", *lines]), backend=backend)
    for k, (expression, point, low, high) in enumerate(KINKS):
        assert low <= program(x=point)[k] <= high, expression
    assert [float(found) for found in program(x=0.0)][:2] == [0, 0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_ties_give_to_the_first(backend: str) -> None:
    tied = np.array([1.0, 2.0, 2.0, 1.0])
    program = einlang.compile(
        "input x[n]\nm = max[I](x[I])\ns = min[I](x[I])\nd[i] = ∂m/∂x[i]\ne[i] = ∂s/∂x[i]\noutput d, e", backend=backend
    )
    d, e = program(x=tied)
    same(d, [0, 1, 0, 0])
    same(e, [1, 0, 0, 0])
    pair = einlang.compile("input a, b\nf = max(a, b)\np = ∂f/∂a\nq = ∂f/∂b\noutput p, q", backend=backend)
    assert [float(found) for found in pair(a=1.0, b=1.0)] == [1, 0]


def test_what_does_not_depend_has_derivative_0_with_a_warning() -> None:
    text = "input x[n], v[n]\nL = x[I]^2\nr[i] = ∂L/∂v[i]"
    assert warned(text.replace("r[i] = ∂L/∂v[i]", "r[i] = ∂L/∂x[i]")) == []
    with pytest.warns(UserWarning, match="does not depend"):
        same(value(text, x=V, v=V), np.zeros(4))


# --- what is written is a program -----------------------------------------------------------------------------------------------


def test_no_delta_is_built_that_can_be_removed() -> None:
    program = einlang.compile(NETWORK + "G[p,q] = U[A,B] ∂Z[A,B]/∂W[p,q]\nU[i,j] = P[i,j]\noutput G, Z", backend="numpy")
    assert "= X[i,p] δ[j,q] " in str(program.derivation("Z", "W"))
    assert "G = X.T @ U" in program.numpy_source


def test_derived_definitions_are_definitions_that_can_be_derived_again() -> None:
    program = einlang.compile(NETWORK + "output L", backend="numpy")
    derived = program.grad("L", wrt="W")
    again = einlang.compile(derived.source, backend="numpy")
    gradient = derived(DATA)
    same(again(DATA)[0], gradient)
    squared = derived.source.replace("output dL_dW", "S = dL_dW[I,J]^2\noutput S")
    twice = einlang.compile(squared, backend="numpy").grad("S", wrt="W")(DATA)
    same(twice, 2 * np.einsum("ijkl,kl->ij", program.hessian("L", wrt="W")(DATA), gradient))


@pytest.mark.parametrize("output", ["L", "P", "Z"])
def test_what_derive_prints_as_a_program_compiles_and_can_be_derived_again(output: str) -> None:
    printed = einlang.compile(NETWORK + f"output {output}", backend="numpy").derivation(output, "W").source
    program = einlang.compile(printed, backend="numpy")
    jacobian = einlang.compile(NETWORK + f"output {output}", backend="numpy").jacobian(output, wrt="W")(DATA)
    name = f"d{output}_dW"
    same(program.only(name)(DATA)[name], jacobian)
    assert program.jacobian(name, wrt="X").signature.outputs


def test_names_of_derivatives() -> None:
    program = einlang.compile("input x[n]\nparam w[n]\nL = x[I] w[I]^3\noutput L")
    assert outputs(program.grad("L")) == ["dL_dw"]
    assert outputs(program.hessian("L")) == ["d2L_dw_dw"]
    layered = einlang.compile("input x\nparam W{m} for m in 1..2\nL = x W{1}^2 W{2}")
    assert outputs(layered.grad("L")) == ["dL_dW{1}", "dL_dW{2}"]


def test_ranges_that_nothing_infers_are_given() -> None:
    program = einlang.compile("input X[b, k], W[k, h]\nZ[i,j] = X[i,K] W[K,j]\noutput Z")
    assert "dZ_dX[i : b, j, k : b, l] = " in program.jacobian("Z", wrt="X").source


# --- what is refused ------------------------------------------------------------------------------------------------------------

REFUSED: list[Wrong] = [
    ("r[i] = ∂f/∂2", "not-a-tensor", "a number"),
    ("r[i] = ∂f/∂(x[i]^2)", "not-a-tensor", "an expression"),
    ("r[i] = ∂f/∂n", "not-a-tensor", "a size"),
    ("r[i] = ∂f/∂x[i]∂x[i]", "other-notation", "∂²L/∂w[i]∂w[j]"),
    ("r[i,j] = ∂²f/∂x[i]", "other-notation", "`∂²f/∂x[i]∂x[j]`"),
    ("r[i,j,k] = ∂²f/∂x[i]∂x[j]∂x[k]", "other-notation", "a third denominator, and ∂² takes two"),
    ("r[i,j,k] = @@f/@x[i]@x[j]@x[k]", "other-notation", "write `∂³L/∂w[i]∂w[j]∂w[k]` (or `@@@L/…`)"),
    ("r[i,j] = ∂³f/∂x[i]∂x[j]", "other-notation", "a derivative of order 3 has 3 denominators"),
    ("r[i,j,k,l] = ∂³f/∂x[i]∂x[j]∂x[k]∂x[l]", "other-notation", "`∂(∂³L/∂w[i]∂w[j]∂w[k])/∂w[l]`"),
    ("r = ∂⁴f/∂x[0]∂x[0]∂x[0]∂x[0]", "other-notation", "there is no `∂⁴`"),
    ("r[i] = ∂²f/∂x[i]^2", "other-notation", "`∂²f/∂x[i]∂x[i]`"),
    ("r[i] = df/dx[i]", "undefined-name", "`∂f/∂x[i]`"),
    ("r[i] = ∂x[i]^2/∂x[i]", "unexpected-text", "∂(…)/∂T[i]"),
    ("r[i] = ∂f/x[i]", "other-notation", "∂f/∂x"),
    ("r[i] = ∂(A[i,K] x[K])/∂x[K]", "index-in-denominator", "∂x[L]"),
    ("r = ∂f/∂x", "wrong-rank", "`x`"),
    ("r[i] = ∂f/∂q[i]", "undefined-name", "`q`"),
]


@pytest.mark.parametrize(("definition", "id", "words"), REFUSED)
def test_what_is_no_derivative(definition: str, id: str, words: str) -> None:
    refused(CUBIC + definition, id, words)
