"""Section 6 of the language reference: what names mean, abstract functions and their primes, and one message for one mistake."""

from typing import Any

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, Wrong, refused, same, sums, value

import einlang
from einlang.syntax.format import format_file

V = RANDOM.uniform(0.2, 0.9, 4)

# --- names --------------------------------------------------------------------------------------------------------------------

ONE_MESSAGE: list[Wrong] = [
    ("input x[n]\ny[i] = x[i] where x[i] > 0", "not-a-tensor", "`where(c, a, b)`, or `a if c else b`"),
    ("input x\nz = x and 1", "comparison-as-number", "`… if … else …`"),
    ("input x\nz = not x", "comparison-as-number", "`… if … else …`"),
    ("input x\nz = 1 + (x > 1 and x < 2)", "comparison-as-number", "`… if … else …`"),
    ("input x\nz = 1 if x and x > 2 else 0", "number-as-condition", "`x != 0`"),
    ("input x\ny = x + exp", "not-a-tensor", "`exp(…)`"),
    ("input x\ny = x + size", "reserved-name", "`size`"),
    ("input x[n]\ny = x", "wrong-rank", "`x`"),
    ("input x[n]\ny = x[I,J]", "wrong-rank", "`x`"),
    ("input weights[n]\ny = wieghts[I]", "undefined-name", "`weights`"),
    ("input x\ny = sigmod(x)", "undefined-name", "`sigmoid`"),
    ("fn f(x) = x^2\ninput x\ny = f(x, x)", "wrong-arguments", "`f`"),
    ("input x\ny = exp(x, x)", "wrong-arguments", "`exp`"),
    ("input x[n]\ny = sum(x[I])", "index-not-named", "`sum[I](x[I])`"),
    ("input t[n] : int, x[n]\ny[t] = x[t] + t[0] q", "undefined-name", "`q`"),
]


@pytest.mark.parametrize(("text", "id", "words"), ONE_MESSAGE)
def test_one_mistake_has_one_message(text: str, id: str, words: str) -> None:
    refused(text, id, words)


def test_outside_brackets_a_name_is_a_scalar_a_const_a_variable_an_index_or_a_size() -> None:
    text = "const c = 10\ninput x[n], s\nr{m}[i] = x[i] + s + c + 1000 m + 100000 i + 10000000 n for m in 1..2\nr[i] = r{2}[i]"
    same(value(text, x=V, s=0.5), V + 0.5 + 10 + 2000 + 100000 * np.arange(4) + 4e7)


@pytest.mark.parametrize(
    "text", ["input X[n, k], n\ny = X[I,J] + n", "input x[i], i\ny[i] = x[i] i", "const k = 2\ninput x[k]\ny = k x[I]"]
)
def test_a_name_that_could_be_two_of_these_is_an_error_or_means_the_same(text: str) -> None:
    if text.startswith("const"):
        same(value(text, x=V[:2]), 2 * V[:2].sum())
    else:
        refused(text, "ambiguous-name", "another")


def test_consts_in_the_text_of_sums_are_as_they_were_set() -> None:
    program = einlang.compile("const n = 3\nconst c = -1\nr[i : n] = c", consts={"n": 5, "c": -0.5}, backend="numpy")
    assert format_file(program.stages.sums) == "const n = 5\nconst c = -0.5\nr[i : n] = c\n"
    assert "const n = 3" in sums("const n = 3\nr[i : n] = 1")


NAMED_TWO_WAYS: list[tuple[str, Any]] = [
    ("input x[n], i\nr[i] = x[i]", V),
    ("const i = 2\ninput x[n]\nr[i] = x[i]", V),
    ("input x[i]\nr[i] = x[i] + size(x, 0)", V + 4),
    ("input x[n], n[n]\nr[i] = x[i] + n", V + 4),
    ("input x[n], n\nr[i] = x[i] + size(x, 0)", V + 4),
    ("input x[n]\nr[x] = x[x] + x", V + np.arange(4)),
    ("const c = 2\ninput x[n]\nr[i] = x[(c)] + x[c + 0] + x[i]", 2 * V[2] + V),
    ("fn f(n, x) = n + x\ninput x[n]\nr[i] = f(x[i], 1) + n", V + 5),
]


@pytest.mark.parametrize(("text", "wanted"), NAMED_TWO_WAYS)
def test_inside_brackets_indices_hide_and_outside_only_what_could_stand_there_counts(text: str, wanted: Any) -> None:
    scalars = {name: 7.0 for name in ("i", "n") if f", {name}\n" in text}
    same(value(text, x=V, **scalars, **({"n": V} if "n[n]" in text and ", n[" in text else {})), wanted)


AMBIGUOUS: list[Wrong] = [
    ("input x[n], i\nr[i] = x[i] i", "ambiguous-name", "give the index another letter"),
    ("const i = 2\ninput x[n]\nr[i] = x[i] i", "ambiguous-name", "give the index another letter"),
    ("input x[i]\nr[i] = x[i] + i", "ambiguous-name", "`size(x, 0)`"),
    ("input x[n]\nr{m}[i] = x[m] + x[i] for m in 1..2", "ambiguous-name", "give the variable another letter"),
    ("input x[n], n\nr[i] = x[i] + n", "ambiguous-name", "`size(x, 0)`"),
]


@pytest.mark.parametrize(("text", "id", "words"), AMBIGUOUS)
def test_what_could_be_two_things_names_the_mend(text: str, id: str, words: str) -> None:
    refused(text, id, words)


# --- abstract functions -------------------------------------------------------------------------------------------------------

ABSTRACT = "fn σ(x)\nfn f(x, y)\ninput x[n]\nparam w[n]\nL = sum[I](f(σ(w[I]), x[I]))\noutput L"
BOUND: dict[str, Any] = {"functions": {"σ": "tanh", "f": "pow"}}


def test_an_abstract_function_is_differentiated_and_shown_with_primes() -> None:
    assert einlang.compile(ABSTRACT).derivation("L", "w").text(steps=False).strip() == "∂L/∂w[i] = f'1(σ(w[i]), x[i]) σ'(w[i])"


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_must_be_bound_before_code_is_made(backend: str) -> None:
    with pytest.raises(einlang.CompileError) as caught:
        einlang.compile(ABSTRACT, backend=backend)(x=V, w=V)
    assert {finding.id for finding in caught.value.diagnostics} == {"left-abstract"}
    program = einlang.compile(ABSTRACT, backend=backend, **BOUND)
    same(program(x=V, w=V).L, (np.tanh(V) ** V).sum())
    same(program.grad("L", wrt="w")(x=V, w=V), V * np.tanh(V) ** (V - 1) / np.cosh(V) ** 2)


def test_primes_are_derivatives_by_the_argument_of_that_number() -> None:
    text = (
        "fn g(x, y) = x^2 y^3\ninput x[n]\nr[i] = g'1(x[i], 2) + 10 g'2(x[i], 2) + 100 g'1'2(x[i], 2) + tanh'(x[i]) + sin''(x[i])"
    )
    wanted = 2 * V * 8 + 10 * V**2 * 12 + 100 * 2 * V * 12 + 1 / np.cosh(V) ** 2 - np.sin(V)
    same(value(text, x=V), wanted)


@pytest.mark.parametrize("function", ["σ", "tanh"])
def test_a_function_without_a_body_may_be_given_one_of_the_file(function: str) -> None:
    text = "fn σ(x)\nfn cube(x) = x^3\ninput x[n]\nr[i] = σ(x[i])"
    program = einlang.compile(text, functions={"σ": "cube" if function == "σ" else "tanh"}, backend="numpy")
    same(program(x=V).r, V**3 if function == "σ" else np.tanh(V))


BINDINGS = [
    (
        "fn σ(x)\nr[i] = σ(x[i])",
        {"softmax": "keeps it", "sum": "uses its indices up", "max": "takes 2 arguments", "nothing": "no function"},
    ),
    ("fn σ[j](z[j])\nr[i] = σ[i](x[i])", {"tanh": "elementwise", "sum": "uses its indices up", "nothing": "no function"}),
    ("fn σ[J](z[J])\nr = σ[I](x[I])", {"tanh": "elementwise", "softmax": "keeps it"}),
    ("fn σ(x, y)\nr[i] = σ(x[i], 2)", {"tanh": "takes 1 argument and not 2", "where": "takes 3 arguments"}),
]


@pytest.mark.parametrize(("text", "settings"), BINDINGS)
def test_it_is_bound_to_what_works_as_it_does(text: str, settings: dict[str, str]) -> None:
    for function, words in settings.items():
        with pytest.raises(einlang.CompileError, match=words) as caught:
            einlang.compile(f"input x[n]\n{text}", functions={"σ": function})
        assert [finding.id for finding in caught.value.diagnostics] == ["unknown-setting"], function


def test_one_that_is_bound_to_itself_recurses_and_one_with_a_body_is_not_bound() -> None:
    for settings, id in (
        ({"σ": "σ"}, "recursive-function"),
        ({"τ": "tanh"}, "unknown-setting"),
        ({"ρ": "tanh"}, "unknown-setting"),
    ):
        with pytest.raises(einlang.CompileError) as caught:
            einlang.compile("fn σ(x)\nfn ρ(x) = x\ninput x\nr = σ(x)", functions=settings)
        assert [finding.id for finding in caught.value.diagnostics] == [id]
