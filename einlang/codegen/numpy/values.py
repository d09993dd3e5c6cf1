"""NumPy expressions as text: in go texts with the indices of their axes, out come texts that broadcast against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from einlang.dtypes import to_float
from einlang.ir.nodes import Index, Kind

# How tightly the outermost operator of a text binds.
TEST, SUM, PRODUCT, MATRIX, SIGN, POWER, ATOM = 1, 10, 20, 25, 30, 40, 50

LARGEST_INT = 2**63


@dataclass(frozen=True, slots=True)
class Value:
    """A Python expression for numbers at all positions of some indices.

    Attributes:
        axes: the index that each axis of the array runs over; no axes for one number.
        kind: whether the numbers are float, int (int64) or bool.
        level: how tightly the text's outermost operator binds.
        weak: whether it is a Python number, which takes the type of the array that it meets.
        view: whether it may be (a view of) an array that has a name.
        depth: how deep brackets and operators nest in the text.
        opposite: the value without its sign, where the text begins with one.
    """

    text: str
    axes: tuple[Index, ...] = ()
    kind: Kind = "float"
    level: int = ATOM
    weak: bool = False
    view: bool = False
    depth: int = 0
    opposite: Value | None = None

    def but(self, **changes: Any) -> Value:
        """The value with another text."""
        return replace(self, **{"opposite": None, **changes})

    def within(self, level: int) -> str:
        """The text as an operand of something that binds as tightly as `level`."""
        return self.text if self.level >= level else f"({self.text})"


def literal(value: Fraction) -> Value:
    """A number as Python writes it: whole, short decimal, quotient of small whole numbers, or the nearest float64."""
    if value < 0:
        return negated(literal(-value))
    if value.denominator == 1 and abs(value) < LARGEST_INT:
        return Value(str(value.numerator), kind="int", weak=True)
    nearest = to_float(value)
    if nearest == float("inf"):
        return Value("np.inf", weak=True)
    if len(repr(nearest)) > 10 and max(value.numerator, value.denominator) < 10**6:
        return Value(f"{value.numerator} / {value.denominator}", level=PRODUCT, weak=True)
    return Value(repr(nearest), weak=True)


def negated(value: Value) -> Value:
    """`-value`; in a product the sign goes to the first factor."""
    if value.level == PRODUCT:
        return value.but(text=f"-{value.text}", opposite=value)
    return value.but(text=f"-{value.within(SIGN)}", level=SIGN, view=False, depth=value.depth + 1, opposite=value)


def typed(value: Value) -> Value:
    """A number of the program's type in place of a Python number, for functions that would make it float64."""
    if not value.weak:
        return value
    function = "np.int64" if value.kind == "int" else "dtype"
    return Value(f"{function}({value.text})", kind=value.kind, depth=value.depth + 1)


def as_float(value: Value) -> Value:
    """The numbers as floats of the program's type; Python's whole numbers become floats by themselves."""
    if value.kind == "float":
        return value
    if not value.weak:
        return Value(f"{value.within(ATOM)}.astype(dtype)", value.axes, depth=value.depth + 1)
    digits = value.text.removeprefix("-")
    exact = not digits.isdigit() or int(digits) <= 2**53
    return replace(value, kind="float", text=value.text if exact else repr(float(value.text)))


def alike(values: Sequence[Value]) -> list[Value]:
    """Unchanged where all are whole numbers, else floats."""
    whole = all(value.kind == "int" for value in values)
    return list(values) if whole else [as_float(value) for value in values]


def one_typed(values: Sequence[Value]) -> list[Value]:
    """The first made a number of the program's type where all are Python numbers."""
    return [typed(values[0]), *values[1:]] if all(value.weak for value in values) else list(values)


def union(axes: Sequence[tuple[Index, ...]], order: Mapping[Index, int]) -> tuple[Index, ...]:
    """All the indices, in the order of an operand that has them all, else in the given order."""
    every = {index for some in axes for index in some}
    return next((some for some in axes if len(some) == len(every)), tuple(sorted(every, key=order.__getitem__)))


def aligned(value: Value, target: Sequence[Index]) -> Value:
    """The value transposed to the order of `target`, with axes of length 1 where it must broadcast."""
    moved = transposed(value, [index for index in target if index in value.axes])
    places = [index in value.axes for index in target]
    while places and not places[0]:
        del places[0]
    while places and places[-1] and False in places:
        del places[-1]
    if False not in places:
        return moved
    subscript = ", ".join(":" if present else "None" for present in places)
    return moved.but(text=f"{moved.within(ATOM)}[{subscript}]", level=ATOM, depth=moved.depth + 1)


def transposed(value: Value, order: Sequence[Index]) -> Value:
    """The value with its axes in another order."""
    permutation = [value.axes.index(index) for index in order]
    count = len(permutation)
    if permutation == list(range(count)):
        return value
    if permutation == [1, 0]:
        text = f"{value.within(ATOM)}.T"
    elif permutation == [*range(count - 2), count - 1, count - 2]:
        text = f"{value.within(ATOM)}.swapaxes(-1, -2)"
    else:
        text = f"{value.within(ATOM)}.transpose({', '.join(map(str, permutation))})"
    return value.but(text=text, axes=tuple(order), level=ATOM, depth=value.depth + 1)


def applied(spelling: str, arguments: Sequence[Value], axes: tuple[Index, ...], kind: Kind = "float") -> Value:
    """A spelling with `{0}`, `{1}` for the arguments: a call, or an operator of comparison or logic in parentheses."""
    operator = spelling.startswith("(")
    texts = [argument.within(SUM if operator else TEST) for argument in arguments]
    text = spelling.format(*texts)
    depth = 1 + max((argument.depth for argument in arguments), default=0)
    return Value(text[1:-1], axes, kind, TEST, depth=depth) if operator else Value(text, axes, kind, depth=depth)
