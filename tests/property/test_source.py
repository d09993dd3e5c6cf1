"""Derived programs as text of the language: they parse back and compute the same, and can be derived from again."""

from hypothesis import given
from hypothesis import strategies as st
from property.arrays import arrays
from property.comparing import assert_close
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed, differentiated

from einlang.calculus import gradient
from einlang.codegen import ein
from einlang.ir.interpret import interpret
from einlang.optimize import simplify


@given(programs(stop=True), st.data())
def test_the_text_of_a_derived_program_computes_the_same(sample: Sample, data: st.DataObject) -> None:
    program = simplify(differentiated(sample.source))
    text = ein.emit(program)
    again = analysed(text)
    assert [tensor.name for tensor in again.outputs] == [tensor.name for tensor in program.outputs]
    values = data.draw(arrays(sample, most=3, zero=sample.is_finite_over_nothing))
    expected = interpret(program, values)
    found = interpret(again, {tensor.name: values[tensor.name] for tensor in again.inputs})
    assert_close(found, {tensor.name: expected[tensor.name] for tensor in program.outputs}, 1e-9)


@given(programs(), st.data())
def test_gradients_added_are_those_that_are_written(sample: Sample, data: st.DataObject) -> None:
    values = data.draw(arrays(sample, most=3, zero=False))
    names = [tensor.name for tensor in sample.params]
    program = gradient(differentiated(sample.source), "L", names)
    found = interpret(program, values)
    assert_close(found, {f"dL_d{name}": found[f"G_{name}"] for name in names}, 1e-9)
