"""Section 8 of the language reference, sentence by sentence: superscripts, `for`, and the names they have in Python."""

from typing import Any

import numpy as np
import pytest

import einlang
from einlang.diagnostics import Diagnostic
from einlang.driver import Stages
from einlang.options import options
from einlang.runtime.recipe import Recipe
from einlang.syntax.format import format_file

NETWORK = """
const n = 3
input A[b, k{0}], Y[b, k{n}]
param W{m}[k{m-1}, k{m}], c{m}[k{m}]                    for m in 1..n
X{0}[i,j] = A[i,j]
Z{m}[i,j] = X{m-1}[i,K] W{m}[K,j] + c{m}[j]             for m in 1..n
X{m}[i,j] = relu(Z{m}[i,j])                             for m in 1..n-1
X{n}[i,j] = softmax[j](Z{n}[i,j])
L = -Y[I,J] log(X{n}[I,J]) / b
G{m}[i,j] = ∂L/∂W{m}[i,j]                               for m in 1..n
"""


def arrays(layers: int, seed: int = 0) -> dict[str, Any]:
    """Data for the network, with sizes that differ from layer to layer."""
    random = np.random.default_rng(seed)
    sizes = [4 + layer % 3 for layer in range(layers + 1)]
    made = {"A": random.normal(size=(5, sizes[0])), "Y": random.random((5, sizes[-1]))}
    for m in range(1, layers + 1):
        made[f"W{{{m}}}"] = random.normal(size=(sizes[m - 1], sizes[m])) / 2
        made[f"c{{{m}}}"] = random.normal(size=sizes[m])
    return made


def by_hand(given: dict[str, Any], layers: int) -> tuple[float, list[Any]]:
    """The loss and its gradients by the weights, by hand."""
    x = [given["A"]]
    for m in range(1, layers + 1):
        z = x[-1] @ given[f"W{{{m}}}"] + given[f"c{{{m}}}"]
        x.append(np.maximum(z, 0) if m < layers else np.exp(z) / np.exp(z).sum(1, keepdims=True))
    y, rows = given["Y"], len(given["A"])
    back = (x[-1] * y.sum(1, keepdims=True) - y) / rows
    found = []
    for m in range(layers, 0, -1):
        found.append(x[m - 1].T @ back)
        back = (back @ given[f"W{{{m}}}"].T) * (x[m - 1] > 0)
    return -(y * np.log(x[-1])).sum() / rows, found[::-1]


def findings(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(einlang.CompileError) as caught:
        einlang.compile(text)
    return tuple(caught.value.diagnostics)


def ids(text: str) -> list[str]:
    return [finding.id for finding in findings(text)]


def value(text: str, name: str, **given: Any) -> Any:
    return einlang.compile(text, backend="numpy")({k: np.array(v) for k, v in given.items()})[name]


# --- superscripts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("layers", [1, 2, 3, 7])
def test_the_network_of_the_reference_has_the_depth_that_is_set(layers: int, backend: str) -> None:
    network, given = einlang.compile(NETWORK, consts={"n": layers}, backend=backend), arrays(layers)
    loss, gradients = by_hand(given, layers)
    out = network(given)
    assert list(out.keys()) == [f"G{{{m}}}" for m in range(1, layers + 1)]
    for m, wanted in enumerate(gradients, start=1):
        np.testing.assert_allclose(out[f"G{{{m}}}"], wanted, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(network.only("L")(given).L, loss)


def test_a_superscript_is_a_whole_number_expression_known_when_the_program_is_compiled() -> None:
    text = "const n = 2\ninput x{2*n}[k]\ny{n^2 - 1}[i] = x{n + 2}[i] / 2\nz = y{3}[I]"
    assert value(text, "z", x_4=[2.0, 4.0]) == 3
    assert ids("const n = 1/2\ninput x{n}[k]\ny = x{n}[I]") == ["not-a-whole-number"]
    assert ids("input x[k]\ny{k} = x[I]") == ["not-a-constant"]


def test_a_name_may_have_two_superscripts() -> None:
    text = "input x{m,p}[k] for m in 1..2, p in 1..m\ny = x{1,1}[I] + x{2,1}[I] - x{2,2}[I]"
    program = einlang.compile(text, backend="numpy")
    assert [tensor.name for tensor in program.signature.inputs] == ["x{1,1}", "x{2,1}", "x{2,2}"]
    one = np.ones(1)
    assert program(x_1_1=one, x_2_1=20 * one, x_2_2=300 * one).y == 1 + 20 - 300


def test_sizes_and_consts_may_carry_superscripts() -> None:
    text = "const a{m} = m^2 for m in 1..3\nsize k{m} = a{m} + 1 for m in 1..3\ninput x[k{2}]"
    text += "\ny = x[a{2}] + x[k{2} - 5] + a{3} + k{3}"
    assert value(text, "y", x=[0.0, 1.0, 2.0, 3.0, 4.0]) == 4 + 0 + 9 + 10


def test_negative_superscripts() -> None:
    assert value("input x[k]\ny{m} = m x[I] for m in -1..1\nz = y{-1} - 2 y{1}", "z", x=[1.0, 2.0]) == -9


# --- for ----------------------------------------------------------------------------------------------------------------------


def test_both_ends_are_included_and_an_empty_range_gives_nothing() -> None:
    text = "const n = 2\ninput x\ny{m} = m x for m in 0..n\nz{m} = y{0} for m in n+1..n"
    assert list(einlang.compile(text, backend="numpy")(x=1.0).keys()) == ["y{0}", "y{1}", "y{2}"]


def test_several_ranges_repeat_in_order_and_later_ones_may_use_earlier_variables() -> None:
    program = einlang.compile("input x\ny{p,m} = x for m in 1..2, p in m..2", backend="numpy")
    assert list(program(x=1.0).keys()) == ["y{1,1}", "y{2,1}", "y{2,2}"]


def test_the_whole_statement_is_repeated() -> None:
    text = """
    input Q{m}[n, k]                     for m in 1..2
    assume sum[J](Q{m}[i,J]) = m         for m in 1..2
    R{m}[i] = Q{m}[i,J]                  for m in 1..2
    check R{m}[i] = sum[J](Q{m}[i,J])    for m in 1..2
    output R{m}                          for m in 1..2
    """
    program = einlang.compile(text, backend="numpy")
    ones = np.full((2, 2), 0.5)
    out = program({"Q{1}": ones, "Q{2}": 2 * ones}, check=True)
    assert list(out.keys()) == ["R{1}", "R{2}"]
    with pytest.raises(einlang.CallError):
        program({"Q{1}": ones, "Q{2}": ones}, check=True)


def test_every_name_that_the_statement_defines_must_carry_the_variable() -> None:
    assert ids("input x[k]\ny[i] = m x[i] for m in 1..2") == ["name-without-variable"]
    assert ids("param W{m}[k], c[k] for m in 1..2\ny = W{1}[I] c[I]") == ["name-without-variable"]
    assert ids("input x[k]\ny{m}[i] = x[i] for m in 1..2, p in 1..2") == ["name-without-variable"]


def test_outside_brackets_a_variable_is_a_number() -> None:
    text = "input x[k]\ny{m}[i] = m x[i]^m - x[i] m / (m + 1) for m in 1..3\nz = y{3}[I]"
    assert value(text, "z", x=[2.0]) == 3 * 8 - 2 * 3 / 4


def test_a_power_with_a_variable_is_no_chain_of_factors() -> None:
    assert ids("input x[k]\ny{m} = x[I]^m for m in 2..2") == ["index-not-summed"]


def test_in_brackets_a_variable_is_part_of_a_subscript_and_no_index() -> None:
    assert value("input x[k]\ny{m} = x[m + 0] for m in 0..1", "y{1}", x=[5.0, 7.0]) == 7
    assert ids("input x[k]\ny{m} = x[m] for m in 0..1") == ["ambiguous-name"]


def test_a_variable_that_means_something_else_too_is_an_error() -> None:
    assert ids("const m = 3\ninput x[k]\ny{m}[i] = x[i] for m in 1..2") == ["ambiguous-name"]
    assert ids("input x[m]\ny{m}[i] = m x[i] for m in 1..2") == ["ambiguous-name"]
    assert value("input x[m]\ny{p}[m] = p x[m] for p in 1..2", "y{2}", x=[1.0]) == 2


def test_a_name_alone_never_means_all_layers() -> None:
    (finding,) = findings("input W{m}[k] for m in 1..2\ny = W[I]")
    assert finding.id == "undefined-name"
    assert finding.help == "there are `W{1}`, `W{2}`"


# --- messages -----------------------------------------------------------------------------------------------------------------


def test_an_error_that_is_the_same_for_all_repetitions_is_reported_once() -> None:
    text = "input x[k]\ny{m}[i] = x[i] + nothing for m in 1..9"
    (finding,) = findings(text)
    assert finding.message == "nothing defines `nothing`"


def test_an_error_of_one_repetition_says_which() -> None:
    text = "input x{m}[k + m] for m in 0..2\ny{m}[i] = x{m}[i] + x{m + 1}[0] for m in 0..2\nsize k = 3"
    (finding,) = findings(text)
    assert finding.message == "nothing defines `x{3}`, where m = 2"
    assert finding.span.text == "x{m + 1}"


CALLS: list[tuple[dict[str, Any], str]] = [
    ({"W{2}": np.ones((5, 5))}, r"axis 0 of c\{2\} is 6, but `k\{2\}` is 5 \(axis 1 of W\{2\}\)"),
    ({"W{2}": np.ones(5)}, r"W\{2\} has rank 1, but is declared as W\{2\}\[k\{1\}, k\{2\}\]"),
    ({"W{4}": np.ones(5)}, r"no input 'W\{4\}'; did you mean 'W\{3\}'"),
    ({"W_1": np.ones(5)}, r"W\{1\} is given twice"),
]


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize(("given", "words"), CALLS)
def test_errors_of_calls_speak_of_layers(given: dict[str, Any], words: str, backend: str) -> None:
    with pytest.raises(einlang.CallError, match=words):
        einlang.compile(NETWORK, backend=backend)({**arrays(3), **given})


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_updates_solutions_and_recurrences_are_repeated_too(backend: str) -> None:
    text = """
    param W{m}[k] for m in 1..2
    input A[k, k], lr
    L = W{1}[I]^2 W{2}[J]
    solve s{m}[j]: A[i,J] s{m}[J] = m W{m}[i] for m in 1..2
    h{m}[0] = m for m in 1..2
    h{m}[t+1 : 4] = h{m}[t] + h{m-1}[t] for m in 2..2
    h{1}[t+1 : 4] = 2 h{1}[t]
    W{m}[i] <- W{m}[i] - lr ∂L/∂W{m}[i] for m in 1..2
    output s{m}, h{m} for m in 1..2
    """
    first, second = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    given = {"W{1}": first.copy(), "W{2}": second.copy(), "A": 2 * np.eye(2), "lr": 0.1}
    out = einlang.compile(text, backend=backend)(given)
    assert list(out.keys()) == ["s{1}", "h{1}", "s{2}", "h{2}", "W{1}", "W{2}"]
    wanted = [first / 2, [1, 2, 4, 8], second, [2, 3, 5, 9], first - 1.6 * first, second - 0.5]
    for found, expected in zip(out.values(), wanted, strict=True):
        np.testing.assert_allclose(found, expected)
    assert out["W{1}"] is given["W{1}"]


# --- the stages ---------------------------------------------------------------------------------------------------------------


def sums(text: str, **consts: float) -> str:
    return format_file(Stages(Recipe("case", "case.ein", text, options(consts=consts))).sums)


def test_the_stage_of_sums_keeps_what_is_repeated() -> None:
    made = sums(NETWORK)
    assert "Z{m}[i,j] = sum[K : k{m-1}](X{m-1}[i,K] W{m}[K,j]) + c{m}[j] for m in 1..n\n" in made
    assert "L = sum[I : b, J : k{n}](-Y[I,J] log(X{n}[I,J]) / b)\n" in made
    assert sums(made) == made


@pytest.mark.parametrize("layers", [0, 1, 2, 5])
def test_the_stage_of_sums_means_the_same(layers: int) -> None:
    text = "const n = 2\ninput A{m}[p{m}, p{m+1}] for m in 0..n\ny{m} = A{m}[I,J] A{m-1}[K,I] for m in 1..n\nz = A{0}[I,J]"
    random = np.random.default_rng(0)
    given = {f"A{{{m}}}": random.normal(size=(2 + m, 3 + m)) for m in range(layers + 1)}
    first, second = (einlang.compile(made, consts={"n": layers}, backend="numpy") for made in (text, sums(text, n=layers)))
    assert [np.asarray(v).tolist() for v in first(given)] == [np.asarray(v).tolist() for v in second(given)]


def test_repetitions_whose_sums_differ_are_written_out() -> None:
    text = "input x{0}[a], x{1}[c], y[a], z[c]\ns{m} = x{m}[I] / 2 for m in 0..1\nt = y[I] + z[I]"
    assert "s{0} = sum[I : a](x{0}[I] / 2)\ns{1} = sum[I : c](x{1}[I] / 2)\n" in sums(text)


def test_a_derived_program_is_a_program_with_the_names_of_the_layers() -> None:
    gradient = einlang.compile(NETWORK, consts={"n": 2}, backend="numpy").grad("L", wrt=["W{1}", "W_2"])
    again = einlang.compile(gradient.source, backend="numpy")
    assert again.source == gradient.source
    assert "param W{m}[k{m-1}, k{m}], c{m}[k{m}] for m in 1..2\n" in gradient.source
    assert "dL_dW{m}[i,j] = X{m-1}[A,i] dL_dZ{m}[A,j] for m in 1..2\n" in gradient.source
    given = arrays(2)
    assert list(gradient(given)) == ["W{1}", "W{2}"]
    np.testing.assert_allclose(gradient(given)["W{2}"], again(given)["dL_dW{2}"], rtol=1e-13)


def test_a_derivation_stays_general_where_the_layers_are_alike() -> None:
    text = str(einlang.compile(NETWORK, backend="numpy").derivation("L", ["W{1}", "W{2}", "W{3}"]).text(steps=False))
    assert "∂L/∂W{m}[i,j] = X{m-1}[A,i] ∂L/∂Z{m}[A,j] for m in 1..3\n" in text
    assert "∂L/∂X{m}[i,j] = ∂L/∂Z{m+1}[i,B] W{m+1}[j,B] for m in 1..2\n" in text


def test_the_source_says_the_consts_as_they_were_set() -> None:
    text = "const n = 3 # depth\nconst half = n / 2\ninput x[k]\ny{m}[i] = half x[i] for m in 1..n\n"
    program = einlang.compile(text, backend="numpy", consts={"n": 5})
    assert program.source == text.replace("3 #", "5 #")
    assert einlang.compile(program.source, backend="numpy").signature == program.signature
    assert einlang.compile(text, backend="numpy").source == text


def test_latex_shows_superscripts_in_parentheses_and_what_is_the_same_for_each_layer_once() -> None:
    program = einlang.compile(NETWORK, backend="numpy")
    shown = program.latex().splitlines()
    assert r"Z^{(m)}_{i,j} &= X^{(m - 1)}_{i,K} \, W^{(m)}_{K,j} + c^{(m)}_{j} \qquad (1 \le m \le 3) \\" in shown
    assert r"X^{(3)}_{i,j} &= \operatorname{softmax}_{j}(Z^{(3)}_{i,j}) \\" in shown
    assert r"G^{(m)}_{i,j} &= X^{(m - 1)}_{A,i} \, \frac{\partial L}{\partial Z^{(m)}_{A,j}} \qquad (1 \le m \le 3)" in shown
    deep = einlang.compile(NETWORK, consts={"n": 30}, backend="numpy").latex()
    assert deep.replace("30", "3").replace("29", "2") == program.latex()
    assert len(program.only("L").latex().splitlines()) < 8


def test_a_hundred_layers_take_a_hundred_definitions_for_each_statement() -> None:
    network = einlang.compile(NETWORK, consts={"n": 100}, backend="numpy")
    assert len(network.only("L").signature.inputs) == 202
    three = einlang.compile(NETWORK, consts={"n": 3}, backend="numpy")
    assert network.grad("L", wrt="W{1}").source.replace("100", "3").replace("99", "2") == three.grad("L", wrt="W{1}").source


# --- names in Python ----------------------------------------------------------------------------------------------------------


def test_from_python_a_layer_has_its_name_or_one_with_an_underscore() -> None:
    program = einlang.compile("param W{m}[k] for m in 1..2\ny{m}[i] = m W{m}[i] for m in 1..2", backend="numpy")
    one, two = np.ones(1), np.full(1, 2.0)
    for out in (program({"W{1}": one, "W{2}": two}), program(W_1=one, W_2=two), program(**{"W{1}": one}, W_2=two)):
        assert out["y{2}"] == out.y_2 == 4


def test_a_clash_of_such_names_with_a_plain_one_is_an_error() -> None:
    assert ids("input W{2}[k], W_2[k]\ny = W{2}[I] W_2[I]") == ["named-twice"]
    assert ids("input W_2[k], W{2}[k]\ny = W{2}[I] W_2[I]") == ["named-twice"]
    assert ids("input W{1,2}[k], W_1{2}[k]\ny = W_1{2}[I] W{1,2}[I]") == ["named-twice"]


def test_a_sketch_takes_what_no_layer_defines_as_inputs() -> None:
    program = einlang.compile("X{m}[i,j] = tanh(X{m-1}[i,K] W{m}[K,j]) for m in 1..2\nL = X{2}[I,J]^2", backend="numpy")
    assert [tensor.name for tensor in program.signature.inputs] == ["X{0}", "W{1}", "W{2}"]
    one = np.ones((1, 1))
    assert list(program.grad("L", wrt=["W{1}"])(X_0=one, W_1=one, W_2=one)) == ["W{1}"]
