"""Definitions that use one another: how they are found, ordered and refused, and what the oracle makes of them."""

import numpy as np
import pytest
from property.recurrent import CASES, K, L, N, before, defined, inputs, kalman, lstm, program, start, tensor

from einlang.errors import InternalError
from einlang.ir.build import access, add, number, select
from einlang.ir.exact import interpret_exact
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Definition, Expr, Index, Solve, Tensor
from einlang.ir.operators import apply
from einlang.ir.recurrences import Defect, Recurrence, circles, grouped, recurrence, recurrences, strongly_connected
from einlang.ir.verify import verify

T = Index("t", N)
F, G = defined("f", N), defined("g", N)
X = tensor("x", N)


def at(tensor: Tensor, offset: int) -> Expr:
    return access(tensor, (add(T, number(offset)) if offset else T,))


def definition(tensor: Tensor, *bodies: Expr) -> Definition:
    return Definition(tensor, (T,), add(number(1), *bodies))


@pytest.mark.parametrize("name", CASES)
def test_the_oracle_computes_position_by_position(name: str) -> None:
    case = CASES[name]()
    verify(case.program, "test")
    for length in (0, 1, 2, 5):
        given = inputs(case.program, n=length)
        expected = case.expected(**given)
        found = interpret(case.program, given)
        for key, array in expected.items():
            np.testing.assert_allclose(found[key], array, rtol=1e-12)
            assert found[key].dtype == array.dtype


def test_residues_step_too() -> None:
    case = CASES["fibonacci"]()
    given = inputs(case.program, n=9)
    np.testing.assert_array_equal(interpret_exact(case.program, given, 101)["f"], case.expected(**given)["f"])
    made = program((X,), Definition(F, (T,), start(T, at(X, 0), add(at(F, -1), at(X, 0)))))
    found = interpret_exact(made, {"x": np.arange(6)}, 7)
    np.testing.assert_array_equal(found["f"], np.cumsum(np.arange(6)) % 7)


def test_members_are_ordered_as_one_position_is_computed() -> None:
    (group,) = recurrences(lstm().program.definitions)
    assert [t.name for t in group.tensors] in (["c", "h", "f", "g"], ["c", "h", "g", "f"])
    assert group.axes == (0, 0, 0, 0)
    assert group.forward
    assert group.shifts == (0, 0, 0, 0)


def test_the_axis_may_be_any() -> None:
    (group,) = recurrences(kalman().program.definitions)
    assert group.axes == (2, 2)
    (one,) = recurrences(CASES["averaged"]().program.definitions)
    assert one.axes == (1,)


def test_backward() -> None:
    (group,) = recurrences(CASES["rnn_adjoint"]().program.definitions)
    assert not group.forward
    assert list(group.positions([3])) == [2, 1, 0]


def test_a_member_that_is_read_further_on_is_ahead() -> None:
    (group,) = recurrences(CASES["ahead"]().program.definitions)
    assert dict(zip((t.name for t in group.tensors), group.shifts, strict=True)) == {"y": 1, "z": 0}
    assert list(group.positions([4, 3][:: 1 if group.tensors[0].name == "y" else -1])) == [-1, 0, 1, 2]


def test_a_definition_that_uses_no_circle_is_no_recurrence() -> None:
    alone = definition(F, at(X, 0))
    assert circles((alone, Definition(G, (T,), at(F, 0)))) == ()


@pytest.mark.parametrize(
    ("definitions", "text"),
    [
        ([definition(F, at(F, 0))], "neither strictly down nor strictly up"),
        ([definition(F, at(F, -1), at(F, 1))], "neither strictly down nor strictly up"),
        ([definition(F, at(G, 1)), definition(G, at(F, -1))], "neither strictly down nor strictly up"),
        ([definition(F, access(F, (number(0),)))], "no position a fixed number of steps away"),
        ([definition(F, access(F, (add(T, T),)))], "no position a fixed number of steps away"),
        ([Definition(defined("r"), (), access(defined("r"), ()))], "a number is defined by itself"),
    ],
)
def test_what_cannot_be_computed_is_refused(definitions: list[Definition], text: str) -> None:
    found = recurrence(definitions)
    assert isinstance(found, Defect)
    assert text in found.text
    with pytest.raises(InternalError, match=text):
        recurrences(definitions)
    with pytest.raises(InternalError, match=text):
        verify(program((X,), *definitions), "test")


def test_two_axes_may_not_step_at_once() -> None:
    f = defined("f", N, K)
    t, k = Index("t", N), Index("k", K)
    crossed = add(access(f, (before(t), k)), access(f, (t, before(k))))
    assert isinstance(recurrence([Definition(f, (t, k), crossed)]), Defect)
    along = recurrence([Definition(f, (t, k), access(f, (t, before(k))))])
    assert isinstance(along, Recurrence)
    assert along.axes == (1,)


def test_a_system_is_not_solved_for_positions_that_it_uses() -> None:
    row, column = Index("r", N), Index("c", N)
    matrix = select(apply("==", row, column), at(F, -1), number(0))
    found = recurrence([Definition(F, (T,), Solve((row,), (column,), matrix, number(1), (T,)))])
    assert isinstance(found, Defect)


def test_members_stand_side_by_side() -> None:
    h = defined("h", L)
    first, second = definition(F, at(G, -1)), definition(G, at(F, 0))
    alone = Definition(h, (Index("s", L),), number(1))
    with pytest.raises(InternalError, match="do not stand side by side"):
        verify(program((X,), first, alone, second), "test")
    last = definition(defined("last", N), at(G, 0))
    assert grouped((last, first, alone, second)) == (first, second, last, alone)


def test_components_of_a_graph() -> None:
    uses = {"a": ["b"], "b": ["c", "a"], "c": ["d"], "d": ["c"], "e": ["e", "a"]}
    assert [sorted(found) for found in strongly_connected(uses)] == [["c", "d"], ["a", "b"], ["e"]]
