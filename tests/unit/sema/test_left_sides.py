"""Left sides: what each subscript on the left of `=` is."""

import pytest

from einlang.diagnostics import Report
from einlang.sema.left_sides import position, step
from einlang.source import Source
from einlang.syntax import nodes
from einlang.syntax.parser import parse


def subscript(text: str) -> nodes.Expression:
    (item,) = parse(Source("case.ein", f"h[{text}] = 0"), Report(), lambda name, span: None)[0].items
    assert isinstance(item, nodes.Definition)
    return item.indices[0].subscript


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("t", ("t", 0)),
        ("t + 1", ("t", 1)),
        ("1 + t", ("t", 1)),
        ("t - 2", ("t", -2)),
        ("(t + 1) - 3", ("t", -2)),
        ("t + 0.5", None),
        ("2 t", None),
        ("1 - t", None),
        ("t + s", None),
        ("0", None),
    ],
)
def test_an_index_plus_a_whole_number_is_a_step(text: str, found: tuple[str, int] | None) -> None:
    assert step(subscript(text)) == found


@pytest.mark.parametrize(("text", "found"), [("0", 0), ("-1", -1), ("(3)", 3), ("2 - 3", -1), ("0.5", None), ("t", None)])
def test_a_whole_number_is_a_position(text: str, found: int | None) -> None:
    assert position(subscript(text)) == found
