"""The loop nest of a map: in goes a kernel of the plan, out come loops over its elements, each by itself.

Where a choice depends on where the index of the innermost loop stands, there is a loop for each branch: none is computed in vain,
and none asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from einlang.ir.nodes import Expr, Index
from einlang.loops.cuts import parts
from einlang.loops.nests import Bound, Nest, loop, nest
from einlang.loops.nodes import Function, Let, Scalar, Step, Store, Type, Variable
from einlang.loops.scalars import Placed, Scope, lower


def map_steps(work: Nest, loops: Sequence[Index]) -> tuple[Step, ...]:
    """Every element by itself."""
    vars = work.variables(loops)
    body, scope = work.kernel.definition.body, work.scope(vars, loops, len(loops), {})
    if not loops:
        alone = lower(body, scope, work.type)
        return (*alone.at(0), work.store(vars, alone.value))
    bounds = work.bounds(vars, loops)
    placed, inner = innermost(body, loops[-1], bounds[-1], vars, scope, work.type, lambda value: work.store(vars, value))
    early = (let for part in placed for let in part.at(0))
    return (*early, *nest(bounds[:-1], 1, placed, inner))


def innermost(
    body: Expr,
    index: Index,
    bound: Bound,
    vars: Mapping[Index, Variable],
    scope: Scope,
    type: Type,
    store: Callable[[Scalar], Store],
) -> tuple[list[Placed], tuple[Step, ...]]:
    """The innermost loops of a body, and the body or bodies, of which outer loops take the local values of their levels."""
    found = parts(body, index)
    if found is None:
        placed = lower(body, scope, type)
        return [placed], (loop(bound, (*placed.at(scope.depth), store(placed.value))),)
    cut, otherwise = found
    inside, outside = lower(cut.body, scope, type), lower(otherwise, scope, type)
    position, first, last = bound
    low, high, lets = first, last, list[Step]()
    if (start := cut.start(index, vars, first)) is not first:
        low = Variable(f"{index.name}_low", "int")
        lets.append(Let(low, Function("ein_min", "int", (start, last), "int")))
    if (stop := cut.stop(index, vars, last)) is not last:
        high = Variable(f"{index.name}_high", "int")
        lets.append(Let(high, Function("ein_max", "int", (low, stop), "int")))
    ranges = [(first, low, outside), (low, high, inside), (high, last, outside)]
    loops = (loop((position, a, b), (*part.at(scope.depth), store(part.value))) for a, b, part in ranges if a is not b)
    return [inside, outside], (*lets, *loops)
