"""MathML out of formulas."""

from einlang.codegen.mathml.formulas import continued, formula, inline, math, row
from einlang.codegen.mathml.text import escaped

__all__ = ["continued", "escaped", "formula", "inline", "math", "row"]
