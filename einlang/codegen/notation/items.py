"""Items of a file as equations: in goes the syntax tree of an item, out come lines of mathematics, each with its two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from einlang.codegen.ein.partials import left_side
from einlang.codegen.notation.boxes import (
    APPLY,
    Row,
    Text,
    Upright,
    bracketed,
    infix,
    joined,
    listed,
    packed,
    row,
    scripts,
)
from einlang.codegen.notation.formulas import formula
from einlang.codegen.notation.functions import named
from einlang.codegen.notation.line import Line
from einlang.syntax import nodes as n

_EQUAL = infix("=")


def lines(item: n.Item) -> list[Line]:
    """The lines of an item; none for what declares nothing (`output`, `use`)."""
    return list(_LINES[type(item)](item)) if type(item) in _LINES else []


def equation(left: n.Expression, indices: Sequence[n.LeftIndex], right: n.Expression, sign: str = "=") -> Line:
    """A left side, a right side, and how far each index runs whose range is given."""
    given = [Row((formula(i.subscript), infix("<"), formula(i.extent))) for i in indices if i.extent is not None]
    return Line(formula(left), infix(sign), formula(right), listed(given) if given else None)


def within(line: Line, ranges: Sequence[n.Repetition]) -> Line:
    """A line for each of a range, or of several: with `1 ≤ m ≤ n`."""
    said = [joined((formula(r.first), named(r.variable), formula(r.last)), infix("≤")) for r in ranges]
    return replace(line, note=reduce(lambda a, b: listed((a, b)), [*([line.note] if line.note else []), *said]))


def _declaration(item: n.Declaration) -> Iterator[Line]:
    """`X ∈ ℝ^{b × k_0}`."""
    for declarator in item.declarators:
        axes = [formula(axis) if isinstance(axis, n.Name | n.Number) else bracketed(formula(axis)) for axis in declarator.axes]
        numbers = scripts(Upright("ℤ" if declarator.integer else "ℝ"), above=joined(axes, infix("×")) if axes else None)
        yield Line(formula(declarator.name), infix("∈"), numbers)


def _sizes(item: n.SizeDeclaration) -> Iterator[Line]:
    for size in item.sizes:
        fixed = size.value is not None
        yield Line(formula(size.name), infix("=" if fixed else "∈"), formula(size.value) if size.value else Upright("ℕ"))


def _equal(sides: Sequence[n.Expression], word: str) -> Iterator[Line]:
    first, *others = (formula(side) for side in sides)
    yield Line(first, _EQUAL, joined(others, _EQUAL), Text(word))


def _abstract(item: n.Abstract) -> Iterator[Line]:
    """`Z_p = Z_p(Y)`."""
    tensor = scripts(formula(item.name), packed([formula(index) for index in item.indices]))
    yield Line(tensor, _EQUAL, Row((tensor, APPLY, bracketed(listed(formula(name) for name in item.arguments)))))


def _function(item: n.Function) -> Iterator[Line]:
    """`f_j(z_j, x) = …`; an abstract function says no more than what it takes."""
    name = scripts(named(item.name), packed([formula(index) for index in item.indices]))
    given = (scripts(named(p.name), packed([formula(index) for index in p.indices])) for p in item.parameters)
    taken = Row((name, APPLY, bracketed(listed(given))))
    yield Line(taken, _EQUAL, formula(item.body)) if item.body else Line(taken, None, None, Text("abstract"))


def _solve(item: n.Solve) -> Iterator[Line]:
    yield Line(formula(item.left), _EQUAL, formula(item.right), row(Text("solved for "), formula(left_side(item))))


def _repeated(item: n.Repeated) -> Iterator[Line]:
    """The lines of the item, each with `1 ≤ m ≤ n`."""
    return (within(found, item.ranges) for found in lines(item.item))


_LINES: dict[type[n.Item], Callable[[Any], Iterator[Line]]] = {
    n.Declaration: _declaration,
    n.SizeDeclaration: _sizes,
    n.ConstDeclaration: lambda item: iter([Line(formula(item.name), _EQUAL, formula(item.value))]),
    n.Definition: lambda item: iter([equation(left_side(item), item.indices, item.body)]),
    n.Update: lambda item: iter([equation(left_side(item), item.indices, item.body, "←")]),
    n.Solve: _solve,
    n.Assume: lambda item: _equal((item.left, item.right), "assumed"),
    n.Check: lambda item: _equal(item.sides, "claimed"),
    n.Abstract: _abstract,
    n.Function: _function,
    n.Repeated: _repeated,
}
