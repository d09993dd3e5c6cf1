"""MathML out of formulas and derivations."""

from einlang.codegen.mathml.formulas import continued, inline, math, row
from einlang.codegen.mathml.text import escaped

__all__ = ["continued", "escaped", "inline", "math", "row"]
