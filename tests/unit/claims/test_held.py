"""What `stop` holds still keeps its value when something is moved, in differences and in lines of derivations."""

import numpy as np
import pytest

import einlang
from einlang.claims.held import with_held
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Stop
from einlang.ir.program import Program
from einlang.tree import walk

TEXT = "input x[n], t[n] : int\nf[i] = stop(x[i] stop(x[I] 1[I])) x[i] + stop(t[i])\n"


def analysed(text: str) -> Program:
    return einlang.compile(text, backend="numpy").stages.analysed


def test_what_is_held_is_a_definition_and_values_are_the_same() -> None:
    before = analysed(TEXT)
    after = with_held(before)
    stops = [node for definition in after.definitions for node in walk(definition.body) if isinstance(node, Stop)]
    assert len(stops) == 3 and all(isinstance(stop.body, Access) for stop in stops)
    data = {"x": np.array([1.0, 2.0, -3.0]), "t": np.array([1, 2, 3])}
    assert np.array_equal(interpret(before, data)["f"], interpret(after, data)["f"])


def test_where_nothing_is_held_nothing_changes() -> None:
    program = analysed("input x\nf = x^2")
    assert with_held(program) is program


@pytest.mark.parametrize("text", ["f = stop(x[I]) x[I]^2", "f = sum[I](stop(sin(x[I])) exp(x[I]))"])
def test_lines_of_derivations_hold_it_still(text) -> None:
    assert "stop" in str(einlang.compile(text, backend="numpy").derivation("f", "x"))
