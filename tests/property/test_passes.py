"""Every pass keeps the meaning of random programs, as the oracle sees it."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from property.arrays import arrays, with_nan
from property.comparing import assert_close
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed, differentiated

from einlang.ir.interpret import interpret
from einlang.ir.nodes import Derivative
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify
from einlang.optimize.passes import PREPARING, SIMPLIFYING
from einlang.tree import walk

PASSES = [*dict.fromkeys((*SIMPLIFYING, *PREPARING)), simplify, optimise]


def outputs(program: Program, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    found = {**values, **interpret(program, values)}
    return {tensor.name: found[tensor.name] for tensor in program.outputs}


@given(programs(stop=True), st.data())
def test_every_pass_keeps_the_meaning(sample: Sample, data: st.DataObject) -> None:
    values = data.draw(arrays(sample, most=3, zero=sample.is_finite_over_nothing))
    before = differentiated(sample.source)
    expected = outputs(before, values)
    for apply in PASSES:
        after = apply(before)
        verify(after, apply.__name__, strict=True)
        if after is not before:
            assert_close(outputs(after, values), expected, 1e-9)


@given(programs(stop=True), st.data())
def test_nan_goes_where_it_went(sample: Sample, data: st.DataObject) -> None:
    """Where there are no structural zeros, which hide it: no derivatives and no δ."""
    assume("δ" not in sample.source)
    program = analysed(sample.source)
    bodies = [d for d in program.definitions if not any(isinstance(node, Derivative) for node in walk(d.body))]
    kept = {d.tensor for d in bodies}
    values = data.draw(with_nan(data.draw(arrays(sample, most=3, zero=False))))
    plain = replace(program, definitions=tuple(bodies), outputs=tuple(t for t in program.outputs if t in kept))
    assert_close(outputs(optimise(plain), values), outputs(plain, values), 1e-9)
