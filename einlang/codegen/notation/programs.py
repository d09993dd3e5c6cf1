"""Programs as equations: in goes a program of the tensor IR, out come its items and the lines of each."""

from __future__ import annotations

from dataclasses import dataclass

from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.partials import Partials, left_side, partials, with_partials
from einlang.codegen.ein.program import as_items
from einlang.codegen.notation.items import equation, lines
from einlang.codegen.notation.line import Line
from einlang.ir.program import Program
from einlang.optimize.shallow import shallow
from einlang.syntax import nodes


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
        tuple((item, _lines(item, known)) for item in declared),
        tuple((item, _lines(item, known)) for item in defined),
        output.names,
        known,
    )


def _lines(item: nodes.Item, known: Partials) -> tuple[Line, ...]:
    if isinstance(item, nodes.Definition):
        return (equation(with_partials(left_side(item), known), item.indices, with_partials(item.body, known)),)
    return tuple(lines(with_partials(item, known)))
