"""Sketches: in go the symbols of a text that declares nothing, out come inputs for the names that nothing defines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from einlang.sema.names import RESERVED, Scope, Sort, Symbols, TensorSymbol
from einlang.sema.reading import ARITHMETIC, Place, Reading, index_names, places
from einlang.syntax import nodes
from einlang.tree import Node


def sides(item: nodes.Item) -> tuple[nodes.Expression, ...]:
    """The right sides of an item that may name tensors."""
    match item:
        case nodes.Definition(body=body) | nodes.Update(body=body):
            return (body,)
        case nodes.Assume(left, right) | nodes.Solve(left=left, right=right):
            return left, right
        case nodes.Check(sides):
            return sides
        case _:
            return ()


def left_names(item: nodes.Item) -> list[str]:
    """The indices on the left side of a definition."""
    left = item.indices if isinstance(item, nodes.Definition | nodes.Update | nodes.Solve) else ()
    return [index.subscript.name.name for index in left if isinstance(index.subscript, nodes.Name)]


def add_inputs(symbols: Symbols) -> None:
    """Enter an input for each name that means nothing, with as many axes as its first use has subscripts; none where only
    abstract tensors are said to depend on it.
    """
    for item in symbols.items:
        read = [places(side) for side in sides(item)]
        indices = frozenset((*left_names(item), *(name for found in read for name in index_names(found))))
        scope = Scope(symbols, indices)
        for found in read:
            for name, rank in _unknown(found, scope):
                symbols.tensors.setdefault(name.name, TensorSymbol(name.name, "input", rank, name.span))
    for name in (name for item in symbols.items if isinstance(item, nodes.Abstract) for name in item.arguments):
        if _is_free(name.name, Scope(symbols, frozenset())):
            symbols.tensors.setdefault(name.name, TensorSymbol(name.name, "input", 0, name.span))


def _unknown(found: Mapping[Node, Place], scope: Scope) -> Iterator[tuple[nodes.TensorName, int]]:
    """The names that mean nothing yet, and with how many subscripts they are used."""
    for node, place in found.items():
        if isinstance(node, nodes.Reference) and _is_free(node.name.name, scope):
            yield node.name, len(node.subscripts)
        elif isinstance(node, nodes.Name):
            is_tensor = place.reading is Reading.TENSOR or (place.reading in ARITHMETIC and not scope.meanings(node.name.name))
            if is_tensor and _is_free(node.name.name, scope):
                yield node.name, 0


def _is_free(name: str, scope: Scope) -> bool:
    """Whether nothing has the name."""
    symbols, meanings = scope.symbols, scope.meanings(name)
    taken = any(sort in meanings for sort in (Sort.CONST, Sort.CONSTANT, Sort.LOST))
    return not taken and name not in symbols.tensors and name not in symbols.functions and name not in RESERVED
