"""`Program.same`: claims from outside, in the names of a program."""

import numpy as np
import pytest

import einlang

TEXT = """\
input X[b, k], t[b]
param w[k]
fn half(x) = x / 2
z[i] = X[i,K] w[K]
L = (z[I] - t[I])^2
check L = 2 L
"""


@pytest.fixture
def program() -> einlang.Program:
    return einlang.compile(TEXT, backend="numpy")


@pytest.mark.parametrize(
    "sides",
    [
        ("∂L/∂w[k]", "2 X[I,k] (z[I] - t[I])"),
        ("half(L)", "L / 2", "0.5 L"),
        ("∂L/∂z[i] = 2 (z[i] - t[i])",),
        ("  L +\n   1", "1 + L  # in another order"),
    ],
)
def test_what_is_equal_is_the_same(program, sides) -> None:
    assert program.same(*sides)


def test_what_is_not_equal_is_not_and_says_where(program) -> None:
    found = program.same("∂L/∂w[k]", "X[I,k] (z[I] - t[I])")
    assert not found and found.mismatch is not None
    assert list(found.mismatch.indices) == ["k"] and found.mismatch.left == pytest.approx(2 * found.mismatch.right)
    assert repr(found).startswith("<fails: ∂L/∂w[k] = X[I,k] (z[I] - t[I])\n  the left side is ")
    assert "the left side is 2 times the right side" in str(found)


def test_a_derived_program_has_names_of_its_own(program) -> None:
    derived = program.grad("L")
    assert derived.same("dL_dw[k]", "2 X[I,k] (X[I,J] w[J] - t[I])")
    with pytest.raises(einlang.CompileError):
        program.same("dL_dw[k]", "0[k]")


def test_settings_are_those_of_the_program() -> None:
    program = einlang.compile("const n = 2\ninput x\ny = n x", consts={"n": 5}, backend="numpy")
    assert program.same("y", "5 x") and not program.same("y", "2 x")


def test_a_sketch_has_the_names_that_it_uses() -> None:
    sketch = einlang.compile("f = x[I] A[I,J] x[J]", backend="numpy")
    assert sketch.same("∂f/∂x[i]", "A[i,J] x[J] + x[J] A[J,i]")
    with pytest.raises(einlang.CompileError) as caught:
        sketch.same("f", "x[I] y[I]")
    (finding,) = caught.value.diagnostics
    assert (finding.id, finding.span.place, finding.span.text) == ("undefined-name", "<side 2>:1:6", "y")


@pytest.mark.parametrize(
    ("side", "id", "place"),
    [
        ("q", "undefined-name", "<side 2>:1:1"),
        ("z[I", "unclosed-bracket", "<side 2>:1:2"),
        ("z[i]]", "unopened-bracket", "<side 2>:1:5"),
        ("", "unexpected-text", "<side 2>:1:1"),
        ("2 *", "unexpected-text", "<side 2>:1:4"),
        ("L : 3", "unexpected-text", "<side 2>:1:3"),
        ("exp(z[I])", "index-not-summed", "<side 2>:1:7"),
        ("w[I] X[I,j] t[j]", "sizes-differ", "<side 2>:1:8"),
        ("X[i,J] X[J,i]", "sizes-differ", "<side 2>:1:10"),
        ("∂L/∂w[i,j]", "wrong-rank", "<side 2>:1:5"),
    ],
)
def test_what_is_wrong_with_a_text_has_its_place_in_it(program, side, id, place) -> None:
    with pytest.raises(einlang.CompileError) as caught:
        program.same("L", side)
    assert (caught.value.diagnostics[0].id, caught.value.diagnostics[0].span.place) == (id, place)


def test_one_side_is_no_claim(program) -> None:
    with pytest.raises(einlang.CallError, match="two sides"):
        program.same("L")


def test_a_claim_demands_nothing_of_a_call() -> None:
    claims = "check x[0] = x[I] 1[I]\ncheck sum[I : n - 1](x[I]) = x[3]\n"
    program = einlang.compile(f"input x[n], y[m]\nf = x[I] + y[I]\n{claims}", backend="numpy")
    assert program(x=np.zeros(0), y=np.ones(2)).f == 2
    with pytest.raises(einlang.CompileError, match="different sizes"):
        einlang.compile("input x[n], y[m]\nf = x[I] + y[I]\ncheck x[i] = y[i]\n")


def test_sizes_are_found_that_fixed_positions_need() -> None:
    program = einlang.compile("input x[n]\ny[i] = 2 x[i]", backend="numpy")
    assert program.same("y[6]", "2 x[6]") and not program.same("y[6]", "2 x[5]")
