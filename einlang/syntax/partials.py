"""Derivatives written as elsewhere: in goes the place where the parser stopped, out comes the Einlang form."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import NamedTuple

from einlang.source import Span
from einlang.syntax.place import Place, elsewhere, habit
from einlang.syntax.token import ReadingError, mistake

_ORDERS = {"PARTIAL": 1, "PARTIAL_2": 2, "PARTIAL_3": 3}
_WANTED = "the name of an input, a param or a definition is wanted here"
_BY_NAME = "name it by a definition, `y = …`, of which the rest is made, and derive by that: `∂…/∂y`"
_NO_TENSORS = {
    "NUMBER": ("a number", "name a tensor, with its subscripts: `∂…/∂w[i]`"),
    "LPAR": ("an expression", _BY_NAME),
    "FUNCTION": ("a function", f"a function is derived by its argument, `f'(x)`; to derive by its value {_BY_NAME}"),
    "MINUS": ("an expression", _BY_NAME),
    "DELTA": ("δ", "δ is a constant: name a tensor, `∂…/∂w[i]`"),
    "FILLED": ("a number", "name a tensor, with its subscripts: `∂…/∂w[i]`"),
    "WRITTEN": ("an expression", _BY_NAME),
}
"""What may stand below the slash by mistake: in words, and how to mend it."""


_ORDINALS = {1: "second", 2: "third", 3: "fourth"}
_TAKES = {1: "∂ takes one", 2: "∂² takes two", 3: "∂³ takes three"}
_MORE = {
    1: "write `∂²L/∂w[i]∂w[j]` (or `@@L/…`)",
    2: "write `∂³L/∂w[i]∂w[j]∂w[k]` (or `@@@L/…`)",
    3: "derive a derivative: `∂(∂³L/∂w[i]∂w[j]∂w[k])/∂w[l]`",
}
"""What to say of one denominator too many, by how many stand before it."""


class Unfinished(NamedTuple):
    """A derivative of order 2 or 3 that lacks denominators: up to its slash, the last one, and its place."""

    order: int
    above: str
    denominator: str
    span: Span

    @property
    def pure(self) -> str:
        """It by the same element each time, as `∂²f/∂x[i]²` is meant."""
        return self.above + self.denominator * self.order

    @property
    def mixed(self) -> str:
        """It by elements of their own."""
        return self.above + "".join(_at_other_indices(self.denominator, number) for number in range(self.order))


def unfinished(place: Place) -> Unfinished | None:
    """The derivative of order 2 or 3 that the tokens end in, if they do."""
    types = [token.type for token in place.read]
    start = max((i for i, type in enumerate(types) if type in ("PARTIAL_2", "PARTIAL_3")), default=len(types))
    if "OVER" not in types[start:] or types[-1] in ("OVER", "PARTIAL"):
        return None
    over = types.index("OVER", start)
    order, last = _ORDERS[types[start]], max(i for i, type in enumerate(types) if type in ("PARTIAL", "OVER"))
    denominator = place.span(last).text
    return Unfinished(order, place.span(start, over).text, denominator, place.span(start))


def _at_other_indices(denominator: str, number: int) -> str:
    """A denominator with its free indices moved on in the alphabet: `∂w[i]` the first time, then `∂w[j]`, `∂w[k]`."""
    name, bracket, subscripts = denominator.partition("[")
    step = number * len(set(re.findall(r"\b[a-z]\b", subscripts)))

    def moved(index: re.Match[str]) -> str:
        return ascii_lowercase[(ascii_lowercase.index(index[0]) + step) % len(ascii_lowercase)]

    return name + bracket + re.sub(r"\b[a-z]\b", moved, subscripts)


def _without_name(place: Place) -> ReadingError | None:
    """`∂L/∂b[j] = 1[A] ∂L/∂Z[A,j]`."""
    if place.read or place.token.type not in _ORDERS or not place.equation:
        return None
    return habit(
        place.token.span,
        "a derivative cannot be defined: it follows from the definitions",
        "give it a name, `G[i,j] = ∂L/∂W[i,j]`, or claim what it equals, `check ∂L/∂W[i,j] = …`",
    )


def _missing_denominator(place: Place) -> ReadingError | None:
    """`∂²f/∂x`, and `∂²f/∂x^2`: ∂² takes two denominators."""
    found = unfinished(place) if "PARTIAL" in place.accepted and "PLUS" not in place.accepted else None
    if found is None:
        return None
    message = f"a derivative of order {found.order} has {found.order} denominators"
    mended = found.pure if place.token.type == "RAISED" else found.mixed
    return habit(found.span, message, f"write `{mended}`")


def _missing_slash(place: Place) -> ReadingError | None:
    """What starts like a derivative and has no `/`: `A @ B`, `∂L/∂w[i]∂w[j]`, `∂/∂x`, `∂x^2/∂x`."""
    start = max((i for i, token in enumerate(place.read) if token.type in _ORDERS), default=None)
    if start is None or "PLUS" in place.accepted or not ({"OVER", "LPAR"} & set(place.accepted)):
        return None
    if start + 1 == len(place.read):
        return _numerator(place, start)
    partial = place.read[start]
    before = _denominators(place, start)
    if before:
        message = f"`{place.span(start).text}` is a {_ORDINALS[before]} denominator, and {_TAKES[before]}"
        return habit(place.span(start), message, _MORE[before])
    if partial.text == "@" and start > 0 and place.read[start - 1].type in ("NAME", "RSQB", "RPAR", "RBRACE"):
        return elsewhere(partial.span, "A @ B", "A[i,K] B[K,j]", "a product of matrices names the index that it sums over")
    return mistake(
        "unexpected-text",
        place.token.span,
        "a derivative has a tensor or something in parentheses above its `/`",
        label="expected `/`",
        help=f"write `{partial.text}(…)/{partial.text[0]}T[i]` to derive anything but one tensor",
    )


def _numerator(place: Place, start: int) -> ReadingError | None:
    """Straight after ∂: `∂exp(x)/∂x`, `∂/∂x`, `∂∂L/∂w∂w`, `∂2L/∂w∂w`."""
    partial, token = place.read[start].text, place.token
    if token.type == "RAISED":
        return elsewhere(place.read[start].span.to(token.span), f"{partial}^", "∂²", "`∂²f/∂x∂y` has two denominators")
    if token.type in _ORDERS or (token.type == "NUMBER" and token.text in ("2", "3")):
        order = "∂³" if token.text == "3" else "∂²"
        return elsewhere(place.read[start].span.to(token.span), f"{partial}{token.text}", order)
    if token.type == "FUNCTION":
        return elsewhere(token.span, f"{partial}{token.text}(…)", f"{partial}({token.text}(…))/{partial[0]}T[i]")
    if token.type == "OVER":
        return elsewhere(
            token.span, f"{partial}/{partial[0]}x", f"{partial}(…)/{partial[0]}x", "what is derived stands above the `/`"
        )
    return None


def _no_tensor_below(place: Place) -> ReadingError | None:
    """`∂L/∂2`, `∂L/∂(x^2)`, `∂L/∂f(x)`: what a derivative is taken by is a tensor, by its name."""
    types = [token.type for token in place.read]
    if types[-1:] != ["PARTIAL"] or "OVER" not in types or place.token.type not in _NO_TENSORS:
        return None
    what, help = _NO_TENSORS[place.token.type]
    return mistake(
        "not-a-tensor", place.token.span, f"a derivative is taken by a tensor, and not by {what}", label=_WANTED, help=help
    )


def _no_partial_below(place: Place) -> ReadingError | None:
    """`∂L/w[i]`."""
    types = [token.type for token in place.read]
    start = max((i for i, type in enumerate(types) if type in _ORDERS), default=None)
    if start is None or types[-1] != "OVER" or set(place.accepted) != {"PARTIAL"} or place.token.type != "NAME":
        return None
    written = f"{place.span(start).text}{place.token.text}"
    return elsewhere(place.token.span, written, f"{place.span(start).text}{place.read[start].text[0]}{place.token.text}")


def _denominators(place: Place, start: int) -> int:
    """How many denominators of one derivative end straight before the ∂ at `start`: 2 in `∂²L/∂w[i]∂w[j]∂w[k]`."""
    count, end = 0, start
    while end > 1 and place.read[end - 1].touches(place.read[end]):
        partial = place.operand_start(end) - 1
        if place.read[partial].type != "PARTIAL":
            return 0
        count, end = count + 1, partial
        if place.read[partial - 1].type == "OVER":
            return count
    return 0


RULES = (_without_name, _missing_denominator, _no_partial_below, _no_tensor_below, _missing_slash)
