"""Section 7 of the language reference: derivatives, as far as analysis goes: it makes nodes, `calculus` takes them away."""

from collections.abc import Callable

import pytest

from einlang.diagnostics import Diagnostic
from einlang.ir.extent import sized
from einlang.ir.nodes import Access, Derivative, Index, Reduce
from einlang.ir.program import Program

Compiled = Callable[..., Program]
Definitions = Callable[..., list[str]]
Ids = Callable[..., list[str]]
Findings = Callable[..., list[Diagnostic]]

LOSS = "input X[b, k], y[b]\nparam W[k], c\nz[i] = X[i,K] W[K] + c\nL = (z[I] - y[I])^2\n"


def test_the_derivative_ranges_over_the_axes_of_what_it_is_taken_by(compiled: Compiled) -> None:
    program = compiled(f"{LOSS}G[i] = ∂L/∂W[i]")
    (gradient,) = program.outputs
    assert gradient.shape == (sized("k"),)
    body = program.definitions[-1].body
    assert isinstance(body, Derivative) and isinstance(body.body, Access)
    assert [(target.tensor.name, target.subscripts) for target in body.wrt] == [("W", program.definitions[-1].indices)]


@pytest.mark.parametrize(
    ("right", "made"),
    [
        ("∂L/∂c", "∂L/∂c"),
        ("∂(2 L + z[I])/∂c", "∂(2 L + sum[I : b](z[I]))/∂c"),
        ("∂²L/∂c∂c", "∂²L/∂c∂c"),
        ("∂(∂L/∂c)/∂c", "∂(∂L/∂c)/∂c"),
        ("∂L/∂c^2", "∂L/∂c^2"),
        ("1[A] ∂L/∂z[A]", "sum[A : b](∂L/∂z[A])"),
        ("∂L/∂W[K] W[K]", "sum[K : k](∂L/∂W[K] W[K])"),
        ("∂L/∂z[I] ∂z[I]/∂c", "sum[I : b](∂L/∂z[I] ∂z[I]/∂c)"),
        ("∂L/∂W[I] * ∂W[I]/∂W[I]", "sum[I : k](∂L/∂W[I] ∂W[I]/∂W[I])"),
    ],
)
def test_a_derivative_is_a_factor_like_any_reference(right: str, made: str, definitions: Definitions) -> None:
    assert definitions(f"{LOSS}D = {right}\noutput D")[-1].partition(" = ")[2] == made


def test_a_reference_in_the_numerator_keeps_its_indices(compiled: Compiled) -> None:
    program = compiled(f"{LOSS}J[i,j] = ∂z[i]/∂W[j]\noutput J")
    assert program.outputs[0].shape == (sized("b"), sized("k"))


def test_subscripts_may_be_set_alike(compiled: Compiled) -> None:
    body = compiled(f"{LOSS}D = ∂²L/∂W[I]∂W[I]\noutput D").definitions[-1].body
    assert isinstance(body, Reduce) and isinstance(body.body, Derivative)
    first, second = body.body.wrt
    assert first.subscripts == second.subscripts == body.indices
    assert isinstance(first.subscripts[0], Index)


@pytest.mark.parametrize("by", ["X[p,q]", "W[p]", "z[p]"])
def test_it_may_be_taken_by_inputs_params_and_definitions(by: str, ids: Ids) -> None:
    left = by[1:]
    assert ids(f"{LOSS}D{left} = ∂L/∂{by}") == []


@pytest.mark.parametrize(
    ("right", "id"),
    [
        ("∂L/∂b", "not-a-tensor"),
        ("∂L/∂two", "not-a-tensor"),
        ("∂L/∂pi", "not-a-tensor"),
        ("∂L/∂w[I]", "not-a-tensor"),
        ("∂L/∂nothing", "undefined-name"),
        ("∂nothing/∂c", "undefined-name"),
        ("∂L/∂W", "wrong-rank"),
        ("∂L/∂W[I,J]", "wrong-rank"),
        ("∂L/∂c[I]", "wrong-rank"),
        ("∂z/∂c", "wrong-rank"),
        ("∂L/∂t[I]", "derivative-of-integers"),
        ("∂t[I]/∂c", "derivative-of-integers"),
        ("∂best/∂c", "derivative-of-integers"),
        ("∂(L > 0)/∂c", "comparison-as-number"),
    ],
)
def test_what_cannot_be_derived_or_derived_by(right: str, id: str, ids: Ids) -> None:
    source = f"{LOSS}input t[b] : int\nconst two = 2\nconst w[2] = [1, 2]\nbest = argmax[I](z[I])\nD = {right}"
    assert ids(source) == [id]


@pytest.mark.parametrize(
    ("right", "by"), [("∂L/∂d", "d"), ("∂y[I]/∂c", "c"), ("∂(2 X[I,J])/∂c", "c"), ("∂z[I]/∂L", "L"), ("∂²L/∂c∂d", "d")]
)
def test_what_does_not_depend_has_a_warning(right: str, by: str, findings: Findings) -> None:
    (finding,) = findings(f"{LOSS}param d\nD = {right}")
    assert (finding.id, finding.severity) == ("derivative-is-zero", "warning")
    assert f"does not depend on `{by}`" in finding.message


def test_dependence_goes_by_way_of_definitions(findings: Findings) -> None:
    assert findings(f"{LOSS}M = 2 L\nN = exp(M)\nD = ∂N/∂c\nE = ∂N/∂L\nF[i] = ∂N/∂z[i]") == []


def test_no_warning_where_the_numerator_or_a_definition_on_the_way_has_an_error(ids: Ids) -> None:
    assert ids("input x[n]\ny[i] = ∂(exp(x[I]))/∂x[i]") == ["index-not-summed"]
    assert ids("input x[n]\na = nothing\nb = 2 a\ny[i] = ∂b/∂x[i]") == ["undefined-name"]


def test_the_independent_tensor_is_a_barrier(findings: Findings) -> None:
    (finding,) = findings(f"{LOSS}D = ∂(∂z[I]/∂z[I])/∂y[J]".replace("D = ", "D = 0 * c + "))
    assert finding.id == "derivative-is-zero"
