"""Mathematics as MathML Core: in goes what is to be set, out come elements that browsers show without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from einlang.codegen.mathml.text import escaped
from einlang.codegen.notation import boxes as b
from einlang.codegen.notation import formula as notation
from einlang.codegen.notation.line import Line
from einlang.syntax.format import format_expression
from einlang.tree import Node, evaluate

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_CLOSING = {"(": ")", "|": "|", "⌊": "⌋"}
_THIN = '<mspace width="0.17em"/>'
_SPACES = {b.TIMES: '<mo rspace="0.17em">\u2062</mo>', b.THIN: _THIN}
_LEFT = ' style="text-align:left"'


def math(box: b.Box, alternative: str) -> str:
    """A `math` element on a line of its own."""
    return _math(element(box), alternative, "block")


def inline(root: Node) -> str:
    """A `math` element among words, for a formula of the syntax tree, its fractions no smaller for that."""
    return _math(element(notation(root)), format_expression(root), "inline")


def continued(left: b.Box, right: b.Box, alternative: str) -> str:
    """`math` of the right alone, as far in as if the left stood before it."""
    return _math(f"<mrow><mphantom>{element(left)}</mphantom>{element(right)}</mrow>", alternative, "block")


def _math(content: str, alternative: str, display: str) -> str:
    return f'<math xmlns="{NAMESPACE}" display="{display}" displaystyle="true" alttext="{escaped(alternative)}">{content}</math>'


def table(rows: Sequence[Sequence[str]], alternative: str) -> str:
    """A `math` element with rows of cells, each an element."""
    cells = ("".join(f"<mtd{_LEFT}>{cell}</mtd>" for cell in row) for row in rows)
    lines = "".join(f"<mtr>{row}</mtr>" for row in cells)
    return _math(f'<mtable displaystyle="true">{lines}</mtable>', alternative, "block")


def element(box: b.Box) -> str:
    """The element of what is to be set."""
    return evaluate(box, lambda node, parts: _WRITERS[type(node)](node, parts))


def row(line: Line) -> b.Box:
    """A line as one row, `(note)` behind it."""
    sides = (line.left, line.relation, line.right) if line.relation and line.right else (line.left,)
    return b.Row((*sides, b.Text("  "), b.bracketed(line.note)) if line.note else sides)


def _scripts(node: b.Scripts, parts: Sequence[str]) -> str:
    texts = iter(parts)
    base = next(texts)
    below = next(texts) if node.below else ""
    primes = f"<mo>{'′' * node.primes}</mo>" if node.primes else ""
    raised = next(texts) if node.above else ""
    above = f"<mrow>{primes}{raised}</mrow>" if primes and raised else primes or raised
    tag = "msubsup" if below and above else "msub" if below else "msup"
    return f"<{tag}>{base}{below}{above}</{tag}>"


def _sign(node: b.Sign, _: Sequence[str]) -> str:
    """An operator; `tight` is what stands before its operand, and in subscripts."""
    if node in _SPACES:
        return _SPACES[node]
    tight = ' form="prefix"' if node.text in "−¬" and node.form == "tight" else ""
    flat = ' stretchy="false"' if node.text in "()" else ""
    return f"<mo{tight}{flat}>{escaped(node.text)}</mo>"


def _upright(node: b.Upright, _: Sequence[str]) -> str:
    normal = ' mathvariant="normal"' if len(node.text) == 1 else ""
    return f"<mi{normal}>{escaped(node.text)}</mi>"


def _word(node: b.Word, _: Sequence[str]) -> str:
    """A name; one letter is in italics by itself."""
    italic = "" if len(node.text) == 1 else ' class="word"'
    return f"<mi{italic}>{escaped(node.text)}</mi>"


def _under(_: b.Under, parts: Sequence[str]) -> str:
    """A big sign, or a name, which needs a space behind it."""
    sign = parts[0].replace("<mo>", '<mo movablelimits="false">')
    under = f"<munder>{sign}{parts[1]}</munder>"
    return under if sign.startswith("<mo") else f"<mrow>{under}{_THIN}</mrow>"


def _fence(node: b.Fence, parts: Sequence[str]) -> str:
    """Brackets; they stretch where what stands in them is higher than a line."""
    stretched = "true" if re.search("<m(frac|table|under|sqrt)", parts[0]) else "false"
    signs = (("prefix", node.left), ("postfix", _CLOSING[node.left]))
    left, right = (f'<mo form="{form}" stretchy="{stretched}">{sign}</mo>' for form, sign in signs)
    return f"<mrow>{left}{parts[0]}{right}</mrow>"


def _table(node: b.Table, parts: Sequence[str]) -> str:
    cells = iter(parts)
    style, large = (_LEFT, ' displaystyle="true"') if node.kind == "cases" else ("", "")
    rows = ("".join(f"<mtd{style}>{next(cells)}</mtd>" for _ in row) for row in node.rows)
    table = f"<mtable{large}>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"
    if node.kind == "cases":
        return f'<mrow><mo form="prefix" stretchy="true" symmetric="true">{{</mo>{table}</mrow>'
    return f'<mrow><mo form="prefix">[</mo>{table}<mo form="postfix">]</mo></mrow>'


_WRITERS: dict[type[Node], Callable[[Any, Sequence[str]], str]] = {
    b.Word: _word,
    b.Upright: _upright,
    b.Text: lambda node, parts: f"<mtext>{escaped(node.text).replace(' ', chr(0xA0))}</mtext>",
    b.Digits: lambda node, parts: f"<mn>{escaped(node.text)}</mn>",
    b.Sign: _sign,
    b.Row: lambda node, parts: f"<mrow>{''.join(parts)}</mrow>",
    b.Scripts: _scripts,
    b.Under: _under,
    b.Fraction: lambda node, parts: f"<mfrac>{parts[0]}{parts[1]}</mfrac>",
    b.Root: lambda node, parts: f"<msqrt>{parts[0]}</msqrt>",
    b.Fence: _fence,
    b.Table: _table,
}
