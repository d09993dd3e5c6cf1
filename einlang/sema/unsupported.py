"""What the compiler cannot do yet: in go the items of a file, out come those that it can read, and the names of the others.

An item that is left out is reported once, at its place; the names that it declares or defines are known to exist, so that
their uses are not reported as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from einlang.diagnostics import Report
from einlang.source import Span
from einlang.syntax import nodes


def report_unsupported(report: Report, span: Span, what: str) -> None:
    """Say that a part of the language is not built."""
    report.add("not-supported-yet", span, f"{what} is not supported yet", label="not built in this version")


def supported(items: Iterable[nodes.Item], report: Report) -> tuple[list[nodes.Item], set[str]]:
    """The items that can be read, and the names of the others."""
    kept: list[nodes.Item] = []
    lost: set[str] = set()
    for item in items:
        missing, names = _missing(item), {name.name for name in named(item)}
        if missing is None:
            kept.append(item)
        elif not names or not names <= lost:
            report_unsupported(report, *missing)
        lost |= names if missing else set()
    return kept, lost


def named(item: nodes.Item) -> Iterator[nodes.TensorName]:
    """The names that an item declares or defines."""
    match item:
        case nodes.Repeated(inner):
            yield from named(inner)
        case nodes.Declaration(_, declarators):
            yield from (declarator.name for declarator in declarators)
        case nodes.SizeDeclaration(sizes):
            yield from (size.name for size in sizes)
        case nodes.Function(name, span=span):
            yield nodes.TensorName(name, (), span)
        case nodes.ConstDeclaration(name) | nodes.Abstract(name) | nodes.Definition(name) | nodes.Solve(name):
            yield name


def _missing(item: nodes.Item) -> tuple[Span, str] | None:
    """The place and the words for what an item needs and is not built."""
    match item:
        case nodes.Definition(_, indices) | nodes.Solve(_, indices):
            part = next((index for index in indices if not isinstance(index.subscript, nodes.Name)), None)
            return None if part is None else (part.span, "a recurrence, or a start of one,")
    return None
