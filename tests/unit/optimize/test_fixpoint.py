"""What simplification leaves, it leaves for good; equal reductions are one node."""

import pytest

from einlang.calculus import gradient
from einlang.codegen import ein
from einlang.ir.equality import same
from einlang.ir.nodes import Number, Reduce, Zero
from einlang.optimize import optimise, simplify
from einlang.optimize.unify import unified
from einlang.tree import walk

PROGRAMS = [
    "input x[n]\nL = sum[I](exp(x[I])) + sum[J](exp(x[J]))",
    "input Z[n, m], T[n, m]\nP[i,j] = softmax[j](Z[i,j])\nL = P[I,J] T[I,J]",
    "input x[n]\nr[i] = relu(x[i])\nL = r[I]^2 / n",
    "input x, y\nL = -x / y - y / x + 0.5 x^2",
    "input x[n], y[n]\nL = sum[I](0.1 x[I] y[I] / (1 + y[I]^2))",
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_the_text_of_a_derived_program_reads_back_as_it_is(text, program_of) -> None:
    program = program_of(text)
    written = ein.emit(simplify(gradient(program, "L", [tensor.name for tensor in program.inputs])))
    assert ein.emit(program_of(written)) == written
    assert ein.emit(simplify(program_of(written))) == written


@pytest.mark.parametrize("text", PROGRAMS)
def test_code_is_made_from_the_text(text, program_of, lines_of) -> None:
    program = program_of(text)
    derived = gradient(program, "L", [tensor.name for tensor in program.inputs])
    assert lines_of(optimise(program_of(ein.emit(simplify(derived))))) == lines_of(optimise(derived))


def test_a_structural_zero_of_a_branch_is_a_number_in_code(program_of) -> None:
    made = optimise(gradient(program_of("input x\nL = relu(x)"), "L", ["x"]))
    nodes = [node for definition in made.definitions for node in walk(definition.body)]
    assert not any(isinstance(node, Zero) for node in nodes)
    assert any(isinstance(node, Number) and node.value == 0 for node in nodes)


def test_equal_reductions_of_one_scope_become_one(program_of) -> None:
    (definition,) = program_of("input x[n], y[n]\nL = sum[I](x[I]) y[0] + sum[J](x[J]) sum[K](y[K] sum[M](x[M]))").definitions
    made = unified(definition.body)
    assert same(made, definition.body)
    assert len([node for node in walk(definition.body) if isinstance(node, Reduce)]) == 4
    assert len([node for node in walk(made) if isinstance(node, Reduce)]) == 3
