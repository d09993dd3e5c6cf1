"""Analysis of random programs: what they mean, with implied sums and with sums written out."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from property.arrays import arrays
from property.meaning import meaning
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed, differentiated, with_sums

from einlang.ir.build import add, mul
from einlang.ir.equality import same
from einlang.ir.indices import free_indices
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Add, Div, Expr, Index, Mul, Number, Reduce
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.tree import Node, rewrite


def settled(node: Node) -> Node | None:
    """Sums and products flat, numbers in front of sums, their indices in order: the reference settles neither."""
    match node:
        case Add(terms):
            return add(*terms)
        case Mul(factors):
            return mul(*factors)
        case Reduce("sum", indices, Mul((Number() as number, *others))) if others:
            return mul(number, Reduce("sum", _by_occurrence(indices, node.body), mul(*others)))
        case Reduce(operation, indices, body):
            return Reduce(operation, _by_occurrence(indices, body), body)
        case Div(Mul((Number() as number, *others)), below):
            return mul(number, Div(mul(*others), below))
    return None


def _by_occurrence(indices: tuple[Index, ...], body: Expr) -> tuple[Index, ...]:
    occurring = [index for index in free_indices(body) if index in indices]
    return tuple(dict.fromkeys([*occurring, *indices]))


def assert_same(left: Program, right: Program) -> None:
    """Equal definitions, up to renaming of indices and the place of numbers, in the same order."""
    assert [d.tensor.name for d in left.definitions] == [d.tensor.name for d in right.definitions]
    for mine, yours in zip(left.definitions, right.definitions, strict=True):
        assert same(rewrite(mine, settled), rewrite(yours, settled)), mine.tensor.name


@given(programs(stop=True), st.data())
def test_the_program_means_what_the_reference_says(sample: Sample, data: st.DataObject) -> None:
    given_arrays = data.draw(arrays(sample, most=3, zero=sample.is_finite_over_nothing))
    program = analysed(sample.source)
    verify(program, "analysis", strict=True)
    written = [line.tensor.name for line in sample.lines]
    plain = program.with_definitions(tuple(d for d in program.definitions if d.tensor.name in written))
    found = interpret(plain, given_arrays)
    for name, expected in meaning(sample, given_arrays).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-11, err_msg=name)


@given(programs(depth=3, stop=True))
def test_sums_written_out_by_hand_are_the_same_program(sample: Sample) -> None:
    assume(sample.explicit is not None)
    assert_same(analysed(sample.source), analysed(sample.explicit))


@given(programs(depth=3, stop=True))
def test_sums_written_out_by_the_compiler_are_the_same_program(sample: Sample) -> None:
    assert_same(analysed(sample.source), analysed(with_sums(sample.source)))


@given(programs(depth=3))
def test_differentiated_programs_are_well_formed(sample: Sample) -> None:
    verify(differentiated(sample.source), "differentiation", strict=True)
