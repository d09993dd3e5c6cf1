"""Programs from texts, their derivatives as text, and central differences."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from einlang.calculus import gradient
from einlang.diagnostics import Report
from einlang.ir.exact import PRIME, interpret_exact
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
    """(f(x + h) - f(x - h)) / 2h for each element: first the axes of f, then those of x."""
    columns = []
    for place in np.ndindex(arrays[name].shape):
        moved = [np.array(arrays[name], dtype=float), np.array(arrays[name], dtype=float)]
        moved[0][place] += step
        moved[1][place] -= step
        above, below = (interpret(program, {**arrays, name: array})[output] for array in moved)
        columns.append((above - below) / (2 * step))
    found = np.stack(columns, -1) if columns else np.zeros(0)
    return found.reshape((*found.shape[:-1], *arrays[name].shape))


def exact_derivative(program: Program, arrays: Arrays, output: str, name: str, degree: int) -> np.ndarray:
    """The derivative modulo a prime of a polynomial of that degree at most, from its values at x, x + 1, …, x + degree."""
    weights = [_weight(k, degree) for k in range(degree + 1)]
    columns = []
    for place in np.ndindex(arrays[name].shape):
        column = 0
        for k, weight in enumerate(weights):
            moved = np.array(arrays[name], dtype=object)
            moved[place] += k
            residue = weight.numerator * pow(weight.denominator, -1, PRIME)
            column = (column + residue * interpret_exact(program, {**arrays, name: moved})[output]) % PRIME
        columns.append(column)
    found = np.stack(columns, -1) if columns else np.zeros(0)
    return found.reshape((*found.shape[:-1], *arrays[name].shape))


def _weight(k: int, degree: int) -> Fraction:
    """What the value at k counts in the derivative at 0 of the polynomial through the values at 0, 1, …, degree."""
    others = [m for m in range(degree + 1) if m != k]
    lowered = sum(math.prod(-m for m in others if m != left) for left in others)
    return Fraction(lowered, math.prod(k - m for m in others))


@pytest.fixture(name="program_of")
def _program_of() -> Callable[[str], Program]:
    return program_of


@pytest.fixture(name="derivatives")
def _derivatives() -> Callable[..., dict[str, str]]:
    return derivatives


@pytest.fixture(name="central_difference")
def _central_difference() -> Callable[..., np.ndarray]:
    return central_difference


@pytest.fixture(name="exact_derivative")
def _exact_derivative() -> Callable[..., np.ndarray]:
    return exact_derivative
