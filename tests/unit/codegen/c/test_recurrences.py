"""C of recurrences against the oracle, in both types, for lengths from 0 on."""

import pytest
from property.recurrent import CASES, inputs
from unit.codegen.c.test_programs import same

from einlang.ir.interpret import interpret

LENGTHS = ({"n": 5}, {"n": 0}, {"n": 1}, {"n": 2}, {"n": 7, "b": 1, "k": 5, "m": 3}, {"n": 3, "b": 17, "k": 33, "m": 9})


@pytest.mark.parametrize("name", CASES)
def test_c_agrees_with_the_oracle(name: str, build_both) -> None:
    program = CASES[name]().program
    built = build_both(program, ["-O1"])
    for lengths in LENGTHS:
        data = inputs(program, **lengths)
        for dtype, function in built.items():
            outputs = function(data)
            assert function.status == 0
            same(program, outputs, interpret(program, data, dtype), dtype, lengths)
