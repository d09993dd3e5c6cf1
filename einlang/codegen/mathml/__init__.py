"""MathML out of formulas."""

from einlang.codegen.mathml.formulas import formula, math, row
from einlang.codegen.mathml.text import escaped

__all__ = ["escaped", "formula", "math", "row"]
