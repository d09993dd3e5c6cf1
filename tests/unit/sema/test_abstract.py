"""Declarations and calls of what is abstract: sizes, sums, sketches. Sections 3, 5 and 6 of the language reference."""

from collections.abc import Callable

import pytest

from einlang.ir.program import Program
from einlang.ir.text import definition_text

Compiled = Callable[..., Program]
Ids = Callable[..., list[str]]


def last(program: Program) -> str:
    return definition_text(program.definitions[-1])


def test_an_abstract_tensor_depends_on_whole_tensors(compiled: Compiled) -> None:
    assert last(compiled("input Y[b, k], T[b] : int\nabstract L(Y, T)")) == "L = L([I : b, J : k] Y[I,J], [I1 : b] T[I1])"


@pytest.mark.parametrize(
    ("declared", "axes"),
    [
        ("abstract Z[p](Y)", "size(Z, 0)"),
        ("abstract Z[b](Y)", "b"),
        ("abstract Z[p : 2 b](Y)", "2*b"),
        ("const c = 3\nabstract Z[p : c](Y)", "3"),
        ("abstract Z[p : size(Y, 0) - 1](Y)", "b - 1"),
        ("abstract Z[p](Y)\nA[i] = Z[i] Y[i]", "b"),
    ],
)
def test_its_axes_have_sizes_of_their_own_unless_something_says_which(declared: str, axes: str, compiled: Compiled) -> None:
    program = compiled(f"input Y[b]\n{declared}")
    (extent,) = next(d.tensor.shape for d in program.definitions if d.tensor.name == "Z")
    assert extent.spell() == axes


def test_in_a_sketch_what_it_depends_on_may_be_a_scalar_or_what_is_used_so(compiled: Compiled) -> None:
    program = compiled("abstract f(W)\nabstract W[i,j](x)\ng = ∂f/∂x")
    assert [(tensor.name, tensor.rank) for tensor in program.inputs] == [("x", 0)]
    program = compiled("abstract Z[k](X)\ng[k,i,j] = ∂Z[k]/∂X[i,j]")
    assert [(tensor.name, tensor.rank) for tensor in program.inputs] == [("X", 2)]


def test_what_leads_to_another_argument_goes_in_as_a_copy(compiled: Compiled) -> None:
    program = compiled("input W[n]\nZ[i] = W[i]^2\nabstract L(Z, W)")
    assert [definition_text(d) for d in program.definitions[-2:]] == [
        "W_L[i : n] = W[i]",
        "L = L([I : n] Z[I], [I1 : n] W_L[I1])",
    ]


def test_a_kept_index_goes_on_as_the_free_or_summed_index_that_it_was(compiled: Compiled) -> None:
    head = "input Z[n, m], Y[n, m]\nfn σ[j](z[j])\n"
    assert last(compiled(f"{head}X[i,j] = σ[j](Z[i,j])")) == "X[i : n, j : m] = σ[j]([J : m] Z[i,J])"
    assert last(compiled(f"{head}s = Y[I,J] σ[J](Z[I,J])")) == "s = sum[I : n, J : m](Y[I,J] σ[J]([J1 : m] Z[I,J1]))"


def test_an_index_that_is_used_up_is_gone(compiled: Compiled, ids: Ids) -> None:
    head = "input Z[n, m]\nfn E[I](z[I])\n"
    assert last(compiled(f"{head}e[i] = E[J](Z[i,J])")) == "e[i : n] = E([J : m] Z[i,J])"
    assert ids(f"{head}e[i] = E[j](Z[i,j])") == ["lowercase-in-reduction"]
    assert ids(f"{head}e = E[J](Z[I,J])") == ["index-not-summed"]


def test_sums_inside_the_argument_of_a_call_are_its_own(compiled: Compiled) -> None:
    program = compiled("input A[n, k], x[k]\nfn σ(x)\ny[i] = σ(A[i,K] x[K])")
    assert last(program) == "y[i : n] = σ(sum[K : k](A[i,K] x[K]))"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("σ'(x)", "σ(x)/∂1"),
        ("σ''(x)", "σ(x)/∂1/∂1"),
        ("σ'1(x)", "σ(x)/∂1"),
        ("f'2(x, y)", "f(x, y)/∂2"),
        ("f'2'1(x, y)", "f(x, y)/∂1/∂2"),
        ("f''1'2(x, y)", "f(x, y)/∂1/∂1/∂2"),
    ],
)
def test_primes_say_by_which_arguments(call: str, text: str, compiled: Compiled) -> None:
    assert last(compiled(f"input x, y\nfn σ(x)\nfn f(x, y)\nz = {call}")) == f"z = {text}"


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("y = f'(x, x)", "wrong-arguments"),
        ("y = f'3(x, x)", "wrong-arguments"),
        ("y = sum'(x)", "wrong-arguments"),
        ("y[i] = p'[i](w[i])", "wrong-arguments"),
        ("y[i] = p(w[i])", "wrong-arguments"),
        ("y[i] = p[i](2)", "index-not-carried"),
        ("y[i] = p[i, i](w[i])", "index-named-again"),
        ("y[i] = p[i : 3](w[i])", "range-of-kept-index"),
        ("fn q[j](z[k])", "index-not-carried"),
        ("fn q[j](z[j, k])", "free-index"),
        ("fn q[j](x, x[j])", "named-twice"),
        ("abstract L(L)", "circular-definition"),
        ("abstract L(v)", "undefined-name"),
        ("abstract L(n)", "not-a-tensor"),
        ("abstract L(w, w)", "named-twice"),
        ("abstract L[i, i](w)", "left-index"),
        ("abstract w(x)", "named-twice"),
        ("abstract Z[p : -1](w)", "out-of-bounds"),
        ("abstract Z[p : 1.5](w)", "not-a-size"),
        ("fn q[j : 3](z[j])", "range-of-kept-index"),
    ],
)
def test_what_is_wrong_is_said_once(text: str, id: str, ids: Ids) -> None:
    assert ids(f"input w[n], x\nfn f(x, y)\nfn p[j](z[j])\n{text}\nok = x") == [id]
