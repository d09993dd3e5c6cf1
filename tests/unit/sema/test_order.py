"""Orders of use and their circles."""

import pytest

from einlang.sema.order import ordered, reachable


@pytest.mark.parametrize(
    ("uses", "order", "circles"),
    [
        ({}, [], []),
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, ["a", "b", "c"], []),
        ({"c": ["b", "a"], "b": ["a"], "a": []}, ["a", "b", "c"], []),
        ({"a": ["x"], "b": []}, ["a", "b"], []),
        ({"a": ["a"]}, ["a"], [["a"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, ["c", "b", "a"], [["b", "c"]]),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, ["b", "a", "d", "c"], [["a", "b"], ["c", "d"]]),
    ],
)
def test_each_name_stands_after_those_that_it_uses(
    uses: dict[str, list[str]], order: list[str], circles: list[list[str]]
) -> None:
    assert ordered(uses) == (order, circles)


def test_a_long_chain_needs_no_recursion() -> None:
    uses = {f"x{k}": [f"x{k + 1}"] for k in range(20_000)} | {"x20000": []}
    assert ordered(uses)[0][0] == "x20000"


def test_reachable_stops_at_the_barrier() -> None:
    uses = {"a": ["b"], "b": ["c"], "c": ["d"]}
    assert reachable(["a"], uses, barrier="c") == {"a", "b", "c"}
