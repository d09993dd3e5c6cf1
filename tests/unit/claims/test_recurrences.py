"""Derivatives of recurrences put to the test: by what they are moved in, all of a tensor that uses itself being independent."""

from dataclasses import replace

import pytest
from property.recurrent import N, before, defined, lstm, program, rnn, start, tensor

from einlang.claims.derivatives import check_derivatives
from einlang.ir.build import access, add, mul, total
from einlang.ir.nodes import Access, Definition, Derivative, Index, Stop, Target
from einlang.ir.operators import apply
from einlang.ir.program import Program


def with_derivatives(made: Program) -> Program:
    """The program with the derivatives of a sum of squares by all of its tensors."""
    loss, terms, asked = defined("L"), [], []
    tensors = (*made.inputs, *(definition.tensor for definition in made.definitions))
    for one in tensors:
        indices = tuple(Index("pqr"[n], extent) for n, extent in enumerate(one.shape))
        if one not in made.inputs:
            summed = tuple(Index(index.name.upper(), index.extent) for index in indices)
            terms.append(total(summed, mul(access(one, summed), access(one, summed))))
        gradient = defined(f"G{one.name}", *one.shape)
        asked.append(Definition(gradient, indices, Derivative(Access(loss, ()), (Target(one, indices),))))
    definitions = (*made.definitions, Definition(loss, (), add(*terms)), *asked)
    return replace(made, definitions=definitions, outputs=tuple(definition.tensor for definition in asked))


@pytest.mark.parametrize("case", [rnn, lstm])
def test_by_inputs_and_by_members(case) -> None:
    found = check_derivatives(with_derivatives(case().program)).findings
    assert all(finding.checked and finding.deviation < 1e-9 for finding in found)


def test_what_is_stopped_in_a_step_keeps_its_value_at_every_position() -> None:
    x, s = tensor("x", N), defined("s", N)
    t = Index("t", N)
    earlier = access(s, (before(t),))
    step = apply("sin", mul(earlier, add(access(x, (t,)), Stop(mul(earlier, access(x, (before(t),)))))))
    made = with_derivatives(program((x,), Definition(s, (t,), start(t, access(x, (t,)), step))))
    found = check_derivatives(made).findings
    assert all(finding.checked and finding.deviation < 1e-9 for finding in found)
