"""Literals: in goes the text of a number, out comes its exact value."""

from __future__ import annotations

from fractions import Fraction

from einlang.syntax.token import ReadingError, Token, mistake

_LARGEST, _SMALLEST = 1.7976931348623157e308, 5e-324
_DIGITS, _EXPONENT_DIGITS = 4000, 6


def exact(token: Token) -> Fraction:
    """The value of a literal. Raises ReadingError where no float64 is near it, before a large exponent is expanded."""
    mantissa, _, exponent = token.text.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    digits = (whole + decimals).strip("0")
    if not digits:
        return Fraction(0)
    if len(exponent.lstrip("+-0")) > _EXPONENT_DIGITS:
        raise _out_of_range(token)
    leading = len(whole.lstrip("0")) if whole.strip("0") else len(decimals.lstrip("0")) - len(decimals)
    if len(digits) > _DIGITS or abs(leading + int(exponent or 0)) > 400:
        raise _out_of_range(token)
    shift = int(exponent or 0) - len(decimals) + len(whole + decimals) - len((whole + decimals).rstrip("0"))
    value = Fraction(int(digits)) * Fraction(10) ** shift
    if not Fraction(_SMALLEST) / 2 <= value <= Fraction(_LARGEST):
        raise _out_of_range(token)
    return value


def _out_of_range(token: Token) -> ReadingError:
    return mistake(
        "number-out-of-range",
        token.span,
        "this number is too large, too small or too long for a program",
        label=f"a float64 lies between 4.9e-324 and 1.8e308; no more than {_DIGITS} digits are read",
    )
