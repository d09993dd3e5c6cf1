"""Literals: their exact values, and those that no float64 is near to."""

from fractions import Fraction

import pytest

from einlang.source import Source, Span
from einlang.syntax.number import exact
from einlang.syntax.token import ReadingError, Token


def value(text: str) -> Fraction:
    return exact(Token("NUMBER", text, Span(Source("test.ein", text), 0, len(text))))


@pytest.mark.parametrize(
    "text",
    ["0", "00", "1", "10", "0.1", "1.50", "3e0", "12.5e-3", "1e308", "1.7976931348623157e308", "5e-324", "1E+2", "100000e-5"],
)
def test_a_literal_has_its_exact_value(text) -> None:
    assert value(text) == Fraction(text)


def test_zero_has_any_exponent() -> None:
    assert value("0.00e99999999999999999999") == 0


def test_digits_and_exponent_may_offset_each_other() -> None:
    assert value("0." + "0" * 5000 + "1e5001") == 1
    assert value("1" + "0" * 5000 + "e-5000") == 1
    assert value("0." + "3" * 3999) == Fraction(int("3" * 3999), 10**3999)


@pytest.mark.parametrize(
    "text",
    [
        "1e309",
        "1.8e308",
        "1e-324",
        "1e999999999",
        "1e-999999999",
        "1e" + "9" * 10_000,
        "9" * 400,
        "0." + "0" * 400 + "1",
        "3" * 5000,
    ],
)
def test_what_no_float64_is_near_to_is_refused(text) -> None:
    with pytest.raises(ReadingError) as caught:
        value(text)
    assert caught.value.diagnostic.id == "number-out-of-range"
    assert len(caught.value.diagnostic.message) < 100
