"""Scalars of the loop tree as C: in go a scalar and the names in its function, out comes an expression."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from einlang.dtypes import INT64, DType, to_float
from einlang.ir.extent import Extent
from einlang.loops.nodes import (
    Address,
    Array,
    Binary,
    Choose,
    Constant,
    Convert,
    Entry,
    Function,
    Length,
    Load,
    Object,
    Scalar,
    Special,
    Type,
    Unary,
    Variable,
)
from einlang.tree import Node, evaluate


class Binding(IntEnum):
    """How tightly an operator of C binds, from loose to tight."""

    CHOICE = 0
    OR = 1
    AND = 2
    EQUAL = 3
    ORDER = 4
    SUM = 5
    PRODUCT = 6
    PREFIX = 7
    ATOM = 8


BINDINGS = {
    "||": Binding.OR,
    "&&": Binding.AND,
    "==": Binding.EQUAL,
    "!=": Binding.EQUAL,
    **dict.fromkeys(("<", "<=", ">", ">="), Binding.ORDER),
    **dict.fromkeys(("+", "-"), Binding.SUM),
    **dict.fromkeys(("*", "/"), Binding.PRODUCT),
}
REDUCED = frozenset({"ein_sin", "ein_cos", "ein_tan"})
"""Functions that tell in `far` whether an argument was too large; those whose names end in `_any` take every argument."""
LARGEST = {"float32": 3.4028235677973366e38, "float64": math.inf}
"""From here on a literal rounds to infinity."""
SMALLEST = {"float32": 7.1e-46, "float64": 0.0}
"""Below this a literal rounds to zero."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression of C and how tightly it binds."""

    text: str
    binding: Binding = Binding.ATOM

    def at(self, binding: Binding) -> str:
        """The text where something binds so tightly around it."""
        return self.text if self.binding >= binding else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes scalars of one function: its type of floats, its names, how it spells an extent, and the tables it refers to."""

    dtype: DType
    arrays: Mapping[Array, str]
    variables: Callable[[Variable], str]
    extent: Callable[[Extent], Piece]
    table: Callable[[tuple[Fraction, ...], Type], str]
    any_argument: bool = False

    def text(self, scalar: Scalar) -> str:
        """The expression."""
        return evaluate(scalar, self._visit).text

    def _visit(self, node: Node, children: tuple[Piece, ...]) -> Piece:
        match node:
            case Variable():
                return Piece(self.variables(node))
            case Constant(value, kind):
                return literal(value, kind, self.dtype)
            case Special(name):
                return Piece("INFINITY" if name == "inf" else literal(Fraction(math.pi), "real", self.dtype).text)
            case Length(extent):
                return self.extent(extent)
            case Load(array, shape):
                return Piece(f"{self.arrays[array]}[{self.offset(shape, children).text}]")
            case Address(array, shape):
                offset = self.offset(shape, children)
                whole = offset.text == "0"
                return Piece(self.arrays[array]) if whole else Piece(f"{self.arrays[array]} + {offset.text}", Binding.SUM)
            case Entry(entries, _, kind):
                return Piece(f"{self.table(entries, kind)}[{children[0].text}]")
            case Unary(operator):
                return Piece(f"{operator}{_unlike(operator, children[0].at(Binding.PREFIX))}", Binding.PREFIX)
            case Binary(operator):
                return _binary(operator, *children)
            case Choose():
                condition, then, otherwise = children
                return Piece(
                    f"{condition.at(Binding.OR)} ? {then.at(Binding.OR)} : {otherwise.at(Binding.CHOICE)}", Binding.CHOICE
                )
            case Convert(_, kind):
                return Piece(f"({self.type(kind)}){children[0].at(Binding.PREFIX)}", Binding.PREFIX)
            case Function(name, of):
                return Piece(self._call(name, of, [child.text for child in children]))
            case Object(_, name, _, by_address):
                return Piece(f"&{name}" if by_address else name, Binding.PREFIX)
            case _:
                raise AssertionError(f"no C for {type(node).__name__}")

    def _call(self, name: str, of: Type, arguments: list[str]) -> str:
        """A call of a function of `csrc`."""
        reduced = name in REDUCED
        own = f"{name}_any" if reduced and self.any_argument else name
        far = ["&far"] if reduced and not self.any_argument else []
        return f"{own}_{self.suffix(of)}({', '.join([*arguments, *far])})"

    def suffix(self, type: Type) -> str:
        """What ends the names of functions of a type."""
        return INT64.suffix if type == "int" else self.dtype.suffix

    def type(self, type: Type) -> str:
        """The type in C."""
        return {"int": INT64.c, "real": self.dtype.c, "bool": "int"}[type]

    def offset(self, shape: Sequence[Extent], subscripts: Sequence[Piece]) -> Piece:
        """The place of an element: ((i n1 + j) n2 + k)."""
        place = Piece("0")
        for extent, subscript in zip(shape, subscripts, strict=True):
            place = _binary("*", place, self.extent(extent)) if place.text != "0" else place
            place = subscript if place.text == "0" else place if subscript.text == "0" else _binary("+", place, subscript)
        return place


def _unlike(operator: str, operand: str) -> str:
    """The operand, apart from the operator where the two would make another one."""
    return f" {operand}" if operand.startswith(operator) else operand


def _binary(operator: str, left: Piece, right: Piece) -> Piece:
    binding = BINDINGS[operator]
    loose = Binding.SUM if binding <= Binding.ORDER else binding
    tight = Binding(binding + 1) if operator in ("-", "/", "*", "+") else loose
    return Piece(f"{left.at(loose)} {operator} {right.at(tight)}", binding)


def literal(value: Fraction, type: Type, dtype: DType) -> Piece:
    """A number as a literal of a type; what is too large for it is infinite."""
    if type != "real":
        return _whole(int(value))
    number = to_float(value)
    size = abs(number)
    if size >= LARGEST[dtype.name]:
        text = "INFINITY"
    elif size < SMALLEST[dtype.name]:
        text = f"0.0{dtype.literal}"
    else:
        text = repr(size) + dtype.literal
    return Piece(f"-{text}", Binding.PREFIX) if number < 0 else Piece(text)


def _whole(value: int) -> Piece:
    wrapped = (value + 2**63) % 2**64 - 2**63
    if wrapped == -(2**63):
        return Piece("INT64_MIN")
    text = str(abs(wrapped)) if abs(wrapped) < 2**15 else f"INT64_C({abs(wrapped)})"
    return Piece(f"-{text}", Binding.PREFIX) if wrapped < 0 else Piece(text)
