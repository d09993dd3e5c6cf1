"""Section 3 of the language reference: declarations."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from einlang.diagnostics import Diagnostic
from einlang.ir.extent import fixed, sized
from einlang.ir.nodes import Number, Stack
from einlang.ir.program import Program

Compiled = Callable[..., Program]
Ids = Callable[..., list[str]]
Findings = Callable[..., list[Diagnostic]]


def test_inputs_and_params_stand_in_the_order_declared(compiled: Compiled) -> None:
    program = compiled("input X[b, k0], lr\nparam W[k0, k1]\ninput y[b] : int\nZ[i,j] = lr * X[i,K] W[K,j]")
    found = [(tensor.name, tensor.role, tensor.kind, tensor.rank) for tensor in program.inputs]
    assert found == [
        ("X", "input", "float", 2),
        ("lr", "input", "float", 0),
        ("W", "param", "float", 2),
        ("y", "input", "int", 1),
    ]


def test_int_belongs_to_the_one_tensor_before_it(compiled: Compiled) -> None:
    program = compiled("input a[n], t[n] : int, b[n]\ns = a[I] b[I]")
    assert [tensor.kind for tensor in program.inputs] == ["float", "int", "float"]


def test_a_tensor_knows_where_it_is_declared(compiled: Compiled) -> None:
    program = compiled("input X[b, k]\ns[i] = X[i,K]")
    assert [tensor.declared.place for tensor in (*program.inputs, *program.outputs) if tensor.declared] == [
        "main.ein:1:7",
        "main.ein:2:1",
    ]


def test_a_fixed_size_is_a_size_of_the_program(compiled: Compiled) -> None:
    program = compiled("size h = 128\ninput W[2*h, h], V[k, h + 1]\ns = W[I,J] + V[I,J]")
    assert program.sizes == (("h", 128),)
    assert program.inputs[0].shape == (sized("h") * 2, sized("h"))
    assert program.inputs[1].shape == (sized("k"), sized("h") + 1)


@pytest.mark.parametrize("declared", ["size n\ninput x[n]", "input x[n]\nsize n", "input x[n]"])
def test_naming_a_size_in_a_declaration_is_enough(declared: str, compiled: Compiled) -> None:
    program = compiled(f"{declared}\ns = x[I] / n")
    assert program.sizes == ()
    assert program.inputs[0].shape == (sized("n"),)


def test_a_size_may_be_given_by_others(compiled: Compiled) -> None:
    program = compiled("size m = 2 * n + 1\ninput x[n], y[m]\nz[i : m] = y[i]")
    assert program.inputs[1].shape == (sized("n") * 2 + 1,) == program.outputs[0].shape


@pytest.mark.parametrize("text", ["size n = -1", "size n = 1/2", "size n = n", "size n = m\nsize m = n + 1", "input x[n / 2]"])
def test_what_is_no_size(text: str, ids: Ids) -> None:
    assert ids(f"{text}\ninput a\ns = a") == ["not-a-size"]


def test_axes_with_the_same_size_name_have_one_extent(compiled: Compiled) -> None:
    first, second = compiled("input x[n], y[n]\ns = x[I] + y[I]").inputs
    assert first.shape == second.shape


@pytest.mark.parametrize("axes", ["2*h", "h + 1", "h*k"])
def test_a_size_must_stand_alone_on_some_axis_or_be_given(axes: str, findings: Findings) -> None:
    (finding,) = findings(f"input x[{axes}], y[k]\ns = x[I] + y[I]")
    assert finding.id == "size-unknown"
    assert "`h`" in finding.message
    assert not findings(f"size h = 3\ninput x[{axes}], y[k]\ns = x[I] + y[I]")
    assert not findings(f"input x[{axes}], y[k], z[h]\ns = x[I] + y[I]")


def test_in_an_expression_a_size_name_is_a_number(values: Callable[..., dict[str, np.ndarray]]) -> None:
    found = values("input X[b, k]\ns = X[I,J] / (b * k)\nt = 2 size(X, 0) + size(X, 1)", b=3, k=5)
    assert np.isclose(found["s"], found["X"].mean())
    assert found["t"] == 11


@pytest.mark.parametrize(
    "call", ["size(X, 2)", "size(X, 1/2)", "size(X, b)", "size(2, 0)", "size(X)", "size(X[I], 0)", "size(x, 0)"]
)
def test_size_takes_a_tensor_and_one_of_its_axes(call: str, ids: Ids) -> None:
    assert ids(f"input X[b, k], x\nt = {call}") == ["wrong-arguments"]


# --- consts -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3", Fraction(3)),
        ("1/3", Fraction(1, 3)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("-2^-3", Fraction(-1, 8)),
        ("m * (m - 1) / 2", Fraction(6)),
        ("m if m > 3 and not m == 5 else 0", Fraction(4)),
        ("double(m)", Fraction(8)),
        ("max(m, 7) - min(m, 7) + abs(-1)", Fraction(4)),
    ],
)
def test_a_const_is_folded_exactly(expression: str, value: Fraction, compiled: Compiled) -> None:
    program = compiled(f"const c = {expression}\nconst m = 4\nfn double(x) = 2 x\ninput x\ny = x + c")
    assert Number(value) in program.definitions[0].body.children


def test_a_const_may_be_irrational(values: Callable[..., dict[str, np.ndarray]]) -> None:
    assert np.isclose(values("const tau = 2 pi\nconst r = sqrt(tau)\ninput x\ny = r + 0 * x")["y"], np.sqrt(2 * np.pi))


def test_a_const_can_be_set_from_outside(compiled: Compiled) -> None:
    program = compiled("const n = 3\nconst m = 2 n\ninput x[m]\ny = x[I]", consts={"n": 0.5 * 10})
    assert program.inputs[0].shape == (fixed(10),)


def test_a_setting_is_the_literal_that_prints_so(compiled: Compiled) -> None:
    program = compiled("const c = 3\ninput x\ny = x * c", consts={"c": 0.1})
    assert Number(Fraction(1, 10)) in program.definitions[0].body.children


@pytest.mark.parametrize("setting", [{"m": 5}, {"x": 5}, {"w": 5}])
def test_a_setting_must_name_a_const(setting: dict[str, float], ids: Ids) -> None:
    assert ids("const n = 3\nconst w[2] = [1, 2]\ninput x\ny = n * x", consts=setting) == ["unknown-setting"]


def test_a_const_with_axes_is_a_tensor_of_numbers(values: Callable[..., dict[str, np.ndarray]]) -> None:
    source = "const w[3] = [1/6, 2/3, 1/6]\nconst M[2, 3] = [[1, 2, 3], [4, 5, 6]]\ninput x[n]\ns = w[I] x[I]\nt[i] = M[i,J] w[J]"
    found = values(source)
    assert np.isclose(found["s"], found["x"] @ [1 / 6, 2 / 3, 1 / 6])
    assert np.allclose(found["t"], [[1, 2, 3], [4, 5, 6]] @ np.array([1 / 6, 2 / 3, 1 / 6]))


def test_a_const_tensor_is_a_definition_where_it_is_used(compiled: Compiled) -> None:
    program = compiled("const w[2] = [1, 2]\nconst v[2] = [3, w[I] w[I]]\nconst u[2] = [1, 1]\ninput x[n]\ns = v[I] x[I]")
    assert [definition.tensor.name for definition in program.definitions] == ["w", "v", "s"]
    assert isinstance(program.definitions[0].body, Stack)
    assert [tensor.name for tensor in program.outputs] == ["s"]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("const c = x", "tensor-in-function"),
        ("const c = n", "not-a-constant"),
        ("const c = c + 1", "circular-definition"),
        ("const a = b\nconst b = a", "circular-definition"),
        ("const a = f(1)\nfn f(x) = a * x", "circular-definition"),
        ("const w[2] = 3", "ragged-tensor"),
        ("const w[2] = [1, [2]]", "ragged-tensor"),
        ("const w[2, 2] = [[1, 2], [3]]", "ragged-tensor"),
        ("const w[2] = [1, 2, 3]", "sizes-differ"),
        ("const w[n] = [1, 2, 3]", "sizes-differ"),
        ("const w[2] = [[1, 2], [3, 4]]", "wrong-rank"),
        ("const c = [1, 2][i]", "free-index"),
    ],
)
def test_what_is_no_const(text: str, id: str, ids: Ids) -> None:
    assert ids(f"input x, y[n]\n{text}\ns = x + y[I]") == [id]


# --- use ----------------------------------------------------------------------------------------------------------------------


def test_use_brings_in_functions_and_consts_and_nothing_else(compiled: Compiled, ids: Ids) -> None:
    layers = "const half = 1/2\nfn scaled(x) = half * x\ninput X[n]\nZ = X[I]\n"
    program = compiled('use "layers.ein"\ninput x\ny = scaled(x) + half', {"layers.ein": layers})
    assert [tensor.name for tensor in program.inputs] == ["x"]
    assert ids('use "layers.ein"\ninput x\ny = Z + x', {"layers.ein": layers}) == ["undefined-name"]


def test_files_used_share_one_name_space(findings: Findings) -> None:
    (finding,) = findings('use "a.ein"\nfn f(x) = x\ninput x\ny = f(x)', {"a.ein": "fn f(x) = 2 x\n"})
    assert (finding.id, finding.span.source.name, finding.others[0].span.source.name) == ("named-twice", "a.ein", "main.ein")


# --- assume, check, output ----------------------------------------------------------------------------------------------------


def test_an_assumption_is_an_equation_over_its_lowercase_indices(compiled: Compiled) -> None:
    (fact,) = compiled("input Y[n, m]\nassume sum[J](Y[i,J]) = 1\ns = Y[I,J]").assumptions
    assert [(index.name, index.extent) for index in fact.indices] == [("i", sized("n"))]
    assert (len(fact.sides), fact.text) == (2, "assume sum[J](Y[i,J]) = 1")


def test_a_check_has_two_sides_or_more(compiled: Compiled) -> None:
    (claim,) = compiled("input u[n], v[n]\ns = u[I] v[I]\ncheck ∂s/∂u[i] = v[i] = 1 * v[i]").checks
    assert (len(claim.sides), [index.name for index in claim.indices]) == (3, ["i"])


def test_sides_of_an_equation_are_checked_like_right_sides(ids: Ids) -> None:
    assert ids("input u[n], v[m]\nassume exp(u[I]) = 1\ncheck u[i] = 1[j]\ns = u[I] v[J]") == [
        "index-not-summed",
        "index-without-range",
    ]


def test_output_says_what_a_call_returns_in_this_order(compiled: Compiled) -> None:
    program = compiled("input x[n]\nA = x[I]\nB = 2 A\nC = 3\noutput B, x\noutput A")
    assert [tensor.name for tensor in program.outputs] == ["B", "x", "A"]


def test_without_output_every_definition_that_no_other_uses_is_returned(compiled: Compiled) -> None:
    program = compiled("input x[n]\nD = 2 B\nB = x[I]\nC = 3 B\nL = x[I]^2\nG[i] = ∂L/∂x[i]\ncheck C = 3 B")
    assert [tensor.name for tensor in program.outputs] == ["D", "C", "G"]


@pytest.mark.parametrize(("outputs", "id"), [("A, Z", "undefined-name"), ("A, A", "named-twice"), ("n", "undefined-name")])
def test_an_output_is_a_tensor_once(outputs: str, id: str, ids: Ids) -> None:
    assert ids(f"input x[n]\nA = x[I]\noutput {outputs}") == [id]


# --- sketches -----------------------------------------------------------------------------------------------------------------


def test_in_a_sketch_whatever_nothing_defines_is_an_input_with_sizes_of_its_own(compiled: Compiled) -> None:
    program = compiled("y[i,j] = a * X[i,j] + b[j,k0] if a > pi else 0\nz = 2".replace("b[j,k0]", "b[i,j]"))
    assert [tensor.name for tensor in program.inputs] == ["X", "a", "b"] or [t.name for t in program.inputs] == ["a", "X", "b"]
    shapes = {tensor.name: [extent.spell() for extent in tensor.shape] for tensor in program.inputs}
    assert shapes["X"] == ["size(X, 0)", "size(X, 1)"]
    assert shapes["a"] == []


def test_in_a_sketch_everything_may_be_differentiated_by(ids: Ids) -> None:
    assert ids("f = x[I] A[I,J] x[J]\ng[i] = ∂f/∂x[i]\nh[i,j] = ∂f/∂A[i,j]") == []


def test_a_reference_in_a_sketch_used_with_two_ranks_is_an_error_with_both_places(findings: Findings) -> None:
    (finding,) = findings("f = x[I] y[I]\ng = x[I,J]")
    assert finding.id == "wrong-rank"
    assert [finding.span.place, finding.others[0].span.place] == ["main.ein:2:5", "main.ein:1:5"]


@pytest.mark.parametrize("text", ["s = sum", "s = exp * 2", "s = x[I] + log"])
def test_a_function_is_no_input_of_a_sketch(text: str, ids: Ids) -> None:
    assert ids(text) == ["not-a-tensor"]


def test_a_text_with_a_declaration_is_no_sketch(ids: Ids) -> None:
    assert ids("input x\ns = x * y[I]") == ["undefined-name"]
