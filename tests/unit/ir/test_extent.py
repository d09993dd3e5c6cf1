"""Extents: a normal form in which equal polynomials are one object."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einlang.ir.extent import Extent, fixed, sized

H, N = sized("h"), sized("n")


@st.composite
def extents(draw: st.DrawFn) -> Extent:
    extent = fixed(draw(st.integers(-3, 3)))
    for _ in range(draw(st.integers(0, 4))):
        factor = draw(st.sampled_from([H, N, fixed(2), fixed(-1), fixed(0)]))
        extent = draw(st.sampled_from([extent + factor, extent * factor, extent - factor]))
    return extent


sizes = st.fixed_dictionaries({"h": st.integers(0, 9), "n": st.integers(0, 9)})


@given(extents(), extents(), sizes)
def test_arithmetic_is_that_of_the_values(a: Extent, b: Extent, values: dict[str, int]) -> None:
    x, y = a.evaluate(values), b.evaluate(values)
    assert (a + b).evaluate(values) == x + y
    assert (a - b).evaluate(values) == x - y
    assert (a * b).evaluate(values) == x * y


@given(extents(), extents(), extents())
def test_equal_polynomials_are_one_object(a: Extent, b: Extent, c: Extent) -> None:
    assert a + b is b + a
    assert a * (b + c) is a * b + a * c
    assert a - a is fixed(0)


@given(extents(), extents(), sizes)
def test_substitution_is_evaluation_at_the_substituted(a: Extent, b: Extent, values: dict[str, int]) -> None:
    assert a.substitute({"h": b}).evaluate(values) == a.evaluate({**values, "h": b.evaluate(values)})
    assert a.substitute({}) is a


@given(extents(), sizes)
def test_the_spelling_is_an_expression_of_the_value(a: Extent, values: dict[str, int]) -> None:
    assert eval(a.spell(), dict(values)) == a.evaluate(values)


@pytest.mark.parametrize(
    ("extent", "spelling"),
    [
        (fixed(0), "0"),
        (N, "n"),
        (H * 2 + 1, "2*h + 1"),
        (N - 1, "n - 1"),
        (fixed(1) - N, "-n + 1"),
        (N * H - H * H * 3, "-3*h*h + h*n"),
    ],
)
def test_spelling(extent: Extent, spelling: str) -> None:
    assert extent.spell() == spelling


def test_other_names_in_a_spelling() -> None:
    assert (H * 2 + N).spell({"h": "size_h"}, times=" * ") == "2 * size_h + n"


def test_what_is_known_of_an_extent() -> None:
    assert (fixed(3).constant, fixed(0).constant, N.constant, (N + 1).constant) == (3, 0, None, None)
    assert (N.size, (N * 2).size, (N * N).size, fixed(1).size) == ("n", None, None, None)
    assert (N * H + H).sizes == ("h", "n")


def test_a_size_that_is_not_given() -> None:
    with pytest.raises(KeyError):
        N.evaluate({"h": 1})
