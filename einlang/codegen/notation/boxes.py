"""Mathematics as it is set: the nodes that LaTeX and MathML are spellings of, one class a shape, and builders for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal as Either

from einlang.tree import Node, node


class Box(Node):
    """Base of what is set."""

    __slots__ = ()


@node
class Word(Box):
    """A name, in italics."""

    text: str


@node
class Upright(Box):
    """The name of a function."""

    text: str


@node
class Text(Box):
    """Words of a sentence between formulas."""

    text: str


@node
class Digits(Box):
    """A literal number without a power of ten."""

    text: str


@node
class Sign(Box):
    """One symbol, by its character, and how close it stands to what is around it."""

    text: str
    form: Either["infix", "tight", "list"]


@node
class Row(Box):
    """Side by side."""

    parts: tuple[Box, ...]


@node
class Scripts(Box):
    """`base` with what stands below to its right, primes, and what stands above."""

    base: Box
    below: Box | None
    primes: int
    above: Box | None


@node
class Under(Box):
    """A big operator over what it runs over."""

    sign: Box
    below: Box


@node
class Fraction(Box):
    """`above` over `below`."""

    above: Box
    below: Box


@node
class Root(Box):
    """A square root."""

    body: Box


@node
class Fence(Box):
    """`body` between a pair of brackets as high as it is."""

    left: Either["(", "|", "⌊"]
    body: Box


@node
class Table(Box):
    """Rows of cells: the cases of a choice, or a matrix."""

    kind: Either["cases", "matrix"]
    rows: tuple[tuple[Box, ...], ...]


MINUS, PARTIAL = Sign("−", "tight"), Sign("∂", "tight")
TIMES, APPLY, THIN = Sign("\u2062", "infix"), Sign("\u2061", "tight"), Sign("\u2009", "infix")
"""Side by side for a product, between a function and its arguments, and where there is only a little room."""


def infix(text: str) -> Sign:
    """A symbol between two operands."""
    return Sign(text, "infix")


def row(*parts: Box) -> Box:
    """Side by side; one part alone is itself."""
    return parts[0] if len(parts) == 1 else Row(parts)


def joined(parts: Iterable[Box], between: Sign) -> Box:
    """Parts with a symbol between every two."""
    spread = [box for part in parts for box in (between, part)]
    return row(*spread[1:])


def listed(parts: Iterable[Box]) -> Box:
    """`a, b, c`."""
    return joined(parts, Sign(",", "list"))


def packed(parts: Sequence[Box]) -> Box | None:
    """`a,b,c` as subscripts are; None where there are none."""
    return joined(parts, Sign(",", "tight")) if parts else None


def scripts(base: Box, below: Box | None = None, primes: int = 0, above: Box | None = None) -> Box:
    """`base` with its scripts, itself where there are none."""
    return Scripts(base, below, primes, above) if below or primes or above else base


def bracketed(body: Box) -> Fence:
    """Parentheses as high as what stands in them."""
    return Fence("(", body)


def is_firm(box: Box) -> bool:
    """Whether a power may stand on it without parentheses."""
    match box:
        case Scripts(base, _, primes, above):
            return primes == 0 and above is None and not isinstance(base, Table)
        case _:
            return isinstance(box, Word | Digits | Fence)


def leads_with_digits(box: Box) -> bool:
    """Whether what it begins with is a number, which would run together with a factor before it."""
    while isinstance(box, Row | Scripts):
        box = box.parts[0] if isinstance(box, Row) else box.base
    return isinstance(box, Digits)
