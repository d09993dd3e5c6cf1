"""The loop nest of a scatter: in goes a kernel of the plan, out come the steps that add each number where it belongs."""

from __future__ import annotations

from einlang.loops.nests import ZERO, Nest, length, nest
from einlang.loops.nodes import Binary, If, Let, Load, Scalar, Step, Store, Variable
from einlang.loops.operations import constant
from einlang.loops.scalars import lower
from einlang.plan.kernel import Scatter


def scatter_steps(work: Nest, form: Scatter) -> tuple[Step, ...]:
    """Zeros everywhere; then every number added in the order of the loops, so that the sums are the same bits on every run."""
    indices = work.kernel.definition.indices
    order = (*form.outside, *form.inside)
    vars = work.variables((*order, form.target))
    position = lower(form.position, work.scope(vars, form.outside, len(form.outside), {}), "int")
    body = lower(form.body, work.scope(vars, order, len(order), {}), work.type)
    place = Variable(form.target.name, "int")
    subscripts: tuple[Scalar, ...] = tuple(place if index is form.target else vars[index] for index in indices)
    array, shape = work.array(work.target), work.target.shape
    held = Load(array, shape, subscripts, work.type)
    added = Store(array, shape, subscripts, Binary("+", held, body.value, work.type))
    inner = nest(work.bounds(vars, form.inside), len(form.outside) + 1, [body], (added,))
    if not form.inside:
        inner = (added,)
    inside = Binary("&&", Binary(">=", place, ZERO, "bool"), Binary("<", place, length(form.target.extent), "bool"), "bool")
    each = (Let(place, position.value), If(inside, inner))
    filled = nest(work.bounds(vars, indices), 1, [], (work.store(vars, constant(0, work.type)),))
    return (*filled, *position.at(0), *body.at(0), *nest(work.bounds(vars, form.outside), 1, [position, body], each))
