"""Functions along indices: in goes a declaration or a call, out comes the body in tensor IR, over the arguments of the call.

The sums of a body are decided once, where it is declared; it is read anew for each call, since they range as far as the indices
of the call do. `z[J]` in the body is the argument with J in place of the index along which `z` goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from einlang.ir.nodes import Access, Expr, Function, Index, Tensor
from einlang.sema.abstract_functions import goes_along, named_indices, partials
from einlang.sema.ranges import Axis
from einlang.sema.reader import FAILED, Along, Argument, Known, Reader, Side, read_bound
from einlang.syntax import nodes

DEEPEST = 40
"""How deep calls of such functions in the bodies of others may nest."""


def over_own(reader: Reader, along: Along) -> Side:
    """The body over tensors that stand for the parameters: what is wrong with it is wrong for every call."""
    indices = {name: _own_index(reader.known, along.function, name) for name in along.function.indices}
    arguments: dict[str, Argument] = {}
    for name, own in along.function.parameters:
        axes = tuple(indices[index] for index in own)
        tensor = Tensor(f"{along.function.name}: {name}", tuple(axis.extent for axis in axes), "float", "input", None)
        arguments[name] = Argument(Access(tensor, axes), axes)
    return read_bound(reader, along.bound, along.scope, {name: indices[name] for name in along.kept}, arguments)


def _own_index(known: Known, function: Function, name: str) -> Index:
    """An index of a function, which ranges as far as the first parameter that goes along it."""
    parameter, axis = next((p, own.index(name)) for p, own in function.parameters if name in own)
    size = f"size({function.name}: {parameter}, {axis})"
    known.parameter_sizes[size] = f"size({parameter}, {axis})"
    index = Index(name, known.ranges.sizes.named(size))
    place = function.declared
    if place is not None:
        known.ranges.adopt(index, place, "")
        known.ranges.stand(index, Axis(parameter, axis, index.extent, place))
    return index


def call(reader: Reader, node: nodes.Call, along: Along, values: Sequence[Expr]) -> Expr:
    """A call: the body over its arguments."""
    function, known = along.function, reader.known
    indices = named_indices(reader, node, function)
    if indices is None or partials(reader, node, function) is None or FAILED in values:
        return reader.fail()
    named = dict(zip(function.indices, indices, strict=True))
    arguments: dict[str, Argument] = {}
    for number, ((name, own), value) in enumerate(zip(function.parameters, values, strict=True)):
        axes = tuple(named[index] for index in own)
        if not goes_along(reader, node, number, [index for index in indices if index not in axes], value):
            return FAILED
        arguments[name] = Argument(value, axes)
    key = function.name, (*indices, *values)
    if key not in known.instances:
        if known.depth >= DEEPEST:
            message = f"functions along indices call each other {DEEPEST} levels deep here"
            return reader.error("nested-too-deeply", node.span, message, help="define a part of it by a name of its own")
        known.depth += 1
        side = read_bound(reader, along.bound, along.scope, {name: named[name] for name in along.kept}, arguments)
        known.depth -= 1
        if side.failed:
            return reader.fail()
        known.instances[key] = side.expr
    return known.instances[key]
