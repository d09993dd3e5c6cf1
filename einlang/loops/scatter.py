"""The loop nest of a scatter: in goes a kernel of the plan, out come the steps that add each number where it belongs."""

from __future__ import annotations

from einlang.loops.nests import ZERO, Nest, length, nest
from einlang.loops.nodes import Binary, If, Let, Load, Scalar, Step, Store
from einlang.loops.operations import constant
from einlang.loops.scalars import lower
from einlang.plan.kernel import Scatter


def scatter_steps(work: Nest, form: Scatter) -> tuple[Step, ...]:
    """Zeros everywhere; then every number added in the order of the loops, so that the sums are the same bits on every run.

    What is read at the position is read where it is known to be on the axis: the position is a level of its own.
    """
    indices, level = work.kernel.definition.indices, len(form.outside) + 1
    order = (*form.outside, form.target, *form.inside)
    vars = work.variables(order)
    position = lower(form.position, work.scope(vars, form.outside, len(form.outside), {}), "int")
    body = lower(form.body, work.scope(vars, order, len(order), {}), work.type)
    place = vars[form.target]
    subscripts: tuple[Scalar, ...] = tuple(vars[index] for index in indices)
    array, shape = work.array(work.target), work.target.shape
    held = Load(array, shape, subscripts, work.type)
    added = Store(array, shape, subscripts, Binary("+", held, body.value, work.type))
    inner = (*body.at(level), *nest(work.bounds(vars, form.inside), level + 1, [body], (added,)))
    inside = Binary("&&", Binary(">=", place, ZERO, "bool"), Binary("<", place, length(form.target.extent), "bool"), "bool")
    each = (Let(place, position.value), If(inside, inner))
    filled = nest(work.bounds(vars, indices), 1, [], (work.store(vars, constant(0, work.type)),))
    return (*filled, *position.at(0), *body.at(0), *nest(work.bounds(vars, form.outside), 1, [position, body], each))
