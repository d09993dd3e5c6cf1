"""Section 4 of the language reference: definitions and the ranges of their indices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from einlang.diagnostics import Diagnostic
from einlang.ir.extent import fixed, sized
from einlang.ir.program import Program

Compiled = Callable[..., Program]
Ids = Callable[..., list[str]]
Findings = Callable[..., list[Diagnostic]]
Values = Callable[..., dict[str, Any]]


def test_a_definition_has_the_rank_of_its_left_side(compiled: Compiled) -> None:
    program = compiled("input X[b, k]\nZ[i,j] = 2 X[i,j]\nL = Z[I,J]")
    assert [definition.tensor.rank for definition in program.definitions] == [2, 0]
    assert program.definitions[0].tensor.shape == (sized("b"), sized("k"))


@pytest.mark.parametrize("left", ["Z[I,j]", "Z[i,i]"])
def test_the_indices_on_the_left_are_lowercase_and_distinct(left: str, ids: Ids) -> None:
    assert ids(f"input X[b, k]\n{left} = X[i,j]".replace("X[i,j]", "X[i,i]" if "i,i" in left else "X[J,j]")) == ["left-index"]


@pytest.mark.parametrize("right", ["X[i,j]", "y[j]", "exp(y[j])", "sum[K](X[K,j])", "softmax[j](y[j])", "j * y[I]"])
def test_every_free_index_on_the_right_stands_on_the_left(right: str, ids: Ids) -> None:
    assert "free-index" in ids(f"input X[b, k], y[k]\nZ[i : b] = {right}" + (" + y[j]" if right == "j * y[I]" else ""))


def test_an_index_on_the_left_without_a_range_is_an_error_that_says_to_give_one(findings: Findings) -> None:
    (finding,) = findings("input c[k]\nB[i,j] = c[j]")
    assert (finding.id, finding.span.text) == ("index-without-range", "i")
    assert "B[i : n, j]" in finding.help


@pytest.mark.parametrize("right", ["i", "1 if i > 2 else 0", "1[i]", "0[i]", "i * 1[i] + x", "δ[i,i]"])
def test_positions_comparisons_and_ones_give_no_range(right: str, ids: Ids) -> None:
    assert ids(f"input x\nB[i] = {right}") == ["index-without-range"]
    assert ids(f"input x\nB[i : 3] = {right}") == []


def test_a_given_range_broadcasts(values: Values) -> None:
    found = values("input c[k], d[b]\nB[i : b, j] = c[j]")
    assert np.array_equal(found["B"], np.broadcast_to(found["c"], (len(found["d"]), len(found["c"]))))


@pytest.mark.parametrize(
    ("given", "extent"),
    [
        ("5", fixed(5)),
        ("n", sized("n")),
        ("c", fixed(7)),
        ("2*n + c - 1", sized("n") * 2 + 6),
        ("size(x, 0)", sized("n")),
        ("(n)", sized("n")),
        ("size(y, 0) * n", sized("n") * sized("n")),
        ("-2 + c", fixed(5)),
    ],
)
def test_a_given_range_is_arithmetic_of_whole_numbers_consts_sizes_and_axes(given: str, extent: Any, compiled: Compiled) -> None:
    program = compiled(f"const c = 7\ninput x[n]\nB[i : {given}] = i\ny[i] = x[i]")
    assert program.definition(program.outputs[0]).indices[0].extent == extent  # type: ignore[union-attr]


@pytest.mark.parametrize("given", ["n / 2", "x[I]", "1.5", "i", "exp(1)", "n^2", "half", "pi"])
def test_what_is_no_range(given: str, ids: Ids) -> None:
    assert set(ids(f"const half = 1/2\ninput x[n]\nB[i : {given}] = i")) <= {"not-a-size", "undefined-name", "index-not-summed"}
    assert ids(f"const half = 1/2\ninput x[n]\nB[i : {given}] = i")


def test_a_definition_may_stand_before_what_it_uses(compiled: Compiled) -> None:
    program = compiled("input x\nC = 2 B\nB = A + x\nA = 3 x")
    assert [definition.tensor.name for definition in program.definitions] == ["A", "B", "C"]


def test_a_tensor_is_defined_once(findings: Findings) -> None:
    (finding,) = findings("input x\nA = x\nB = 2\nA = 2 x")
    assert (finding.id, finding.span.place, finding.others[0].span.place) == ("named-twice", "main.ein:4:1", "main.ein:2:1")


@pytest.mark.parametrize(
    ("text", "names"), [("A = A + x", "AA"), ("A = B\nB = 2 A + x", "ABA"), ("A = B\nB = C\nC = ∂x/∂A", "ABCA")]
)
def test_a_circle_of_definitions_is_named(text: str, names: str, findings: Findings) -> None:
    found = [finding for finding in findings(f"input x\n{text}") if finding.id == "circular-definition"]
    assert [" → ".join(f"`{name}`" for name in names) in finding.message for finding in found] == [True]


def test_a_circle_through_a_recurrence_is_named_whole_and_once(findings: Findings) -> None:
    (finding,) = findings("input x[n]\ng[0] = 0\ng[t+1] = g[t] + x[t] + L\nL = M\nM = g[T]^2")
    assert finding.message.endswith("`g` → `L` → `M` → `g`")


def test_a_length_that_nothing_fixes_is_asked_for_once_where_the_left_side_is_plain(findings: Findings) -> None:
    members = "P[0,i,j] = Q[i,j]\nP[t+1,i,j] = Q[i,K] S[t,K,j]\nS[t,i,j] = 2 P[t,i,j]\nR[0,i] = 0\nR[t+1,i] = S[t,i,J] R[t,J]"
    (finding,) = findings(f"input Q[d,d]\n{members}\nL = R[-1,I]^2")
    assert finding.id == "length-not-fixed" and "`S[t : n, i, j] = …`" in finding.help


def test_a_circle_is_no_reason_for_other_errors(ids: Ids) -> None:
    assert ids("input x[n]\nA[i] = B[i]\nB[i] = A[i]\nC = A[I] B[I]\nD[i] = x[i] + A[i]") == ["circular-definition"]


# --- ranges -------------------------------------------------------------------------------------------------------------------


def test_an_index_ranges_over_the_axis_that_it_stands_on(compiled: Compiled) -> None:
    program = compiled("input X[b, k], W[k, h]\nZ[i,j] = X[i,K] W[K,j]")
    (definition,) = program.definitions
    assert [index.extent for index in definition.indices] == [sized("b"), sized("h")]
    assert definition.body.indices[0].extent == sized("k")  # type: ignore[attr-defined]


def test_the_scope_of_a_summed_index_is_its_one_sum(ids: Ids) -> None:
    assert ids("input x[3], y[4]\ns = x[I] x[I] + y[I] y[I] + exp(sum[I](x[I]))") == []


def test_the_scope_of_a_free_index_is_its_definition(ids: Ids) -> None:
    assert ids("input x[3], y[4]\na[i] = x[i] + y[i]\nb[i] = x[i]\nc[i] = y[i]") == ["sizes-differ"]


@pytest.mark.parametrize(("first", "second"), [("128", "64"), ("n", "n + 1"), ("2*n", "2*n + 1"), ("h", "5"), ("0", "n + 1")])
def test_provably_different_sizes_are_an_error_with_both_places(first: str, second: str, findings: Findings) -> None:
    (finding,) = findings(f"size h = 4\ninput x[{first}], y[{second}], z[n]\ns = x[I] y[I]")
    assert finding.id == "sizes-differ"
    assert finding.label.startswith("axis 0 of y is ")
    assert [other.text.startswith("axis 0 of x is ") for other in finding.others] == [True]


def test_sizes_that_an_earlier_equation_fixed_are_explained(findings: Findings) -> None:
    (finding,) = findings("input x[n], y[3], z[4]\na = x[I] y[I]\nb = x[I] z[I]")
    assert finding.span.text == "I"
    assert [other.span.place for other in finding.others] == ["main.ein:3:7", "main.ein:2:7", "main.ein:2:12"]


def test_sizes_that_must_agree_become_one_and_the_program_says_why(compiled: Compiled) -> None:
    program = compiled("input X[b, k], W[m, h]\nZ[i,j] = X[i,K] W[K,j]\nU[i] = W[i,J] / m")
    assert program.inputs[1].shape == (sized("k"), sized("h"))
    assert program.definitions[1].tensor.shape == (sized("k"),)
    assert program.notes == {("W", 0): "K stands on axis 1 of X and on axis 0 of W at main.ein:2:19"}


def test_what_no_size_can_be_solved_for_is_required_of_the_call(compiled: Compiled) -> None:
    program = compiled("input a[2*n], b[3*m], x[n], y[m]\ns = a[I] b[I]")
    (requirement,) = program.requirements
    assert (requirement.left, requirement.relation, requirement.right) == (sized("n") * 2, "=", sized("m") * 3)


@pytest.mark.parametrize("right", ["δ[i,j]", "x[i] δ[i,j]", "1 if i == j else 0"])
def test_delta_gives_both_indices_one_range_where_one_has_no_other(right: str, compiled: Compiled) -> None:
    program = compiled(f"input x[n]\nD[i : n, j] = {right}")
    assert program.outputs[0].shape == (sized("n"), sized("n"))


def test_delta_does_so_also_by_way_of_summed_indices(compiled: Compiled) -> None:
    program = compiled("input x[n]\nD[i,j] = x[i] δ[i,K] δ[K,j]")
    assert program.outputs[0].shape == (sized("n"), sized("n"))


def test_delta_demands_nothing_of_indices_that_have_ranges(compiled: Compiled) -> None:
    program = compiled("input X[3, 5]\nD[i,j] = X[i,j] δ[i,j]")
    assert program.outputs[0].shape == (fixed(3), fixed(5))


def test_there_is_no_broadcasting_of_axes_of_size_1(ids: Ids) -> None:
    assert ids("input x[1], y[3]\nz[i] = x[i] + y[i]") == ["sizes-differ"]


def test_a_given_range_replaces_the_inferred_one(values: Values) -> None:
    found = values("input x[5], y[7]\ns = sum[I : 3](x[I] y[I])\nz[i : 2] = x[i] + y[i]")
    assert np.isclose(found["s"], found["x"][:3] @ found["y"][:3])
    assert np.allclose(found["z"], found["x"][:2] + found["y"][:2])


def test_an_access_out_of_bounds_names_tensor_axis_and_position(findings: Findings) -> None:
    (finding,) = findings("input x[5]\ns = sum[I : 7](x[I])")
    assert finding.id == "out-of-bounds"
    assert "position 6 of axis 0 of x, which has 5 positions" in finding.message


@pytest.mark.parametrize("given", ["n + 1", "2*n + 1", "-1", "3 - 4"])
def test_a_range_that_cannot_fit_is_an_error(given: str, ids: Ids) -> None:
    assert "out-of-bounds" in ids(f"input x[n]\ns = sum[I : {given}](x[I])")


@pytest.mark.parametrize("given", ["n", "0", "n - 1 + 1"])
def test_a_range_that_fits_for_all_sizes_requires_nothing(given: str, compiled: Compiled) -> None:
    assert compiled(f"input x[n]\ns = sum[I : {given}](x[I])").requirements == ()


def test_a_range_that_only_a_call_can_judge_is_required_of_it(compiled: Compiled) -> None:
    program = compiled("input x[n], y[m]\ns = sum[I : m - 1](x[I] y[I])")
    found = [(r.left.spell(), r.relation, r.right.spell()) for r in program.requirements]
    assert found == [("0", "<=", "m - 1"), ("m - 1", "<=", "n")]


def test_an_error_in_a_definition_is_no_reason_for_errors_of_ranges(ids: Ids) -> None:
    assert ids("input x[n]\nz[i,j] = x[i] + nothing[j]\ny[j] = z[I,j] + z[j,j]") == ["undefined-name"]


def test_independent_errors_are_reported_at_once(ids: Ids) -> None:
    source = "input x[3], y[4]\na = x[I] y[I] + nothing\nb = exp(x[I]) + y\nc[i] = x[j]"
    assert ids(source) == ["sizes-differ", "undefined-name", "index-not-summed", "wrong-rank", "free-index"]
