"""Mathematics as LaTeX: in goes what is to be set, out comes text that KaTeX and MathJax take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from einlang.codegen.latex.words import letters, prose, word
from einlang.codegen.notation import boxes as b
from einlang.codegen.notation.line import Line
from einlang.tree import Node, evaluate

SIGNS = {
    "−": "-", "∂": r"\partial", "∑": r"\sum", "∏": r"\prod", "·": r"\cdot", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "∧": r"\land", "∨": r"\lor", "¬": r"\lnot", "∈": r"\in", "×": r"\times", "←": r"\leftarrow", "\u2062": r"\,", "\u2009": r"\,",
    "\u2061": "",
}  # fmt: skip
"""Characters that LaTeX has commands for; others stand for themselves."""
_COMMANDS = frozenset(["exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min"])
_SYMBOLS = {"∞": r"\infty", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}"}
_TALL = re.compile(r"\\(frac|begin|sum|prod|operatorname\*|left|max_|min_)")
_ENVIRONMENTS = {"cases": "cases", "matrix": "bmatrix"}


def spelled(box: b.Box) -> str:
    """The LaTeX of what is to be set."""
    return evaluate(box, lambda node, parts: _WRITERS[type(node)](node, parts))


def aligned(lines: Sequence[Line]) -> str:
    """Lines under each other, aligned at their relations."""
    return "\\begin{aligned}\n" + " \\\\\n".join(map(_line, lines)) + "\n\\end{aligned}\n"


def _line(line: Line) -> str:
    right = f" &{spelled(line.relation).lstrip()}{spelled(line.right)}" if line.relation and line.right else ""
    return spelled(line.left) + right + (rf" \qquad ({spelled(line.note)})" if line.note else "")


def _sign(node: b.Sign, _: Sequence[str]) -> str:
    text = SIGNS.get(node.text, node.text)
    return {"infix": f" {text} ", "tight": text, "list": f"{text} "}[node.form]


def _row(_: b.Row, parts: Sequence[str]) -> str:
    """Parts side by side; a space where a command would run into a letter."""
    text = ""
    for part in parts:
        text += f" {part}" if re.search(r"\\[A-Za-z]+$", text) and re.match(r"\w|\\(?!left)", part) else part
    return text


def _scripts(node: b.Scripts, parts: Sequence[str]) -> str:
    texts = iter(parts)
    base = next(texts) + "'" * node.primes
    below = f"_{{{next(texts)}}}" if node.below else ""
    above = f"^{{{next(texts)}}}" if node.above else ""
    base = f"{{{base}}}" if node.primes and above else base
    return base + (above + below if above.startswith("^{(") else below + above)


def _upright(node: b.Upright, _: Sequence[str]) -> str:
    if node.text in _COMMANDS:
        return f"\\{node.text}"
    name = r"\,".join(letters(part) for part in node.text.split())
    return _SYMBOLS.get(node.text) or (rf"\mathrm{{{name}}}" if len(node.text) == 1 else rf"\operatorname{{{name}}}")


def _under(_: b.Under, parts: Sequence[str]) -> str:
    sign = parts[0].replace(r"\operatorname{", r"\operatorname*{")
    return rf"{sign}_{{{parts[1]}}} "


_FENCES = {"(": ("(", ")"), "|": (r"\lvert ", r" \rvert"), "⌊": (r"\lfloor ", r" \rfloor")}


def _fence(node: b.Fence, parts: Sequence[str]) -> str:
    left, right = _FENCES[node.left]
    return rf"\left{left}{parts[0]}\right{right.lstrip()}" if _TALL.search(parts[0]) else f"{left}{parts[0]}{right}"


def _table(node: b.Table, parts: Sequence[str]) -> str:
    cells = iter(parts)
    rows = r" \\ ".join(" & ".join(next(cells) for _ in row) for row in node.rows)
    return rf"\begin{{{_ENVIRONMENTS[node.kind]}}} {rows} \end{{{_ENVIRONMENTS[node.kind]}}}"


_WRITERS: dict[type[Node], Callable[[Any, Sequence[str]], str]] = {
    b.Word: lambda node, parts: word(node.text),
    b.Upright: _upright,
    b.Text: lambda node, parts: prose(node.text) + " " * node.text.endswith(" "),
    b.Digits: lambda node, parts: node.text,
    b.Sign: _sign,
    b.Row: _row,
    b.Scripts: _scripts,
    b.Under: _under,
    b.Fraction: lambda node, parts: rf"\frac{{{parts[0]}}}{{{parts[1]}}}",
    b.Root: lambda node, parts: rf"\sqrt{{{parts[0]}}}",
    b.Fence: _fence,
    b.Table: _table,
}
