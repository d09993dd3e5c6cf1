"""Which index a name means: in goes an expression with its sums written out, out comes the index of every name that is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from einlang.ir.nodes import Index
from einlang.sema.names import Scope, uses_up
from einlang.sema.reading import ARITHMETIC, Place, Reading
from einlang.syntax import nodes
from einlang.tree import Node

Indices = Mapping[str, Index]


def resolve(
    root: nodes.Expression,
    places: Mapping[Node, Place],
    scope: Scope,
    free: Indices,
    introduce: Callable[[nodes.Call, nodes.IndexName], Index],
) -> dict[Node, Index]:
    """The index behind every `Name` and `IndexName` that is one; `introduce` makes those that a reduction binds.

    A name that should be an index and is in no scope is left out: binding has reported it.
    """
    found: dict[Node, Index] = {}
    stack: list[tuple[Node, Indices]] = [(root, free)]
    while stack:
        current, indices = stack.pop()
        match current:
            case nodes.Call() if current.indices:
                used = [index for k, index in enumerate(current.indices) if uses_up(current, k, scope.symbols)]
                own = {index.name: introduce(current, index) for index in used}
                found.update((index, own[index.name]) for index in used)
                stack.extend((index, indices) for index in current.indices)
                stack.extend((argument, {**indices, **own}) for argument in current.arguments)
                continue
            case nodes.IndexName(name) if name in indices and current not in found:
                found[current] = indices[name]
            case nodes.Name() if current.name.name in indices and _is_index(current, places[current], scope):
                found[current] = indices[current.name.name]
            case _:
                pass
        stack.extend((child, indices) for child in current.children)
    return found


def _is_index(name: nodes.Name, place: Place, scope: Scope) -> bool:
    arithmetic = place.reading in ARITHMETIC and scope.is_position(name.name.name)
    return arithmetic or place.reading in (Reading.INDEX, Reading.SUBSCRIPT)
