"""Section 3 of the language reference: a test for each row of the table of declarations, sizes, sketches."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, findings, ids, outputs, refused, said, same, value, warned

import einlang

X = RANDOM.normal(size=(3, 4))
ONE_TWO = np.array([1.0, 2.0])

# --- input, param -------------------------------------------------------------------------------------------------------------


def test_an_input_without_axes_has_rank_0() -> None:
    assert value("input x[n], lr\ny = lr x[I]", x=[1.0, 2.0], lr=0.5) == 1.5


def test_params_are_derived_by_default_and_inputs_when_asked() -> None:
    program = einlang.compile("input x[n]\nparam w[n], c\nL = w[I] x[I] + c", backend="numpy")
    assert outputs(program.grad("L")) == ["dL_dw", "dL_dc"]
    same(program.grad("L", wrt="x")(x=ONE_TWO, w=np.array([3.0, 4.0]), c=0.0), [3, 4])


@pytest.mark.parametrize("backend", BACKENDS)
def test_int_belongs_to_the_one_tensor_before_it(backend: str) -> None:
    program = einlang.compile("input y[b] : int, x[b], k : int\nr[i] = x[i] + y[i] + k", backend=backend)
    same(program(y=np.array([1, 2]), x=np.array([0.5, 0.5]), k=3).r, [4.5, 5.5])
    with pytest.raises(einlang.CallError):
        program(y=np.array([1.0, 2.0]), x=np.array([0.5, 0.5]), k=3)


def test_integers_are_never_differentiated() -> None:
    assert ids("input y[b] : int\nL = y[I]^2\ng[i] = ∂L/∂y[i]") == ["derivative-of-integers"]
    assert outputs(einlang.compile("param y[b] : int, w[b]\nL = y[I] w[I]").grad("L")) == ["dL_dw"]


def test_the_only_type_is_int() -> None:
    refused("input y[b] : float\nr = y[I]", "unknown-type", "int")


# --- size ---------------------------------------------------------------------------------------------------------------------


def test_a_fixed_size() -> None:
    assert list(value("size h = 3\nr[i : h] = h + i")) == [3, 4, 5]
    with pytest.raises(einlang.CallError, match="3"):
        value("size h = 3\ninput x[h]\nr = x[I]", x=[1.0, 2.0])


def test_named_sizes_and_those_that_a_declaration_names() -> None:
    assert value("size n, m\ninput X[n, m]\nr = n + 10 m + X[0,0]", X=0 * X) == 43
    assert value("input X[n, m]\nr = n + 10 m + X[0,0]", X=0 * X) == 43


@pytest.mark.parametrize(
    ("size", "length"), [("2*h", 6), ("h + 1", 4), ("h - 1", 2), ("2*h + 3*2 - h", 9), ("4", 4), ("2*(h + 1)", 8), ("h*h", 9)]
)
def test_a_size_is_a_name_a_whole_number_or_plus_minus_times_of_those(size: str, length: int) -> None:
    text = f"input x[h], y[{size}]\nr = x[I] + y[I]"
    assert value(text, x=np.ones(3), y=np.ones(length)) == 3 + length
    with pytest.raises(einlang.CallError):
        value(text, x=np.ones(3), y=np.ones(length + 1))


@pytest.mark.parametrize("size", ["h / 2", "h^2", "0.5", "sqrt(h)"])
def test_nothing_else_is_a_size(size: str) -> None:
    assert len(findings(f"input x[h], y[{size}]\nr = x[I] + y[I]")) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_size_is_at_least_0(backend: str) -> None:
    assert value("input x[h], W[h - 1, h]\nr = W[I,J] + size(W, 0)", backend, x=np.ones(1), W=np.ones((0, 1))) == 0
    with pytest.raises(einlang.CallError, match=r"`h - 3` is -2, less than 0: axis 0 of W at <text>:1:9 is not negative"):
        value("input W[h - 3, h]\nr = W[I,J]", backend, W=np.ones((0, 1)))
    assert value("input W[max(0, h - 3), h]\nr = W[I,J]", backend, W=np.ones((0, 1))) == 0
    for text in ("input x[-1]\nr = x[I]", "size h = -1\nr[i : h] = 1", "size h = 2.5\nr[i : h] = 1"):
        assert len(findings(text)) == 1, text


def test_two_axes_with_the_same_size_name_must_agree() -> None:
    with pytest.raises(einlang.CallError) as caught:
        value("input X[n, k], y[k]\nr = X[I,J] y[J]", X=X, y=[1.0, 2.0, 3.0])
    assert all(words in str(caught.value) for words in ("`k`", "X", "y", "4", "3"))


def test_a_size_must_stand_alone_on_some_axis_or_be_given() -> None:
    refused("input x[2*h]\nr = h x[I]", "size-unknown", "`h`")
    assert value("size h = 2\ninput x[2*h]\nr = h x[I]", x=np.ones(4)) == 8


def test_in_an_expression_a_size_is_a_number_and_size_the_length_of_an_axis() -> None:
    assert value("input X[n, k]\nr = n / k + 10 size(X, 0) + 100 size(X, 1) + 0 X[0,0]", X=X) == 0.75 + 30 + 400
    assert value("input X[n, k]\nY[j,i] = X[i,j]\nr = size(Y, 0) + 0 Y[0,0]", X=X) == 4
    assert len(ids("input X[n, k]\nr = size(X, 2)")) == 1


# --- const --------------------------------------------------------------------------------------------------------------------


def test_a_const_is_a_number_that_may_be_set() -> None:
    text = "const n = 3\nconst c = n / 2\nr[i : n] = c"
    same(value(text), [1.5] * 3)
    same(einlang.compile(text, consts={"n": 5}, backend="numpy")().r, [2.5] * 5)


def test_a_const_may_be_a_tensor_of_numbers() -> None:
    same(value("const w[3] = [1/6, 2/3, 1/6]\nr[i] = w[i]"), [1 / 6, 2 / 3, 1 / 6])
    same(value("const w[2, 2, 1] = [[[1], [2]], [[3], [4]]]\nr[i,j,k] = w[i,j,k]"), np.arange(1, 5).reshape(2, 2, 1))


def test_a_const_is_known_when_the_program_is_compiled() -> None:
    refused("input x\nconst n = x\nr = n", "tensor-in-function", "`x`")
    assert ids("const n = 3\nr = n", consts={"m": 5}) == ["unknown-setting"]


@pytest.mark.parametrize("consts", [{"w": 5}, {"w": [1, 2, 3]}])
def test_what_is_set_is_a_number(consts: Any) -> None:
    with pytest.raises(einlang.EinlangError, match="w"):
        einlang.compile("const w[3] = [1, 2, 3]\nr[i] = w[i]", consts=consts)


# --- use ----------------------------------------------------------------------------------------------------------------------


def test_use_brings_in_functions_and_consts_from_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "layers.ein").write_text("const c = 2\nfn double(x) = c x\n")
    (tmp_path / "main.ein").write_text('use "layers.ein"\ninput x\nr = double(x) + c\n')
    same(einlang.load(tmp_path / "main.ein", backend="numpy")(x=5.0).r, 12)


# --- assume -------------------------------------------------------------------------------------------------------------------

CROSS_ENTROPY = """
input Z[n, k], Y[n, k]
assume sum[J](Y[i,J]) = 1
P[i,j] = softmax[j](Z[i,j])
L = -Y[I,J] log(P[I,J])
"""


def test_an_assumption_simplifies_what_is_derived_by_others() -> None:
    source = einlang.compile(CROSS_ENTROPY).grad("L", wrt="Z").source
    assert "P[i,j] - Y[i,j]" in source


def test_it_is_not_used_in_what_is_derived_again_by_a_tensor_that_it_names() -> None:
    text = "input y[k], w\nassume sum[J](y[J]) = 1\nL = w^2 sum[J](y[J])^3\noutput L".replace(
        "sum[J](y[J])^3", "(sum[J](y[J]))^3"
    )
    given = {"y": ONE_TWO / 3, "w": 2.0}
    program = einlang.compile(text, backend="numpy")
    same(program.hessian("L", wrt="y")(given), 24 * np.ones((2, 2)))
    same(program.grad("L", wrt="y").jacobian("dL_dy", wrt="y")(given), 24 * np.ones((2, 2)))
    same(program.grad("L", wrt="w").jacobian("dL_dw", wrt="y")(given), 12 * np.ones(2))
    assert "∂²L/∂y[i]∂y[j] = 6 w^2" in program.derivation("L", "y", "y").text(steps=False)


def test_it_speaks_of_inputs() -> None:
    refused("input y[k]\nz[i] = 3 y[i]\nassume sum[J](z[J]) = 1\nL = z[I]", "not-an-input", "`z`")
    compiled = "const w[2] = [1, 2]\ninput y[2]\nparam v[2]\nassume y[J] w[J] = v[J]\nr = y[I] v[I]"
    assert einlang.compile(compiled).signature.assumptions == ("assume y[J] w[J] = v[J]",)


def test_a_call_says_which_assumption_fails_and_where() -> None:
    program = einlang.compile("input Y[n, k]\nassume sum[J](Y[i,J]) = 1\nr = Y[I,J]", backend="numpy")
    with pytest.raises(einlang.CallError, match=r"`assume sum\[J\]\(Y\[i,J\]\) = 1` does not hold at \[1\]"):
        program(Y=np.array([[0.25, 0.75], [0.5, 0.75]]), check=True)


def test_it_is_not_used_in_what_is_derived_by_a_tensor_that_it_names() -> None:
    text = "input y[k], w[k]\nassume sum[J](y[J]) = 1\nL = w[I] sum[J](y[J])"
    same(einlang.compile(text, backend="numpy").grad("L", wrt="y")(y=ONE_TWO, w=np.array([2.0, 3.0])), [5, 5])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("dtype", "within", "beyond"), [("float32", 0.5e-5, 4e-5), ("float64", 0.5e-10, 4e-10)])
def test_a_call_checks_it_when_asked_to(dtype: str, within: float, beyond: float, backend: str) -> None:
    program = einlang.compile("input y[k]\nassume sum[J](y[J]) = 1\nr = y[I]^2", backend=backend)

    def near(off: float) -> Any:
        return np.array([0.25, 0.75 + off], dtype)

    program(y=near(1))
    program(y=near(within), check=True)
    with pytest.raises(einlang.CallError, match="assum"):
        program(y=near(beyond), check=True)


# --- abstract -----------------------------------------------------------------------------------------------------------------


def test_the_derivatives_of_an_abstract_tensor_stay_as_they_stand_and_chain_on() -> None:
    program = einlang.compile("Z[i,j] = X[i,K] W[K,j]\nabstract L(Z)\nabstract U[p](Z)\ng[i,j] = ∂L/∂Z[i,j]")
    assert "= X[A,i] ∂L/∂Z[A,j] " in str(program.derivation("L", "W"))


def test_an_abstract_tensor_may_have_axes_and_depend_on_several() -> None:
    program = einlang.compile(
        "input Y[n, k], T[n, k]\nabstract L(Y, T)\nabstract Z[p, q](Y)\ng[i,j] = ∂L/∂Y[i,j]\nZ1[i,j] = 2 Z[i,j]"
    )
    assert "∂L/∂T[i,j]" in str(program.derivation("L", "T"))
    assert "∂Z1[i,j]/∂Y[r,s] = 2 ∂Z[i,j]/∂Y[r,s]" in program.derivation("Z1", "Y").text(steps=False)


WRONG_ABSTRACT = [
    ("abstract L(Q)", "undefined-name"),
    ("abstract L[P](y)", "left-index"),
    ("abstract L[p,p](y)", "left-index"),
    ("abstract L()", "unexpected-text"),
    ("abstract L(L)", "circular-definition"),
    ("abstract y(y)", "named-twice"),
]


@pytest.mark.parametrize(("text", "id"), WRONG_ABSTRACT)
def test_a_wrong_abstract_tensor_has_one_message(text: str, id: str) -> None:
    assert ids(f"input y[k]\n{text}\nr = y[I]") == [id]


def test_code_needs_it_defined() -> None:
    with pytest.raises(einlang.CompileError) as caught:
        einlang.compile("input y[k]\nabstract L(y)\nr = L + 1", backend="numpy")(y=ONE_TWO)
    assert [finding.id for finding in caught.value.diagnostics] == ["left-abstract"]


# --- check --------------------------------------------------------------------------------------------------------------------


def test_a_claim_does_nothing_in_a_call() -> None:
    assert value("input x\ncheck x = x + 1\nr = x", x=2.0) == 2


def test_a_claim_has_two_sides_or_more_and_holds_over_the_whole_range() -> None:
    program = einlang.compile("input A[n, m], u[m]\ncheck A[i,K] u[K] = sum[K](u[K] A[i,K]) = 1[K] u[K] A[i,K]\ny = u[I]")
    assert [judgement.verdict for judgement in program.stages.claims] == ["holds"]


def test_a_false_claim_says_which_sign_fails_for_which_indices_with_both_values() -> None:
    program = einlang.compile("input u[m]\ncheck 2 u[i] = u[i] + u[i] = u[i]^2\ny = u[I]")
    (judgement,) = program.stages.claims
    assert judgement.verdict == "fails"
    (finding,) = program.stages.report.diagnostics
    assert finding.id == "claim-fails"
    assert all(words in said(finding) for words in ("`=` number 2", "is 1 at i = 1", "is 2 at i = 1", "m = 2"))


def test_of_three_signs_the_one_that_fails_is_named() -> None:
    program = einlang.compile("input u[m]\ncheck u[i] = 1 * u[i] = u[i]^1 = 2 u[i]\ny = u[I]")
    assert [judgement.verdict for judgement in program.stages.claims] == ["fails"]
    assert "`=` number 3" in said(program.stages.report.diagnostics[0])


def test_a_claim_sets_no_sizes_equal_and_no_ranges() -> None:
    refused("input u[m], v[k]\ncheck u[i] = v[i]\ny = u[I]", "sizes-differ", "m and k")
    refused("input u[m]\ncheck u[i] = 1[j] u[i]\ny = u[I]", "index-without-range", "`j`")
    same(value("input u[m]\ncheck sum[I : 3](u[I]) = u[5]\nr = u[I]", u=ONE_TWO), 3)


def test_a_claim_holds_for_data_that_satisfies_what_is_assumed() -> None:
    text = "input Y[n, k]\nassume sum[J](Y[i,J]) = 1\ncheck Y[I,J] 1[I] 1[J] = n\ny = Y[0,0]"
    assert [judgement.verdict for judgement in einlang.compile(text).stages.claims] == ["holds"]


# --- output -------------------------------------------------------------------------------------------------------------------


def test_outputs_come_in_the_order_that_is_said() -> None:
    program = einlang.compile("input x\na = x\nb = 2 a\noutput b, a", backend="numpy")
    assert [float(found) for found in program(x=1.0)] == [2, 1]


def test_an_output_is_the_name_of_a_tensor_once() -> None:
    for text, id in (("output q", "undefined-name"), ("output a, a", "named-twice"), ("output a[i]", "other-notation")):
        assert ids(f"input x\na = x\n{text}") == [id]
    assert outputs(einlang.compile("input x\na = x\noutput x, a")) == ["x", "a"]


def test_without_output_a_call_returns_what_nothing_else_uses() -> None:
    text = """
    input x[n], H[n, n]
    param w[n]
    a = x[I]
    b = 2 a
    c = a
    g[i] = x[i]
    solve s[j]: H[i,J] s[J] = g[i]
    d[i] = w[i]
    w[i] <- d[i]
    """
    assert outputs(einlang.compile(text)) == ["b", "c", "s", "w"]


# --- sketches -----------------------------------------------------------------------------------------------------------------


def test_a_sketch_declares_nothing_and_may_be_derived_by_everything() -> None:
    program = einlang.compile("f = x[I] A[I,J] x[J]", backend="numpy")
    assert [tensor.name for tensor in program.signature.inputs] == ["x", "A"]
    x, A = RANDOM.normal(size=3), RANDOM.normal(size=(3, 3))
    same(program(x=x, A=A).f, x @ A @ x)
    same(program.grad("f", wrt="x")(x=x, A=A), (A + A.T) @ x)
    same(program.grad("f", wrt="A")(x=x, A=A), np.outer(x, x))


def test_an_axis_of_a_sketch_has_a_size_of_its_own() -> None:
    value("r = a + b[I] + c[I,J]", a=1.0, b=np.ones(2), c=np.ones((3, 4)))
    with pytest.raises(einlang.CallError):
        value("r = b[I] c[I,J]", b=np.ones(2), c=np.ones((3, 4)))


def test_what_looks_like_a_call_of_a_misspelt_function_gets_a_warning() -> None:
    with pytest.warns(UserWarning, match="sigmoid"):
        assert einlang.compile("y[i] = sigmod(x[i])").signature.inputs
    assert warned("y[i] = a (x[i] + b)") == []


def test_axes_are_known_by_their_order_alone() -> None:
    same(value("input X[n, k]\nr[j,i] = X[i,j]", X=X), X.T)
