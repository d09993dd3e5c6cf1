"""The table of docs/derivatives.md that says how large derived programs are holds the numbers that come out."""

from pathlib import Path

import pytest

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.measure import tree_size
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

DOCUMENT = Path(__file__).parents[2] / "docs" / "derivatives.md"
LENGTHS = (5, 10, 20, 40)


def layers(n: int) -> str:
    lines = ["input X0[k], t[k]", "param " + ", ".join(f"W{m}[k, k], c{m}[k]" for m in range(1, n + 1))]
    lines += [f"X{m}[j] = tanh(X{m - 1}[I] W{m}[I,j] + c{m}[j])" for m in range(1, n + 1)]
    return "\n".join([*lines, f"L = (X{n}[I] - t[I])^2"])


def polynomial(n: int) -> str:
    return "param x\nL = " + " + ".join(f"{m} x^{m}" for m in range(1, n + 1))


ROWS = {
    "`L` of n layers": (layers, "L"),
    "`∂L/∂c1[p]`": (layers, "∂L/∂c1[p]"),
    "`∂²L/∂c1[p]∂c1[q]`": (layers, "∂²L/∂c1[p]∂c1[q]"),
    "`∂³L/∂c1[p]∂c1[q]∂c1[r]`": (layers, "∂³L/∂c1[p]∂c1[q]∂c1[r]"),
    "`∂Xn[p]/∂X0[q]`": (layers, "∂X{n}[p]/∂X0[q]"),
    "`L` of degree n": (polynomial, "L"),
    "`∂L/∂x`": (polynomial, "∂L/∂x"),
    "`∂²L/∂x∂x`": (polynomial, "∂²L/∂x∂x"),
    "`∂³L/∂x∂x∂x`": (polynomial, "∂³L/∂x∂x∂x"),
}


def size(family, n: int, formula: str) -> int:
    """The nodes of the right sides of a program with that formula, after differentiation."""
    left = [letter for letter in "pqr" if f"[{letter}]" in formula]
    text = f"{family(n)}\nD[{','.join(left)}] = {formula}\noutput D".replace("[] =", " =").replace("{n}", str(n))
    report = Report()
    program = analyse(parse(Source("sizes.ein", text), report, lambda path, span: None), report, name="sizes")
    assert program is not None and not report.has_errors, report.diagnostics
    return sum(tree_size(definition.body) for definition in differentiate(program).definitions)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_table(row: str) -> None:
    numbers = " | ".join(str(size(ROWS[row][0], n, ROWS[row][1])) for n in LENGTHS)
    assert f"| {row} | {numbers} |" in DOCUMENT.read_text()
