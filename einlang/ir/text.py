"""Stable text of a program: in go tensor IR trees, out comes the notation of the language with every sum and range written.

Indices that share a name get numbers, by first visit within their definition. A large subtree that stands in several places
is written once, after the definition: `where %1 = …`; so the text grows with the number of nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from itertools import chain, count

from einlang.ir.build import MINUS_ONE
from einlang.ir.nodes import (
    Abstract,
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Derivative,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Solve,
    Stack,
    Stop,
    Target,
    Tensor,
    Zero,
    bound_indices,
)
from einlang.ir.program import Equation, Program
from einlang.tree import Node, fold, walk

LARGE, LONGEST = 12, 1000
"""Shared subtrees of at least so many nodes are named; so is anything whose text is longer than that many characters."""


def text(program: Program) -> str:
    """The program as text, a line for each declaration and definition. Equal programs give equal text in every process."""
    lines = [f"program {program.name}"]
    lines += [f"size {name} = {value}" for name, value in program.sizes]
    lines += [f"size {found.size}" for found in program.computed]
    lines += [declaration(tensor) for tensor in program.inputs]
    lines += [_equation("assume", equation) for equation in program.assumptions]
    lines += [_equation("check", equation) for equation in program.checks]
    lines += [definition_text(definition) for definition in program.definitions]
    lines.append("output " + ", ".join(tensor.name for tensor in program.outputs))
    return "\n".join(lines) + "\n"


def declaration(tensor: Tensor) -> str:
    """`input X[b, k0]`, `input y[b] : int`."""
    axes = ", ".join(extent.spell() for extent in tensor.shape)
    return f"{tensor.role} {tensor.name}" + (f"[{axes}]" if axes else "") + (" : int" if tensor.kind == "int" else "")


def definition_text(definition: Definition) -> str:
    """`Z[i : b, j : k1] = …`, and the shared parts after it."""
    names, (body,), parts = _write((definition.body,), definition.indices)
    ranges = _ranges(definition.indices, names)
    whole = " : int" if definition.tensor.kind == "int" else ""
    left = definition.tensor.name + (f"[{ranges}]" if ranges else "") + whole
    return "\n".join([f"{left} = {body}", *parts])


def expression_text(expr: Node) -> str:
    """An expression by itself, for messages and dumps."""
    _, (body,), parts = _write((expr,))
    return "\n".join([body, *parts])


def number_text(value: Fraction) -> str:
    """The exact number: `3`, `-0.25`, `1e300`, `1/3`."""
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives != 1:
        return f"{value.numerator}/{value.denominator}"
    return _decimal(value)


def _decimal(value: Fraction) -> str:
    places = 0
    while value.denominator != 1:
        value, places = value * 10, places + 1
    digits = str(abs(value.numerator))
    sign = "-" if value < 0 else ""
    if 0 < places <= 15:
        digits = digits.rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}"
    short = digits.rstrip("0")
    exponent = len(digits) - len(short) - places
    return sign + (digits if -1 < exponent - places <= 15 or not short else f"{short}e{exponent}")


def _equation(keyword: str, equation: Equation) -> str:
    _, sides, parts = _write(equation.sides, equation.indices)
    return "\n".join([f"{keyword} {' = '.join(sides)}", *parts])


def _write(bodies: Sequence[Node], indices: Sequence[Index] = ()) -> tuple[dict[Index, str], list[str], list[str]]:
    """The names of the indices, the text of each body, and the lines of the parts that were named."""
    nodes = list(dict.fromkeys(node for body in bodies for node in walk(body)))
    names = _names([*indices, *(index for node in nodes for index in _own_indices(node))])
    writer = _Writer(names, Counter(child for node in nodes for child in node.children))
    pieces = fold(bodies, writer.visit)
    return names, [pieces[body].text for body in bodies], writer.parts


def _own_indices(node: Node) -> tuple[Index, ...]:
    return (node,) if isinstance(node, Index) else bound_indices(node)


def _names(indices: Sequence[Index]) -> dict[Index, str]:
    """A name for each index, numbered where an earlier one has it already."""
    names: dict[Index, str] = {}
    taken: set[str] = set()
    for index in dict.fromkeys(indices):
        stem = index.name + ("_" if index.name[-1:].isdigit() else "")
        candidates = (f"{stem}{number}" for number in count(1))
        names[index] = name = next(c for c in chain([index.name], candidates) if c not in taken)
        taken.add(name)
    return names


def _ranges(indices: Sequence[Index], names: Mapping[Index, str]) -> str:
    return ", ".join(f"{names[index]} : {index.extent.spell()}" for index in indices)


class _Binding(IntEnum):
    """How tightly a text holds together, from loose to tight."""

    CHOICE = 0
    LOGIC = 1
    SUM = 2
    PRODUCT = 3
    POWER = 4
    ATOM = 5


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text of a node, how tightly it binds, and of how many nodes it is made."""

    text: str
    binding: _Binding = _Binding.ATOM
    size: int = 1

    def at(self, binding: _Binding) -> str:
        """The text where something binds so tightly around it."""
        return self.text if self.binding >= binding else f"({self.text})"


@dataclass(slots=True)
class _Writer:
    """Writes nodes, children first; `parts` collects the lines of what is named."""

    names: Mapping[Index, str]
    uses: Counter[Node]
    parts: list[str] = field(default_factory=list)

    def visit(self, node: Node, children: tuple[_Piece, ...]) -> _Piece:
        """The piece of a node; a name for it if it is large and shared, or very long."""
        words, binding = self._spell(node, children)
        size = 1 + sum(child.size for child in children)
        if not (self.uses[node] > 1 and size >= LARGE) and len(words) <= LONGEST:
            return _Piece(words, binding, size)
        name = f"%{len(self.parts) + 1}"
        self.parts.append(f"    where {name} = {words}")
        return _Piece(name)

    def _spell(self, node: Node, pieces: tuple[_Piece, ...]) -> tuple[str, _Binding]:
        match node:
            case Number(value):
                words = number_text(value)
                return words, _Binding.PRODUCT if words.startswith("-") or "/" in words else _Binding.ATOM
            case Add():
                return _terms(pieces), _Binding.SUM
            case Mul(factors):
                return _factors(factors, pieces), _Binding.PRODUCT
            case Div():
                return f"{pieces[0].at(_Binding.PRODUCT)} / {pieces[1].at(_Binding.POWER)}", _Binding.PRODUCT
            case Pow(_, exponent):
                whole = isinstance(exponent, Number) and exponent.value.denominator == 1
                right = pieces[1].text if whole else pieces[1].at(_Binding.ATOM)
                return f"{pieces[0].at(_Binding.ATOM)}^{right}", _Binding.POWER
            case Select():
                condition, then, otherwise = (piece.at(_Binding.LOGIC) for piece in pieces)
                return f"{then} if {condition} else {otherwise}", _Binding.CHOICE
            case Apply(operator) if operator.result == "bool":
                return _logic(operator.name, pieces), _Binding.LOGIC
            case Size(extent):
                words = extent.spell()
                return words, _Binding.ATOM if extent.size or extent.constant is not None else _Binding.SUM
            case _:
                return self._atom(node, [piece.text for piece in pieces]), _Binding.ATOM

    def _atom(self, node: Node, texts: list[str]) -> str:
        match node:
            case Index():
                return self.names[node]
            case Access(tensor) | Target(tensor):
                subscripts = f"{tensor.name}[{','.join(texts)}]" if texts else tensor.name
                return f"∂{subscripts}" if isinstance(node, Target) else subscripts
            case Delta():
                return f"δ[{','.join(texts)}]"
            case Apply(operator) if operator.name == "floor":
                return f"floor({texts[0]} / {texts[1]})"
            case Apply(operator):
                return f"{operator.name}({', '.join(texts)})"
            case Stack():
                return f"[{', '.join(texts[:-1])}][{texts[-1]}]"
            case Reduce(operation, indices):
                return f"{operation}[{_ranges(indices, self.names)}]({texts[0]})"
            case Solve(rows, columns):
                over = f"{_ranges(rows, self.names)}; {_ranges(columns, self.names)}"
                return f"solve[{over}]({texts[0]}, {texts[1]})[{','.join(texts[2:])}]"
            case Derivative(body, wrt):
                of = texts[0] if isinstance(body, Access) else f"({texts[0]})"
                return f"∂{'' if len(wrt) == 1 else str(len(wrt)).translate(_RAISED)}{of}/{''.join(texts[1:])}"
            case Stop():
                return f"stop({texts[0]})"
            case Abstract():
                return self._abstract(node, texts)
            case _:
                return _LEAVES[type(node)]

    def _abstract(self, node: Abstract, texts: list[str]) -> str:
        """`σ[j]([J : k] Z[i,J])`, each argument over its indices; `/∂1[p]` after it for a partial derivative by the first."""
        remaining = iter(texts)
        positions = [next(remaining) for _ in node.positions]
        ranges = (f"[{_ranges(own, self.names)}] " if own else "" for own in node.indices)
        arguments = [f"{over}{next(remaining)}" for over in ranges]
        partials = (f"/∂{argument + 1}[{','.join(next(remaining) for _ in element)}]" for argument, element in node.by)
        subscripts = f"[{','.join(positions)}]" if positions else ""
        return f"{node.function.name}{subscripts}({', '.join(arguments)}){''.join(partials)}".replace("[]", "")


_LEAVES: dict[type[Node], str] = {Zero: "zero", Pi: "pi", Infinity: "inf"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _terms(pieces: Sequence[_Piece]) -> str:
    """Terms joined by their signs."""
    words = [pieces[0].at(_Binding.PRODUCT)]
    for piece in pieces[1:]:
        negative = piece.binding == _Binding.PRODUCT and piece.text.startswith("-")
        words.append(f" - {piece.text[1:]}" if negative else f" + {piece.at(_Binding.PRODUCT)}")
    return "".join(words)


def _factors(factors: Sequence[Expr], pieces: Sequence[_Piece]) -> str:
    """Factors side by side, a sign in front where the first is a negative number."""
    first, sign = factors[0], ""
    words = [piece.at(_Binding.POWER) for piece in pieces]
    if first is MINUS_ONE and len(factors) == 2 and isinstance(factors[1], Div) and not pieces[1].text.startswith("-"):
        return "-" + pieces[1].at(_Binding.PRODUCT)
    if isinstance(first, Number) and first.value < 0:
        sign, magnitude = "-", number_text(-first.value)
        words[:1] = [] if magnitude == "1" else [f"({magnitude})" if "/" in magnitude else magnitude]
    joined = [f" * {word}" if word[0].isdigit() or word[0] == "[" else f" {word}" for word in words[1:]]
    return sign + words[0] + "".join(joined)


def _logic(name: str, pieces: Sequence[_Piece]) -> str:
    level = _Binding.ATOM if name in ("and", "or", "not") else _Binding.SUM
    if len(pieces) == 1:
        return f"{name} {pieces[0].at(level)}"
    return f" {name} ".join(piece.at(level) for piece in pieces)
