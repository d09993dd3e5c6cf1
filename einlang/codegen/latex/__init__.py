"""LaTeX out of programs."""

from einlang.codegen.latex.formulas import formula
from einlang.codegen.latex.program import emit, emit_expression

__all__ = ["emit", "emit_expression", "formula"]
