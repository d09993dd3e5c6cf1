"""`einlang derive`: what it prints, and what it says of what cannot be derived."""

import pytest

import einlang

FORM = "f = x[I] A[I,J] x[J]"


def test_equations_on_the_way_by_each_param(call, layer) -> None:
    result = call("derive", "layer.ein", "L")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == ("∂L/∂Z[i,j] = 2 (Z[i,j] - T[i,j]) / b\n∂L/∂W[i,j] = X[A,i] ∂L/∂Z[A,j]\n∂L/∂c[j] = 1[A] ∂L/∂Z[A,j]\n")


def test_several_tensors_between_commas_and_orders_one_after_the_other(call) -> None:
    assert call("derive", "-e", FORM, "f", "x,A").stdout.splitlines() == [
        "∂f/∂x[i] = A[i,J] x[J] + x[I] A[I,i]",
        "∂f/∂A[i,j] = x[i] x[j]",
    ]
    assert call("derive", "-e", FORM, "f", "x", "x").stdout.splitlines()[1] == "∂²f/∂x[i]∂x[j] = A[i,j] + A[j,i]"


def test_a_sketch_is_derived_by_all_its_inputs(call) -> None:
    assert len(call("derive", "-e", FORM, "f").stdout.splitlines()) == 2


def test_steps_name_a_rule_on_every_line(call) -> None:
    lines = call("derive", "-e", FORM, "f", "x", "--steps").stdout.splitlines()
    assert [line.rsplit("   ", 1)[1] for line in lines] == [
        "definition of f",
        "product rule",
        "∂x[I]/∂x[i] is δ[I,i]",
        "δ renames I to i, J to i",
    ]


def test_derivatives_on_the_way_are_put_in(call, layer) -> None:
    assert call("derive", "layer.ein", "L", "c", "--expand").stdout == "∂L/∂c[j] = 2 sum[A]((Z[A,j] - T[A,j]) / b)\n"


def test_a_program_comes_out_that_can_be_derived_again(call) -> None:
    text = call("derive", "-e", FORM, "f", "x", "--format", "ein").stdout
    assert text.splitlines()[-1] == "output df_dx"
    assert call("derive", "-", "df_dx", "A", input=text).exit_code == 0


def test_latex_and_ascii(call) -> None:
    assert call("derive", "-e", FORM, "f", "A", "--format", "latex").stdout.startswith("\\begin{aligned}\n\\frac{\\partial f}")
    assert call("derive", "-e", FORM, "f", "x", "--steps", "--ascii").stdout.isascii()


def test_options_set_consts_and_bind_functions(call) -> None:
    text = ("fn σ(x)", "const c = 2", "y[i] = c σ(x[i])")
    arguments = [word for line in text for word in ("-e", line)]
    result = call("derive", *arguments, "y", "x", "--set", "c=3", "--fn", "σ=exp")
    assert result.stdout == "∂y[i]/∂x[j] = 3 exp(x[i]) δ[i,j]\n"


def test_a_zero_is_warned_of(call) -> None:
    result = call("derive", "-e", "y[i] = 2 x[i]", "-e", "z[i] = y[i] u[i]", "y", "u")
    assert (result.exit_code, result.stdout) == (0, "∂y[i]/∂u[j] = 0\n")
    assert "∂y[i]/∂u[j] is 0: y does not depend on u" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("layer.ein", "L", "w"), 1, "did you mean 'W'?"),
        (("layer.ein", "Loss", "W"), 1, "has no tensor 'Loss'"),
        (("missing.ein", "L", "W"), 2, "missing.ein: No such file"),
        (("layer.ein",), 2, "say what to derive"),
        ((), 2, "give a file"),
        (("-e", "f = x[I", "f", "x"), 1, "error[unclosed-bracket]"),
        (("-e", "input t[n] : int, w[n]", "-e", "L = w[T]", "L", "t"), 1, "t holds whole numbers"),
        (("-e", "input t[n] : int", "-e", "k = argmax[I](t[I])", "k", "t"), 1, "k holds a whole number"),
        (("-e", "input x", "-e", "L = 2 x", "L"), 1, "L depends on no param"),
    ],
)
def test_what_cannot_be_derived_is_said(words: tuple[str, ...], code: int, message: str, call, layer) -> None:
    result = call("derive", *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr and "Traceback" not in result.stderr


def test_from_python_it_is_the_same() -> None:
    found = einlang.compile(FORM, backend="numpy").derivation("f", "x")
    assert found.text(steps=False) == "∂f/∂x[i] = A[i,J] x[J] + x[I] A[I,i]\n"
    assert found._repr_latex_() == f"$${found.latex()}$$"
