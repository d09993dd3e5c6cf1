"""Abstract functions and tensors in whole programs: bound from outside, derived by name, and refused where code is asked for."""

import numpy as np
import pytest

import einlang

Z = np.array([0.1, 0.5, -1.0])

ALONG = """
input Z[n, m]
fn σ[j](z[j])
fn E[I](z[I])
Y[i,j] = σ[j](Z[i,j])
e[i] = E[J](Z[i,J])
output Y, e
"""


def test_a_function_along_an_index_is_bound_to_a_built_in_one() -> None:
    data = np.arange(6.0).reshape(2, 3)
    found = einlang.compile(ALONG, functions={"σ": "softmax", "E": "logsumexp"}, backend="numpy")(Z=data)
    powers = np.exp(data)
    assert np.allclose(found.Y, powers / powers.sum(1, keepdims=True))
    assert np.allclose(found.e, np.log(powers.sum(1)))


@pytest.mark.parametrize(
    ("functions", "words"),
    [
        ({"σ": "logsumexp"}, "uses its indices up"),
        ({"σ": "tanh"}, "is elementwise"),
        ({"E": "softmax"}, "works along one index and keeps it"),
        ({"σ": "sofmax"}, "which is no function"),
    ],
)
def test_what_does_not_fit_is_refused(functions: dict[str, str], words: str) -> None:
    with pytest.raises(einlang.CompileError, match=words):
        einlang.compile(ALONG, functions=functions)


def test_primes_are_worked_out_where_the_function_is_known() -> None:
    source = """
    input Z[n]
    fn σ(x)
    fn f(x, y) = x^3 exp(2 y)
    D[i] = σ'(Z[i])
    E[i] = σ''(Z[i])
    F[i] = f''1'2(Z[i], 2 Z[i])
    R[i] = exp'(Z[i]) + relu'(Z[i])
    """
    found = einlang.compile(source, functions={"σ": "tanh"}, backend="numpy")(Z=Z)
    tanh = np.tanh(Z)
    assert np.allclose(found.D, 1 - tanh**2)
    assert np.allclose(found.E, -2 * tanh * (1 - tanh**2))
    assert np.allclose(found.F, 12 * Z * np.exp(4 * Z))
    assert np.allclose(found.R, np.exp(Z) + (Z > 0))


def test_a_derived_program_of_an_abstract_one_can_be_bound_afterwards() -> None:
    text = einlang.compile("param w[n]\nfn σ(x)\nL = sum[I](σ(w[I])^2)").grad("L").source
    assert "σ'(w[" in text
    gradient = einlang.compile(text, functions={"σ": "sin"}, backend="numpy")(w=Z)
    assert np.allclose(gradient.dL_dw, 2 * np.sin(Z) * np.cos(Z))


@pytest.mark.parametrize(
    ("source", "place", "mend"),
    [
        ("fn σ(x)\ninput x\ny = σ(x)", "fn σ", "--fn σ=tanh"),
        ("fn σ[j](z[j])\ninput z[n]\ny[i] = σ[i](z[i])", "fn σ", "--fn σ=softmax"),
        ("fn f(x, y)\ninput x\ny = f(x, x)", "fn f", "fn f(x, y) = …"),
        ("input x[n]\nabstract L(x)\ny = 2 L", "L", "`L = …`"),
        ("input x[n]\nabstract Z[p](x)\noutput Z", "Z", "`Z[i] = …`"),
    ],
)
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_code_cannot_be_made_of_what_is_abstract(source: str, place: str, mend: str, backend: str) -> None:
    program = einlang.compile(source, backend=backend)
    with pytest.raises(einlang.CompileError) as error:
        program({tensor.name: np.ones(2) if tensor.axes else 1.0 for tensor in program.signature.inputs})
    (found,) = error.value.diagnostics
    assert (found.id, found.span.text) == ("left-abstract", place)
    assert mend in found.help


def test_what_no_output_needs_may_stay_abstract() -> None:
    program = einlang.compile("input x[n]\nabstract L(x)\nfn σ(x)\ny[i] = 2 x[i]\nz[i] = σ(x[i])\noutput y", backend="numpy")
    assert np.array_equal(program(x=Z).y, 2 * Z)
