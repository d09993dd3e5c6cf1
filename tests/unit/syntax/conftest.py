"""Texts read in tests: what a text says, and what is wrong with it."""

from collections.abc import Callable

import pytest

from einlang.diagnostics import Diagnostic, Report
from einlang.source import Source
from einlang.syntax.nodes import File, Item
from einlang.syntax.parser import parse

Read = Callable[[str], tuple[File, list[Diagnostic]]]


@pytest.fixture(scope="session")
def read() -> Read:
    """The syntax tree of a text, and what is wrong with it."""

    def read(text: str) -> tuple[File, list[Diagnostic]]:
        report = Report()
        return parse(Source("test.ein", text), report, lambda path, place: None)[0], report.diagnostics

    return read


@pytest.fixture(scope="session")
def items(read: Read) -> Callable[[str], tuple[Item, ...]]:
    """The items of a text in which nothing is wrong."""

    def items(text: str) -> tuple[Item, ...]:
        file, wrong = read(text)
        assert not wrong, f"{wrong[0].span.place}: {wrong[0].message}"
        return file.items

    return items


@pytest.fixture(scope="session")
def mistake(read: Read) -> Callable[[str], Diagnostic]:
    """The one thing that is wrong with a text."""

    def mistake(text: str) -> Diagnostic:
        _, wrong = read(text)
        assert len(wrong) == 1, [d.message for d in wrong]
        return wrong[0]

    return mistake
