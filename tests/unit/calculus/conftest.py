"""Programs from texts, their derivatives as text, and central differences."""

from collections.abc import Callable

import numpy as np
import pytest

from einlang.calculus import gradient
from einlang.diagnostics import Report
from einlang.ir.interpret import interpret
from einlang.ir.program import Program
from einlang.ir.text import definition_text
from einlang.optimize import simplify
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

Arrays = dict[str, np.ndarray]


def program_of(text: str) -> Program:
    report = Report()
    program = analyse(parse(Source("test.ein", text), report, lambda path, span: None), report, name="test")
    assert program is not None and not report.has_errors, report.diagnostics
    return program


def derivatives(text: str, output: str, *wrt: str) -> dict[str, str]:
    """The definitions that a person would write for the derivatives, without ranges: left side to right side."""
    program = program_of(text)
    written = simplify(gradient(program, output, wrt or [t.name for t in program.inputs if t.kind == "float"]))
    lines = [definition_text(definition) for definition in written.definitions]
    return {left.split("[")[0].split(" :")[0]: right for left, right in (line.split(" = ", 1) for line in lines)}


def central_difference(program: Program, arrays: Arrays, output: str, name: str, step: float = 1e-6) -> np.ndarray:
    """(f(x + h) - f(x - h)) / 2h for each element."""
    result = np.zeros_like(arrays[name], dtype=float)
    for place in np.ndindex(result.shape):
        moved = [np.array(arrays[name], dtype=float), np.array(arrays[name], dtype=float)]
        moved[0][place] += step
        moved[1][place] -= step
        above, below = (interpret(program, {**arrays, name: array})[output] for array in moved)
        result[place] = (above - below) / (2 * step)
    return result


@pytest.fixture(name="program_of")
def _program_of() -> Callable[[str], Program]:
    return program_of


@pytest.fixture(name="derivatives")
def _derivatives() -> Callable[..., dict[str, str]]:
    return derivatives


@pytest.fixture(name="central_difference")
def _central_difference() -> Callable[..., np.ndarray]:
    return central_difference
