"""A program as LaTeX: in goes a program of the tensor IR, out come its definitions as equations in the article's style."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.partials import partials, with_partials
from einlang.codegen.ein.program import as_formula
from einlang.codegen.latex.formulas import aligned, spelled
from einlang.codegen.notation import by_layers, equations
from einlang.codegen.notation import formula as notation
from einlang.ir.nodes import Expr, Index
from einlang.ir.program import Program
from einlang.tree import Node


def emit(program: Program) -> str:
    """The definitions, one a line, those of alike layers as one, as an `aligned` environment for KaTeX or MathJax."""
    return aligned(by_layers(equations(program)))


def formula(root: Node) -> str:
    """The LaTeX of an expression of the syntax tree."""
    return spelled(notation(root))


def emit_expression(expr: Expr, program: Program, free: Sequence[Index] = ()) -> str:
    """An expression over the tensors of a program; `free` are its free indices in the order to name them."""
    words = Words(program)
    return formula(with_partials(as_formula(expr, words, free), partials(program, words)))
