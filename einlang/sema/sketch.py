"""Sketches: in go the symbols of a text that declares nothing, out come inputs for the names that nothing defines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from einlang.diagnostics import Report
from einlang.sema.left_sides import left_names
from einlang.sema.names import BUILT_IN_FUNCTIONS, RESERVED, Scope, Sort, Symbols, TensorSymbol, did_you_mean
from einlang.sema.reading import ARITHMETIC, Place, Reading, index_names, places
from einlang.syntax import nodes
from einlang.tree import Node

LETTERS_OF_A_FUNCTION = 3


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


def add_inputs(symbols: Symbols, report: Report) -> None:
    """Enter an input for each name that means nothing, with as many axes as its first use has subscripts; none where only
    abstract tensors are said to depend on it. A name that looks like that of a function gets a warning.
    """
    for item in symbols.items:
        read = [places(side) for side in sides(item)]
        indices = frozenset((*left_names(item), *(name for found in read for name in index_names(found))))
        scope = Scope(symbols, indices)
        for found in read:
            for name, rank in _unknown(found, scope):
                _warn_of_call(name, symbols, report)
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


def _warn_of_call(name: nodes.TensorName, symbols: Symbols, report: Report) -> None:
    """`sigmod(x)`: a name of several letters, straight before parentheses, is meant as a function."""
    span, text = name.span, name.name
    if span.source.text[span.end : span.end + 1] != "(" or len(text) < LETTERS_OF_A_FUNCTION:
        return
    meant = did_you_mean(text, [*symbols.functions, *sorted(BUILT_IN_FUNCTIONS)])
    apart = f"if a factor is meant, say so: `{text} * (…)`"
    message = f"`{text}` is no function, and is multiplied by what stands in the parentheses"
    report.add("factor-like-a-call", span, message, label="taken as an input", help="; ".join(filter(None, (meant, apart))))


def _is_free(name: str, scope: Scope) -> bool:
    """Whether nothing has the name."""
    symbols, meanings = scope.symbols, scope.meanings(name)
    taken = any(sort in meanings for sort in (Sort.CONST, Sort.CONSTANT, Sort.LOST))
    return not taken and name not in symbols.tensors and name not in symbols.functions and name not in RESERVED
