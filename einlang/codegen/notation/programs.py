"""Programs as equations: in goes a program of the tensor IR, out come its items and the lines of each."""

from __future__ import annotations

from dataclasses import dataclass

from einlang.codegen.ein.families import families, spare_variable
from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.partials import Partials, left_side, partials, with_partials
from einlang.codegen.ein.program import as_items
from einlang.codegen.notation.items import equation, lines, within
from einlang.codegen.notation.line import Line
from einlang.ir.program import Program
from einlang.optimize.shallow import shallow
from einlang.syntax import nodes
from einlang.tree import Node, node


@dataclass(frozen=True, slots=True)
class Equations:
    """A program for readers: what it declares, what it defines, and what it gives; derivatives are written as such.

    Attributes:
        declared, defined: items with their lines, in the order of the program.
        outputs: what a call gives.
        known: the names that stand for derivatives.
    """

    declared: tuple[tuple[nodes.Item, tuple[Line, ...]], ...]
    defined: tuple[tuple[nodes.Item, tuple[Line, ...]], ...]
    outputs: tuple[nodes.TensorName, ...]
    known: Partials


def equations(program: Program) -> Equations:
    """The equations of a program."""
    program = shallow(program)
    words = Words(program)
    known = partials(program, words)
    declared, defined, (output,) = as_items(program, words)
    assert isinstance(output, nodes.Output)
    return Equations(
        tuple((item, _lines_of(_stated(item, known))) for item in declared),
        tuple((item, _lines_of(_stated(item, known))) for item in defined),
        output.names,
        known,
    )


@node
class _Stated(Node):
    """A definition whose derivatives are written as such, also the one that it defines."""

    left: nodes.Expression
    indices: tuple[nodes.LeftIndex, ...]
    right: nodes.Expression


def by_layers(found: Equations) -> list[Line]:
    """The lines of what is defined, once what is the same for each layer."""
    trees = [_stated(item, found.known) for item, _ in found.defined]
    said = families(trees, spare_variable(trees))
    return [within(line, [each.range]) if each.range else line for each in said for line in _lines_of(each.tree)]


def _stated(item: nodes.Item, known: Partials) -> _Stated | nodes.Item:
    if isinstance(item, nodes.Definition):
        return _Stated(with_partials(left_side(item), known), item.indices, with_partials(item.body, known))
    return with_partials(item, known)


def _lines_of(stated: _Stated | nodes.Item) -> tuple[Line, ...]:
    if isinstance(stated, _Stated):
        return (equation(stated.left, stated.indices, stated.right),)
    return tuple(lines(stated))
