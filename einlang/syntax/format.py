"""The one formatting: in goes a syntax tree, out comes its text, in Unicode or ASCII, which parses back to the same tree.

Parentheses that the tree has are kept, and others are added where a tree that was not parsed needs them. Comments are lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from einlang.syntax import nodes as n
from einlang.syntax.lexicon import REDUCTIONS
from einlang.tree import Node, fold

_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _ADDITIVE, _PRODUCT, _SIGN, _POWER, _OPERAND = range(10)

_LEVELS: dict[type[Node], int] = {
    n.Conditional: _CONDITIONAL,
    n.Not: _NOT,
    n.Comparison: _COMPARISON,
    n.Additive: _ADDITIVE,
    n.Product: _PRODUCT,
    n.Negative: _SIGN,
    n.Power: _POWER,
}
"""How loosely the operators bind; whatever is not here is an operand."""

_ORDERS = {1: "", 2: "²", 3: "³"}
_UNICODE = {"*": "·", "<=": "≤", ">=": "≥", "!=": "≠"}
_BLANK_LINE = re.compile(r"\n\s*\n")
_LAST_NUMBER = re.compile(r"(?<![\w.'])[0-9][\w.+-]*$")


def format_file(file: n.File, *, ascii: bool = False) -> str:
    """The text of a file, one line an item; blank lines between items stay, one at a time."""
    texts = _Texts(file.items, ascii)
    lines: list[str] = []
    for before, item in zip((None, *file.items), file.items, strict=False):
        if before is not None and _apart(before, item):
            lines.append("")
        lines.append(texts(item))
    return "".join(f"{line}\n" for line in lines)


def format_expression(expression: Node, *, ascii: bool = False) -> str:
    """The text of an expression, or of any other node."""
    return _Texts((expression,), ascii)(expression)


def _apart(before: n.Item, after: n.Item) -> bool:
    source, start, end = before.span.source, before.span.end, after.span.start
    return source is after.span.source and _BLANK_LINE.search(source.text, start, end) is not None


def level(expression: Node) -> int:
    """How tightly an expression binds, 0 for the loosest."""
    if isinstance(expression, n.Logical):
        return _OR if expression.operator == "or" else _AND
    return _LEVELS.get(type(expression), _OPERAND)


class _Texts:
    """The texts of the nodes under some roots, children first."""

    def __init__(self, roots: Sequence[Node], ascii: bool) -> None:
        self.ascii = ascii
        self._done: dict[Node, str] = {}
        fold(roots, self._write)

    def _write(self, node: Node, _: object) -> None:
        self._done[node] = _WRITERS[type(node)](self, node)

    def __call__(self, node: Node) -> str:
        return self._done[node]

    def sign(self, ascii: str) -> str:
        """An operator as it is spelled here."""
        return ascii if self.ascii else _UNICODE.get(ascii, ascii)

    def at(self, node: Node, least: int) -> str:
        """The text in a place that takes what binds at least so tightly, else in parentheses."""
        return self(node) if level(node) >= least else f"({self(node)})"

    def all(self, nodes: Iterable[Node], joined: str = ", ") -> str:
        return joined.join(self(node) for node in nodes)

    def bracketed(self, nodes: Sequence[Node]) -> str:
        """`[i,j]`, with blanks where an entry is more than an index or a number; nothing for no entries."""
        entries = [self.compact(node) for node in nodes]
        joined = ", " if any(character in entry for entry in entries for character in " [(") else ","
        return f"[{joined.join(entries)}]" if entries else ""

    def compact(self, node: Node) -> str:
        """`n-1` where a sum of names and numbers stands in brackets."""
        text = self(node)
        return re.sub(" ([+-]) ", r"\1", text) if re.fullmatch(r"[\w']+( [+-] [\w']+)+", text) else text


_Writer = Callable[[_Texts, Any], str]


# --- operands -----------------------------------------------------------------------------------------------------------


def _name(text: _Texts, node: n.TensorName) -> str:
    return node.name + (f"{{{','.join(text.compact(s) for s in node.superscripts)}}}" if node.superscripts else "")


def _index(text: _Texts, node: n.IndexName) -> str:
    return node.name if node.extent is None else f"{node.name} : {text(node.extent)}"


def _derivative(text: _Texts, node: n.Derivative) -> str:
    partial = "@" if text.ascii else "∂"
    order = partial * node.order if text.ascii else partial + _ORDERS[node.order]
    plain = isinstance(node.numerator, n.Name | n.Reference | n.Parenthesised)
    numerator = text(node.numerator) if plain else f"({text(node.numerator)})"
    return f"{order}{numerator}/" + "".join(partial + text(denominator) for denominator in node.denominators)


def _call(text: _Texts, node: n.Call) -> str:
    runs = (("'" * len(list(run)), argument) for argument, run in groupby(node.by))
    partials = "".join(f"{primes}{argument or ''}" for primes, argument in runs)
    return f"{node.function}{partials}{text.bracketed(node.indices)}({text.all(node.arguments)})"


def _reference(text: _Texts, node: n.Reference) -> str:
    return text(node.name) + text.bracketed(node.subscripts)


# --- operators ----------------------------------------------------------------------------------------------------------


def _power(text: _Texts, node: n.Power) -> str:
    reduction = isinstance(node.base, n.Call) and node.base.function in REDUCTIONS and bool(node.base.indices)
    base = f"({text(node.base)})" if reduction else text.at(node.base, _OPERAND)
    return f"{base}^{text.at(node.exponent, _SIGN)}"


def _product(text: _Texts, node: n.Product) -> str:
    if [factor.joined for factor in node.factors[1:]] == ["/"] and all(isinstance(f.operand, n.Number) for f in node.factors):
        return text.all(node.factors, "/")
    made = text.at(node.factors[0].operand, _SIGN)
    for before, factor in zip(node.factors, node.factors[1:], strict=False):
        if factor.joined == "juxtaposed" and before.joined != "/":
            made += " " + _juxtaposed(text, factor.operand, made)
        else:
            sign = "/" if factor.joined == "/" else text.sign("*")
            made += f" {sign} {text.at(factor.operand, _SIGN)}"
    return made


def _juxtaposed(text: _Texts, operand: n.Expression, before: str) -> str:
    """A factor joined without a sign: it starts with neither a sign nor a number, and is not read as subscripts."""
    first = operand.base if isinstance(operand, n.Power) else operand
    misread = isinstance(first, n.Number) or (isinstance(first, n.WrittenReference) and _takes_subscripts(before))
    return f"({text(operand)})" if misread else text.at(operand, _POWER)


def _takes_subscripts(before: str) -> bool:
    """Whether a `[` after this text would open its subscripts."""
    number = _LAST_NUMBER.search(before)
    return number.group() in ("0", "1") if number else before[-1] not in ")]"


def _additive(text: _Texts, node: n.Additive) -> str:
    first, *others = node.terms
    return text.at(first.operand, _PRODUCT) + "".join(f" {t.sign} {text.at(t.operand, _PRODUCT)}" for t in others)


def _comparison(text: _Texts, node: n.Comparison) -> str:
    return f"{text.at(node.left, _ADDITIVE)} {text.sign(node.operator)} {text.at(node.right, _ADDITIVE)}"


def _logical(text: _Texts, node: n.Logical) -> str:
    return f" {node.operator} ".join(text.at(operand, level(node) + 1) for operand in node.operands)


def _conditional(text: _Texts, node: n.Conditional) -> str:
    return f"{text.at(node.then, _OR)} if {text.at(node.condition, _OR)} else {text(node.otherwise)}"


# --- items --------------------------------------------------------------------------------------------------------------


def _axes(text: _Texts, axes: Sequence[Node]) -> str:
    return f"[{', '.join(text.compact(axis) for axis in axes)}]" if axes else ""


def _declarator(text: _Texts, node: n.Declarator) -> str:
    return text(node.name) + _axes(text, node.axes) + (" : int" if node.integer else "")


def _size(text: _Texts, node: n.SizeDeclarator) -> str:
    return text(node.name) if node.value is None else f"{text(node.name)} = {text(node.value)}"


def _function(text: _Texts, node: n.Function) -> str:
    header = f"fn {node.name}{text.bracketed(node.indices)}({text.all(node.parameters)})"
    return header if node.body is None else f"{header} = {text(node.body)}"


def _left_index(text: _Texts, node: n.LeftIndex) -> str:
    subscript = text.compact(node.subscript)
    return subscript if node.extent is None else f"{subscript} : {text(node.extent)}"


def _equation(word: str, sign: str) -> _Writer:
    return lambda text, node: f"{word}{text(node.name)}{text.bracketed(node.indices)} {sign} {text(node.body)}"


_WRITERS: dict[type[Node], _Writer] = {
    n.TensorName: _name,
    n.IndexName: _index,
    n.Name: lambda text, node: text(node.name),
    n.Reference: _reference,
    n.Filled: lambda text, node: f"{node.value}{text.bracketed(node.subscripts)}",
    n.Delta: lambda text, node: ("delta" if text.ascii else "δ") + text.bracketed(node.subscripts),
    n.LeviCivita: lambda text, node: "levicivita" + text.bracketed(node.subscripts),
    n.Derivative: _derivative,
    n.Number: lambda text, node: node.text,
    n.Parenthesised: lambda text, node: f"({text(node.body)})",
    n.Negative: lambda text, node: f"-{text.at(node.operand, _SIGN)}",
    n.Power: _power,
    n.Factor: lambda text, node: text(node.operand),
    n.Product: _product,
    n.Term: lambda text, node: text(node.operand),
    n.Additive: _additive,
    n.Comparison: _comparison,
    n.Logical: _logical,
    n.Not: lambda text, node: f"not {text.at(node.operand, _NOT)}",
    n.Conditional: _conditional,
    n.Call: _call,
    n.Written: lambda text, node: f"[{text.all(node.entries)}]",
    n.WrittenReference: lambda text, node: text(node.tensor) + text.bracketed(node.subscripts),
    n.Repetition: lambda text, node: f"{node.variable} in {text.compact(node.first)}..{text.compact(node.last)}",
    n.Repeated: lambda text, node: f"{text(node.item)} for {text.all(node.ranges)}",
    n.Declarator: _declarator,
    n.Declaration: lambda text, node: f"{node.role} {text.all(node.declarators)}",
    n.SizeDeclarator: _size,
    n.SizeDeclaration: lambda text, node: f"size {text.all(node.sizes)}",
    n.ConstDeclaration: lambda text, node: f"const {text(node.name)}{_axes(text, node.axes)} = {text(node.value)}",
    n.Use: lambda text, node: f'use "{node.path}"',
    n.Assume: lambda text, node: f"assume {text(node.left)} = {text(node.right)}",
    n.Abstract: lambda text, node: f"abstract {text(node.name)}{text.bracketed(node.indices)}({text.all(node.arguments)})",
    n.Check: lambda text, node: f"check {text.all(node.sides, ' = ')}",
    n.Output: lambda text, node: f"output {text.all(node.names)}",
    n.Parameter: lambda text, node: node.name + text.bracketed(node.indices),
    n.Function: _function,
    n.LeftIndex: _left_index,
    n.Definition: _equation("", "="),
    n.Update: _equation("", "<-"),
    n.Solve: lambda text, node: f"solve {text(node.name)}{text.bracketed(node.indices)}: {text(node.left)} = {text(node.right)}",
}
