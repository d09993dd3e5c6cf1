"""The loops of a system of equations: in goes a kernel of the plan, out come calls that solve it, one for each matrix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from einlang.ir.nodes import Access, Index, Reduce, Solve
from einlang.loops.nests import ONE, ZERO, Nest, length, loop, whole
from einlang.loops.nodes import Address, Array, Attempt, Binary, Function, Scalar, Step, Variable
from einlang.plan.kernel import Determinant, System


def system_steps(work: Nest, form: System) -> tuple[Step, ...]:
    """A matrix, its right sides and their solutions are contiguous at each position of the loops."""
    vars, system = work.variables(form.loops), _system(work)
    numbers = (_count(system.columns), _count(_others(work, form)))
    target = Access(work.target, work.kernel.definition.indices)
    places = (_place(work, access, vars) for access in (system.matrix, system.right, target) if isinstance(access, Access))
    attempt = Attempt(Function("ein_solve", "real", (*numbers, *places), "int"), "EIN_SINGULAR")
    return _for_each(form.loops, vars, attempt)


def determinant_steps(work: Nest, form: Determinant) -> tuple[Step, ...]:
    """A matrix is contiguous at each position of the loops."""
    vars, body = work.variables(form.loops), work.kernel.definition.body
    assert isinstance(body, Reduce) and isinstance(body.body, Access)
    value = Function("ein_logdet", "real", (length(body.indices[0].extent), _place(work, body.body, vars)), "real")
    return _for_each(form.loops, vars, work.store(vars, value))


def overwritten(work: Nest) -> Array:
    """The array of the matrix."""
    body = work.kernel.definition.body
    matrix = body.body if isinstance(body, Reduce) else _system(work).matrix
    assert isinstance(matrix, Access)
    return work.array(matrix.tensor)


def _for_each(loops: tuple[Index, ...], vars: Mapping[Index, Variable], step: Step) -> tuple[Step, ...]:
    steps: tuple[Step, ...] = (step,)
    for index in reversed(loops):
        steps = (loop(whole(vars[index], index.extent), steps),)
    return steps


def _system(work: Nest) -> Solve:
    body = work.kernel.definition.body
    assert isinstance(body, Solve)
    return body


def _others(work: Nest, form: System) -> tuple[Index, ...]:
    """The indices that number the right sides of one matrix."""
    known = (*work.fixed, *form.loops, *_system(work).position)
    return tuple(index for index in work.kernel.definition.indices if index not in known)


def _count(indices: tuple[Index, ...]) -> Scalar:
    lengths = [length(index.extent) for index in indices]
    return reduce(lambda left, right: Binary("*", left, right, "int"), lengths) if lengths else ONE


def _place(work: Nest, access: Access, vars: Mapping[Index, Variable]) -> Scalar:
    """Where the part of an array begins that belongs to a position of the loops."""
    at = tuple(vars[s] if isinstance(s, Index) and s in vars else ZERO for s in access.subscripts)
    return Address(work.array(access.tensor), access.tensor.shape, at, "real")
