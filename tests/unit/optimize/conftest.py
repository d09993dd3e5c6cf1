"""Programs from texts, and what passes leave of them, as text."""

from collections.abc import Callable

import pytest

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.program import Program
from einlang.ir.text import definition_text
from einlang.optimize import tidy
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse


def program_of(text: str) -> Program:
    """The program of a text, its derivatives worked out."""
    report = Report()
    program = analyse(parse(Source("test.ein", text), report, lambda path, span: None), report, name="test")
    assert program is not None and not report.has_errors, report.diagnostics
    return differentiate(program, tidy)


def lines_of(program: Program) -> dict[str, str]:
    """The definitions as text: tensor to right side."""
    return {d.tensor.name: definition_text(d).split(" = ", 1)[1] for d in program.definitions}


@pytest.fixture(name="program_of")
def _program_of() -> Callable[[str], Program]:
    return program_of


@pytest.fixture(name="lines_of")
def _lines_of() -> Callable[[Program], dict[str, str]]:
    return lines_of
