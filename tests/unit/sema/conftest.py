"""What tests of analysis need: a program's tensor IR, its diagnostics, its sums, and the values that the oracle gives it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from einlang.diagnostics import Diagnostic, Report
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.ir.text import text
from einlang.ir.verify import verify
from einlang.sema import analyse, explicit_sums
from einlang.source import Source
from einlang.syntax.format import format_file
from einlang.syntax.nodes import File
from einlang.syntax.parser import parse


def read(source: str, used: Mapping[str, str], report: Report) -> list[File]:
    return parse(Source("main.ein", source), report, lambda path, span: Source(path, used[path]))


@pytest.fixture
def compiled() -> Callable[..., Program]:
    """The program that a text says; warnings are allowed, errors are not."""

    def compiled(source: str, used: Mapping[str, str] | None = None, **settings: Any) -> Program:
        report = Report()
        program = analyse(read(source, used or {}, report), report, name="main", **settings)
        assert program is not None, [f"{d.id}: {d.message}" for d in report.diagnostics]
        verify(program, "sema")
        return program

    return compiled


@pytest.fixture
def definitions(compiled: Callable[..., Program]) -> Callable[..., list[str]]:
    """The definitions of a program in tensor IR, as text."""

    def definitions(source: str, **settings: Any) -> list[str]:
        program = compiled(source, **settings)
        made = text(program).splitlines()
        names = {definition.tensor.name for definition in program.definitions}
        return [line for line in made if line.partition(" ")[0].partition("[")[0] in names and " = " in line]

    return definitions


@pytest.fixture
def findings() -> Callable[..., list[Diagnostic]]:
    """What analysis has to say of a text that can be parsed."""

    def findings(source: str, used: Mapping[str, str] | None = None, **settings: Any) -> list[Diagnostic]:
        report = Report()
        files = read(source, used or {}, report)
        assert not report.diagnostics
        program = analyse(files, report, name="main", **settings)
        assert (program is None) == report.has_errors
        return report.diagnostics

    return findings


@pytest.fixture
def ids(findings: Callable[..., list[Diagnostic]]) -> Callable[..., list[str]]:
    """The ids of what analysis has to say of a text, in the order of their places."""

    def ids(source: str, used: Mapping[str, str] | None = None, **settings: Any) -> list[str]:
        found = findings(source, used, **settings)
        return [finding.id for finding in sorted(found, key=lambda finding: finding.span.start)]

    return ids


@pytest.fixture
def sums() -> Callable[[str], str]:
    """A text with its sums written out."""

    def sums(source: str) -> str:
        report = Report()
        made = format_file(explicit_sums(read(source, {}, report), report))
        assert not report.has_errors, [f"{d.id}: {d.message}" for d in report.diagnostics]
        return made

    return sums


@pytest.fixture
def values(compiled: Callable[..., Program]) -> Callable[..., dict[str, Any]]:
    """The value of every definition, for random arrays of sizes that differ, or for those that are given."""

    def values(source: str, arrays: Mapping[str, Any] | None = None, **sizes: int) -> dict[str, Any]:
        program = compiled(source)
        made = dict(arrays or {})
        random = np.random.default_rng(0)
        known = dict(program.sizes)
        for tensor in program.inputs:
            for extent in tensor.shape:
                for name in extent.sizes:
                    known.setdefault(name, sizes.get(name, 2 + len(known)))
            shape = tuple(extent.evaluate(known) for extent in tensor.shape)
            made.setdefault(tensor.name, random.uniform(0.5, 1.5, shape))
        return {**made, **interpret(program, made)}

    return values
