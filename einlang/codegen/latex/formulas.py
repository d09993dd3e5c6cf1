"""Formulas as LaTeX in the article's style: in goes a syntax tree, out comes mathematics that KaTeX and MathJax take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from einlang.codegen.latex.words import number, word
from einlang.ir.operators import OPERATORS
from einlang.syntax import nodes as n
from einlang.tree import Node, fold

_LOOSE = (n.Conditional, n.Not, n.Comparison, n.Logical, n.Additive)
"""What needs parentheses in a product and as a term."""
_BIG = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min", "argmax": r"\operatorname*{arg\,max}"}
_BIG["argmin"] = r"\operatorname*{arg\,min}"
"""Reductions that have a sign or a name of their own in mathematics."""
_CONSTANTS = {"pi": r"\pi", "inf": r"\infty"}

Derivatives = Mapping[str, tuple[str, int, str]]
"""Tensors that are derivatives: what was derived, its rank, and by what."""


def formula(root: Node, derivatives: Derivatives | None = None) -> str:
    """The LaTeX of an expression, of a reference or of the left side of a definition."""
    return _Formulas(derivatives or {})(root)


class _Formulas:
    """The LaTeX of the nodes under a root, children first."""

    def __init__(self, derivatives: Derivatives) -> None:
        self.derivatives = derivatives
        self._done: dict[Node, str] = {}

    def __call__(self, root: Node) -> str:
        fold(root, self._write)
        return self._done[root]

    def _write(self, node: Node, _: object) -> None:
        self._done[node] = _WRITERS[type(node)](self, node)

    def of(self, node: Node) -> str:
        """The LaTeX of a part."""
        return self._done[node]

    def all(self, nodes: Iterable[Node], joined: str = ", ") -> str:
        """Parts side by side."""
        return joined.join(self.of(node) for node in nodes)

    def factor(self, node: Node, *, is_first: bool = False, is_last: bool = True) -> str:
        """A part as a factor."""
        loose = isinstance(node, (*_LOOSE, n.Product)) or (isinstance(node, n.Negative) and not is_first)
        loose |= isinstance(node, n.Call) and node.function in _BIG and bool(node.indices) and not is_last
        return bracketed(self.of(node)) if loose else self.of(node)

    def term(self, node: Node) -> str:
        """A part as a term, or as an operand of a comparison or of logic."""
        return bracketed(self.of(node)) if isinstance(node, _LOOSE) else self.of(node)

    def bare(self, node: Node) -> str:
        """A part above or below a line, which needs no parentheses."""
        return self.of(node.body) if isinstance(node, n.Parenthesised) else self.of(node)

    def subscripts(self, nodes: Sequence[Node]) -> str:
        """`_{i,j}`."""
        return f"_{{{self.all(nodes, ',')}}}" if nodes else ""

    def tensor(self, name: n.TensorName, subscripts: Sequence[Node]) -> str:
        """`W^{(m)}_{i,j}`; a derivative that has a name of its own as the derivative that it is."""
        if name.name in self.derivatives and not name.superscripts:
            above, rank, below = self.derivatives[name.name]
            top = self.tensor(n.TensorName(above, (), name.span), subscripts[:rank])
            bottom = self.tensor(n.TensorName(below, (), name.span), subscripts[rank:])
            return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
        base = word(name.name)
        if name.superscripts:
            base = f"{{{base}}}" if "'" in base else base
            base += f"^{{({self.all(name.superscripts, ',')})}}"
        return base + self.subscripts(subscripts)


def bracketed(text: str) -> str:
    """Parentheses as high as what stands in them."""
    return rf"\left({text}\right)"


def _environment(name: str, rows: Sequence[str]) -> str:
    lines = r" \\ ".join(rows)
    return rf"\begin{{{name}}} {lines} \end{{{name}}}"


# --- operands -----------------------------------------------------------------------------------------------------------------


def _name(formulas: _Formulas, node: n.Name) -> str:
    text = node.name.name
    return _CONSTANTS.get(text) or formulas.tensor(node.name, ())


def _reference(formulas: _Formulas, node: n.Reference) -> str:
    return formulas.tensor(node.name, node.subscripts)


def _derivative(formulas: _Formulas, node: n.Derivative) -> str:
    power = "" if node.order == 1 else f"^{{{node.order}}}"
    below = r" \, ".join(rf"\partial {formulas.of(denominator)}" for denominator in node.denominators)
    if isinstance(node.numerator, n.Name | n.Reference):
        return rf"\frac{{\partial{power} {formulas.of(node.numerator)}}}{{{below}}}"
    body = node.numerator.body if isinstance(node.numerator, n.Parenthesised) else node.numerator
    return rf"\frac{{\partial{power}}}{{{below}}}{bracketed(formulas.of(body))}"


def _written(formulas: _Formulas, node: n.Written) -> str:
    rows = [entry.entries if isinstance(entry, n.Written) else (entry,) for entry in node.entries]
    flat = all(not isinstance(entry, n.Written) for entry in node.entries)
    cells = [formulas.all(node.entries, " & ")] if flat else [formulas.all(row, " & ") for row in rows]
    return _environment("bmatrix", cells)


def _call(formulas: _Formulas, node: n.Call) -> str:
    if node.indices:
        return _along(formulas, node)
    if node.function == "size":
        return rf"\operatorname{{size}}_{{{formulas.of(node.arguments[1])}}}{bracketed(formulas.of(node.arguments[0]))}"
    operator = OPERATORS.get(node.function)
    if operator is not None and not node.by:
        spelling = re.sub(r"\(([^()]*\{0\}[^()]*)\)", r"\\left(\1\\right)", operator.latex)
        return spelling.format(*(formulas.of(argument) for argument in node.arguments))
    name = rf"\operatorname{{{word(node.function).removeprefix(chr(92) + 'mathit{').removesuffix('}')}}}"
    partials = "".join(rf"\partial_{{{argument}}} " for argument in node.by if argument)
    return partials + name + "'" * node.by.count(0) + bracketed(formulas.all(node.arguments))


def _along(formulas: _Formulas, node: n.Call) -> str:
    """`\\sum_{K=0}^{n-1} e`, `\\operatorname{softmax}_{j}(e)`."""
    below = ", ".join(word(name.name) for name in node.indices)
    ranges = ", ".join(rf"{word(i.name)} < {formulas.of(i.extent)}" for i in node.indices if i.extent is not None)
    below = rf"{below} : {ranges}" if ranges else below
    argument = node.arguments[0]
    if node.function in _BIG:
        body = formulas.of(argument)
        plain = isinstance(argument, n.Reference | n.Call | n.Product | n.Power | n.Parenthesised)
        return rf"{_BIG[node.function]}_{{{below}}} {body if plain else bracketed(body)}"
    name = node.function.replace("_", r"\_")
    return rf"\operatorname{{{name}}}_{{{below}}}{bracketed(formulas.of(argument))}"


# --- operators ----------------------------------------------------------------------------------------------------------------


def _power(formulas: _Formulas, node: n.Power) -> str:
    base, text = node.base, formulas.of(node.base)
    simple = isinstance(base, n.Number | n.Parenthesised) or re.fullmatch(r"(\\?\w+|\\mathit\{[^{}]*\})(_\{[^{}]*\})?", text)
    return f"{text if simple else bracketed(text)}^{{{formulas.of(node.exponent)}}}"


def _negative(formulas: _Formulas, node: n.Negative) -> str:
    fraction = isinstance(node.operand, n.Product) and node.operand.factors[-1].joined == "/"
    return f"-{formulas.of(node.operand) if fraction else formulas.factor(node.operand)}"


def _product(formulas: _Formulas, node: n.Product) -> str:
    """Factors side by side; what is divided is a fraction with all that stands before the slash above the line."""
    first, *others = node.factors
    chain, sign, above = [formulas.factor(first.operand, is_first=True, is_last=False)], "", formulas.bare(first.operand)
    for factor in others:
        if factor.joined == "/":
            if isinstance(first.operand, n.Negative) and not sign:
                alone = len(chain) == 1
                sign, above = "-", formulas.bare(first.operand.operand) if alone else above.removeprefix("-")
            above = rf"\frac{{{above}}}{{{formulas.bare(factor.operand)}}}"
            chain = [above]
        else:
            text = formulas.factor(factor.operand, is_last=factor is others[-1])
            chain.append(rf"\cdot {text}" if text[0].isdigit() else text)
            above = _beside(chain)
    return sign + _beside(chain)


def _beside(chain: Sequence[str]) -> str:
    return r" \, ".join(chain).replace(r"\, \cdot", r"\cdot")


def _additive(formulas: _Formulas, node: n.Additive) -> str:
    first, *others = node.terms
    return formulas.term(first.operand) + "".join(f" {term.sign} {formulas.term(term.operand)}" for term in others)


def _comparison(formulas: _Formulas, node: n.Comparison) -> str:
    return OPERATORS[node.operator].latex.format(formulas.term(node.left), formulas.term(node.right))


def _logical(formulas: _Formulas, node: n.Logical) -> str:
    sign = r" \land " if node.operator == "and" else r" \lor "
    inner = (n.Conditional, n.Logical)
    return sign.join(bracketed(formulas.of(o)) if isinstance(o, inner) else formulas.of(o) for o in node.operands)


def _conditional(formulas: _Formulas, node: n.Conditional) -> str:
    rows: list[str] = []
    rest: Node = node
    while isinstance(rest, n.Conditional):
        rows.append(rf"{formulas.of(rest.then)} & \text{{if }} {formulas.of(rest.condition)}")
        rest = rest.otherwise
    return _environment("cases", [*rows, rf"{formulas.of(rest)} & \text{{otherwise}}"])


_WRITERS: dict[type[Node], Callable[[_Formulas, Any], str]] = {
    n.TensorName: lambda formulas, node: formulas.tensor(node, ()),
    n.IndexName: lambda formulas, node: word(node.name),
    n.Name: _name,
    n.Reference: _reference,
    n.Filled: lambda formulas, node: f"{node.value}{formulas.subscripts(node.subscripts)}",
    n.Delta: lambda formulas, node: rf"\delta{formulas.subscripts(node.subscripts)}",
    n.LeviCivita: lambda formulas, node: rf"\varepsilon{formulas.subscripts(node.subscripts)}",
    n.Derivative: _derivative,
    n.Number: lambda formulas, node: number(node.text),
    n.Parenthesised: lambda formulas, node: bracketed(formulas.of(node.body)),
    n.Negative: _negative,
    n.Power: _power,
    n.Factor: lambda formulas, node: formulas.of(node.operand),
    n.Product: _product,
    n.Term: lambda formulas, node: formulas.of(node.operand),
    n.Additive: _additive,
    n.Comparison: _comparison,
    n.Logical: _logical,
    n.Not: lambda formulas, node: rf"\lnot {formulas.factor(node.operand)}",
    n.Conditional: _conditional,
    n.Call: _call,
    n.Written: _written,
    n.WrittenReference: lambda formulas, node: formulas.of(node.tensor) + formulas.subscripts(node.subscripts),
    n.LeftIndex: lambda formulas, node: formulas.of(node.subscript),
}
