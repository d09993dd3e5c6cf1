"""Formulas as the article sets them: in goes the syntax tree of an expression, out comes mathematics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from einlang.codegen.notation.boxes import (
    PARTIAL,
    THIN,
    TIMES,
    Box,
    Digits,
    Fraction,
    Row,
    Scripts,
    Sign,
    Table,
    Text,
    Upright,
    Word,
    bracketed,
    infix,
    is_firm,
    joined,
    leads_with_digits,
    listed,
    packed,
    row,
    scripts,
)
from einlang.codegen.notation.functions import BIG, SIGNS, called, negative, reduced
from einlang.syntax import nodes as n
from einlang.tree import Node, fold

_LOOSE = (n.Conditional, n.Not, n.Comparison, n.Logical, n.Additive)
"""What needs parentheses in a product and as a term."""
_CONSTANTS = {"pi": Word("π"), "inf": Upright("∞")}


def formula(root: Node) -> Box:
    """The mathematics of an expression, a name or an index."""
    return Formulas()(root)


class Formulas:
    """The mathematics of the nodes under roots, children first."""

    def __init__(self) -> None:
        self._done: dict[Node, Box] = {}

    def __call__(self, root: Node) -> Box:
        fold(root, self._set)
        return self._done[root]

    def _set(self, node: Node, _: object) -> None:
        self._done[node] = _SETTERS[type(node)](self, node)

    def of(self, node: Node) -> Box:
        """The mathematics of a part."""
        return self._done[node]

    def all(self, nodes: Iterable[Node]) -> list[Box]:
        """That of several parts."""
        return [self._done[node] for node in nodes]

    def factor(self, node: Node, *, is_last: bool = True) -> Box:
        """A part as a factor."""
        loose = isinstance(node, (*_LOOSE, n.Product, n.Negative))
        loose |= isinstance(node, n.Call) and node.function in BIG and bool(node.indices) and not is_last
        return bracketed(self.of(node)) if loose else self.of(node)

    def term(self, node: Node) -> Box:
        """A part as a term, or as an operand of a comparison or of logic."""
        return bracketed(self.of(node)) if isinstance(node, _LOOSE) else self.of(node)

    def bare(self, node: Node) -> Box:
        """A part above or below a line, which needs no parentheses."""
        return self.of(node.body) if isinstance(node, n.Parenthesised) else self.of(node)

    def tensor(self, name: n.TensorName, subscripts: Sequence[Node] = ()) -> Box:
        """`W^{(m)}_{i,j}`."""
        stem = name.name.rstrip("'")
        above = packed(self.all(name.superscripts))
        raised = above and Row((Sign("(", "tight"), above, Sign(")", "tight")))
        return scripts(Word(stem), packed(self.all(subscripts)), len(name.name) - len(stem), raised)


# --- operands -----------------------------------------------------------------------------------------------------------------


def _name(formulas: Formulas, node: n.Name) -> Box:
    return _CONSTANTS.get(node.name.name) or formulas.tensor(node.name)


def _number(_: Formulas, node: n.Number) -> Box:
    """Digits, and a power of ten where the literal has an exponent."""
    mantissa, _e, exponent = node.text.lower().partition("e")
    if not exponent:
        return Digits(mantissa)
    digits = Digits(str(abs(int(exponent))))
    power = Scripts(Digits("10"), None, 0, negative(digits) if int(exponent) < 0 else digits)
    return power if mantissa == "1" else Row((Digits(mantissa), infix("·"), power))


def _derivative(formulas: Formulas, node: n.Derivative) -> Box:
    above = PARTIAL if node.order == 1 else scripts(PARTIAL, above=Digits(str(node.order)))
    below = joined((Row((PARTIAL, formulas.of(denominator))) for denominator in node.denominators), TIMES)
    if isinstance(node.numerator, n.Name | n.Reference):
        return Fraction(Row((above, formulas.of(node.numerator))), below)
    derived = formulas.bare(node.numerator)
    body = node.numerator.body if isinstance(node.numerator, n.Parenthesised) else node.numerator
    behind = (THIN, derived) if isinstance(body, n.Call) else (bracketed(derived),)
    return Row((Fraction(above, below), *behind))


def _written(formulas: Formulas, node: n.Written) -> Box:
    """A row, or the rows of a matrix; entries of more levels are matrices themselves."""
    flat = not any(isinstance(entry, n.Written) for entry in node.entries)
    rows = [node.entries] if flat else [e.entries if isinstance(e, n.Written) else (e,) for e in node.entries]
    return Table("matrix", tuple(tuple(formulas.all(entries)) for entries in rows))


def _call(formulas: Formulas, node: n.Call) -> Box:
    if node.function not in BIG or not node.indices:
        indices = [*formulas.all(node.indices)]
        return called(node.function, node.by, indices, formulas.all(node.arguments))
    (argument,) = node.arguments
    plain = isinstance(argument, n.Reference | n.Call | n.Product | n.Power | n.Parenthesised | n.Derivative)
    body = formulas.of(argument) if plain else bracketed(formulas.of(argument))
    return reduced(node.function, listed(formulas.all(node.indices)), body)


def _index(formulas: Formulas, node: n.IndexName) -> Box:
    """`I`, or `I < n` where its range is given."""
    return Word(node.name) if node.extent is None else Row((Word(node.name), infix("<"), formulas.of(node.extent)))


# --- operators ----------------------------------------------------------------------------------------------------------------


def _power(formulas: Formulas, node: n.Power) -> Box:
    base = formulas.of(node.base)
    exponent = formulas.bare(node.exponent)
    if isinstance(base, Scripts) and is_firm(base):
        return Scripts(base.base, base.below, 0, exponent)
    return Scripts(base if is_firm(base) else bracketed(base), None, 0, exponent)


def _negative(formulas: Formulas, node: n.Negative) -> Box:
    fraction = isinstance(node.operand, n.Product) and node.operand.factors[-1].joined == "/"
    return negative(formulas.of(node.operand) if fraction else formulas.factor(node.operand))


def _product(formulas: Formulas, node: n.Product) -> Box:
    """Factors side by side; what is divided is a fraction with all that stands before the slash above the line."""
    first, *others = node.factors
    signed = isinstance(first.operand, n.Negative)
    leading = first.operand.operand if isinstance(first.operand, n.Negative) else first.operand
    chain: list[Box] = [formulas.factor(leading, is_last=False)]
    above = formulas.bare(leading)
    for factor, after in zip(others, (*others[1:], None), strict=True):
        if factor.joined == "/":
            above = Fraction(above, formulas.bare(factor.operand))
            chain = [above]
        else:
            box = formulas.factor(factor.operand, is_last=after is None or after.joined == "/")
            chain += [infix("·") if leads_with_digits(box) else TIMES, box]
            above = Row(tuple(chain))
    return negative(row(*chain)) if signed else row(*chain)


def _additive(formulas: Formulas, node: n.Additive) -> Box:
    """Terms; one that ends in a `∑` stands in parentheses where another follows, which would seem to belong under it."""
    *inner, last = (term.operand for term in node.terms)
    terms = [bracketed(formulas.of(operand)) if _ends_big(operand) else formulas.term(operand) for operand in inner]
    signs = (infix("−" if term.sign == "-" else "+") for term in node.terms[1:])
    rest = zip(signs, (*terms[1:], formulas.term(last)), strict=True)
    return row(terms[0], *(box for pair in rest for box in pair))


def _ends_big(node: Node) -> bool:
    """Whether the last factor is a reduction without parentheses of its own."""
    while isinstance(node, n.Product | n.Negative):
        if isinstance(node, n.Product) and node.factors[-1].joined == "/":
            return False
        node = node.factors[-1].operand if isinstance(node, n.Product) else node.operand
    return isinstance(node, n.Call) and node.function in BIG and bool(node.indices)


def _comparison(formulas: Formulas, node: n.Comparison) -> Box:
    return Row((formulas.term(node.left), infix(SIGNS[node.operator]), formulas.term(node.right)))


def _logical(formulas: Formulas, node: n.Logical) -> Box:
    loose = (n.Conditional, n.Logical)
    operands = (bracketed(formulas.of(o)) if isinstance(o, loose) else formulas.of(o) for o in node.operands)
    return joined(operands, infix(SIGNS[node.operator]))


def _conditional(formulas: Formulas, node: n.Conditional) -> Box:
    """Cases, one for each `if` of a chain."""
    rows: list[tuple[Box, ...]] = []
    rest: n.Expression = node
    while isinstance(rest, n.Conditional):
        rows.append((formulas.of(rest.then), Row((Text("if "), formulas.of(rest.condition)))))
        rest = rest.otherwise
    return Table("cases", (*rows, (formulas.of(rest), Text("otherwise"))))


def _scripted(formulas: Formulas, base: Box, subscripts: Sequence[Node]) -> Box:
    return scripts(base, packed(formulas.all(subscripts)))


_SETTERS: dict[type[Node], Callable[[Formulas, Any], Box]] = {
    n.TensorName: lambda formulas, node: formulas.tensor(node),
    n.IndexName: _index,
    n.Name: _name,
    n.Reference: lambda formulas, node: formulas.tensor(node.name, node.subscripts),
    n.Filled: lambda formulas, node: _scripted(formulas, Digits(str(node.value)), node.subscripts),
    n.Delta: lambda formulas, node: _scripted(formulas, Word("δ"), node.subscripts),
    n.LeviCivita: lambda formulas, node: _scripted(formulas, Word("ε"), node.subscripts),
    n.Derivative: _derivative,
    n.Number: _number,
    n.Parenthesised: lambda formulas, node: bracketed(formulas.of(node.body)),
    n.Negative: _negative,
    n.Power: _power,
    n.Factor: lambda formulas, node: formulas.of(node.operand),
    n.Product: _product,
    n.Term: lambda formulas, node: formulas.of(node.operand),
    n.Additive: _additive,
    n.Comparison: _comparison,
    n.Logical: _logical,
    n.Not: lambda formulas, node: Row((Sign("¬", "tight"), formulas.factor(node.operand))),
    n.Conditional: _conditional,
    n.Call: _call,
    n.Written: _written,
    n.WrittenReference: lambda formulas, node: _scripted(formulas, formulas.of(node.tensor), node.subscripts),
}
