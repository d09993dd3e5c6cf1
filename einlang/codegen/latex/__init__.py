"""LaTeX out of programs and formulas."""

from einlang.codegen.latex.formulas import aligned, spelled
from einlang.codegen.latex.program import emit, emit_expression, formula

__all__ = ["aligned", "emit", "emit_expression", "formula", "spelled"]
