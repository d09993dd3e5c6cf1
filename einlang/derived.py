"""Derivations as Python has them: in go equations and their lines, out come objects that print as text, pages and programs."""

from __future__ import annotations

from functools import cached_property

from einlang.codegen import ein
from einlang.codegen.ein import derivation as as_text
from einlang.codegen.ein.equations import WrittenEquation, equations
from einlang.codegen.html import derivation as as_html
from einlang.codegen.latex import derivation as as_latex
from einlang.codegen.mathml import derivation as as_mathml
from einlang.derivation import Derivation as Found
from einlang.ir.nodes import Zero
from einlang.syntax.format import format_expression


class Derivation:
    """How derivatives come about: equations that build upon each other, each line with its rule, checked numerically.

    `str()` gives the lines as text. `is_checked` says whether random data were found on which all lines are finite.
    """

    def __init__(self, found: Found, is_checked: bool) -> None:
        self.found, self.is_checked = found, is_checked

    @cached_property
    def equations(self) -> tuple[WrittenEquation, ...]:
        """The equations as formulas."""
        return tuple(equations(self.found))

    @property
    def results(self) -> tuple[WrittenEquation, ...]:
        """The equations to be read for what they end in: all, or where the derivatives on the way are put in those asked for."""
        pairs = zip(self.equations, self.found.equations, strict=True)
        return tuple(equation for equation, steps in pairs if steps.tensor in self.found.results)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth a warning: derivatives that are zero, and lines that could not be checked."""
        zeros = [e for e, s in zip(self.equations, self.found.equations, strict=True) if isinstance(s.lines[-1].body, Zero)]
        found = [f"{format_expression(zero.left)} is 0: {as_text.reason(zero.lines[-1].reason)}" for zero in zeros]
        return (*found, *([] if self.is_checked else ["the lines are not checked: no random data made all of them finite"]))

    def text(self, *, steps: bool = True, ascii: bool = False) -> str:
        """The equations with all their lines, or only what they end in."""
        return as_text.steps(self.equations, ascii=ascii) if steps else as_text.results(self.results, ascii=ascii)

    def __str__(self) -> str:
        return self.text()

    def latex(self, *, steps: bool = True) -> str:
        """The equations as one `aligned` environment, as KaTeX and MathJax take it."""
        return as_latex.steps(self.equations) if steps else as_latex.results(self.results)

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def mathml(self, *, steps: bool = True) -> str:
        """The equations as one `math` element, which browsers show without scripts."""
        return as_mathml.steps(self.equations) if steps else as_mathml.results(self.results)

    def html(self) -> str:
        """The equations line by line as one HTML page, with the program that computes them as a graph and as text."""
        return as_html.emit(self.equations, self.results, self.found.program, self.source)

    def _repr_html_(self) -> str:
        return as_html.fragment(self.equations)

    @property
    def source(self) -> str:
        """The program that computes the derivatives asked for by these equations, in the language."""
        return ein.emit(self.found.program)
