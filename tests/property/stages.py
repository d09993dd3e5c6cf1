"""The stages of the compiler, as the property tests use them: in goes a text, out comes what the stage makes of it."""

from __future__ import annotations

from einlang.calculus import differentiate
from einlang.diagnostics import Diagnostic, Report
from einlang.ir.program import Program
from einlang.sema import analyse, explicit_sums
from einlang.source import Source
from einlang.syntax.format import format_file
from einlang.syntax.nodes import File
from einlang.syntax.parser import parse


def parsed(text: str) -> File:
    """The tree of a text without errors."""
    report = Report()
    main, *_ = parse(Source("program.ein", text), report, lambda name, span: None)
    assert not report.diagnostics, spoken(report)
    return main


def analysed(text: str) -> Program:
    """The tensor IR of a text without errors."""
    report = Report()
    program = analyse([parsed(text)], report, name="program")
    assert program is not None, spoken(report)
    return program


def differentiated(text: str) -> Program:
    """The tensor IR without derivatives."""
    return differentiate(analysed(text))


def with_sums(text: str) -> str:
    """The text with every sum written out, as the compiler shows it."""
    report = Report()
    shown = explicit_sums([parsed(text)], report)
    assert not report.has_errors, spoken(report)
    return format_file(shown)


def findings(text: str) -> tuple[Diagnostic, ...]:
    """All that is said of a text, right or wrong."""
    report = Report()
    files = parse(Source("program.ein", text), report, lambda name, span: None)
    program = analyse(files, report, name="program")
    assert report.has_errors == (program is None)
    if program is not None:
        differentiate(program)
    return tuple(report.diagnostics)


def spoken(report: Report) -> str:
    return "\n".join(f"{d.span.place}: {d.id}: {d.message}; {d.help}" for d in report.diagnostics)
