"""What is the same for each layer: which items become one, where they stand, and that they mean the same."""

import numpy as np
import pytest

import einlang
from einlang.codegen.ein.families import chunks, families, spare_variable
from einlang.codegen.ein.program import by_layers
from einlang.diagnostics import Report
from einlang.source import Source
from einlang.syntax.format import format_expression
from einlang.syntax.parser import parse


def said(text: str) -> list[str]:
    """The items of a text by layers."""
    report = Report()
    items = parse(Source("case.ein", text), report, lambda name, span: None)[0].items
    assert not report.diagnostics
    (group,) = by_layers([items])
    return [format_expression(item) for item in group]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("x{1} = y{0} z{1}\nx{2} = y{1} z{2}", ["x{m} = y{m-1} z{m} for m in 1..2"]),
        ("x{2} = y{3}\nx{1} = y{2}\nx{0} = y{1}", ["x{m} = y{m+1} for m in 0..2"]),
        ("x{1} = y{1}\nx{2} = y{1}", ["x{1} = y{1}", "x{2} = y{1}"]),
        ("x{1} = 2\nx{3} = 2\nx{4} = 2", ["x{1} = 2", "x{m} = 2 for m in 3..4"]),
        ("x{1} = 2\ny = 3\nx{2} = 2\nz{1} = x{1}\nz{2} = x{2}", ["x{m} = 2 for m in 1..2", "y = 3", "z{m} = x{m} for m in 1..2"]),
        ("x{1}[i] = y[i]\nx{2}[j] = y[j]", ["x{1}[i] = y[i]", "x{2}[j] = y[j]"]),
        ("x{1,1} = 2\nx{2,1} = 2", ["x{1,1} = 2", "x{2,1} = 2"]),
        ("x{-1} = y{-2}\nx{0} = y{-1}", ["x{m} = y{m-1} for m in -1..0"]),
        ("x{1}[m] = p[m]\nx{2}[m] = p[m]", ["x{l}[m] = p[m] for l in 1..2"]),
        (
            "input a, W{1}[k{0}], c{1}, W{2}[k{1}], c{2}, b",
            ["input a", "input W{m}[k{m-1}], c{m} for m in 1..2", "input b"],
        ),
        ("output a, W{2}, W{1}, W{2}, b", ["output a, W{2}", "output W{m} for m in 1..2", "output b"]),
    ],
)
def test_items_that_differ_by_their_layer_alone_become_one(text: str, items: list[str]) -> None:
    assert said(text) == items


def test_nothing_is_changed_where_there_are_no_layers() -> None:
    assert said("input x\ny = x\nz = x") == ["input x", "y = x", "z = x"]
    assert families([], "m") == [] and list(chunks([], "m")) == [] and spare_variable([]) == "m"


def test_a_printed_program_of_many_layers_means_the_same() -> None:
    text = """
    const n = 4
    input A[b, k{0}]
    param W{m}[k{m-1}, k{m}], c{m}[k{m}] for m in 1..n
    X{0}[i,j] = A[i,j]
    X{m}[i,j] = tanh(X{m-1}[i,K] W{m}[K,j] + c{m}[j]) for m in 1..n
    L = X{n}[I,J]^2
    """
    gradient = einlang.compile(text, backend="numpy").grad("L")
    again = einlang.compile(gradient.source, backend="numpy")
    random = np.random.default_rng(0)
    given = {"A": random.normal(size=(3, 2))}
    for m in range(1, 5):
        given |= {f"W{{{m}}}": random.normal(size=(m + 1, m + 2)), f"c{{{m}}}": random.normal(size=m + 2)}
    for name, value in gradient(given).items():
        np.testing.assert_array_equal(value, again(given)[f"dL_d{name}"])
    assert gradient.source.count("for m in 1..4") == 5
