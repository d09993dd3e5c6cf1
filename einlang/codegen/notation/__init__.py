"""Mathematics as it is set, out of syntax trees; LaTeX and MathML are spellings of it."""

from einlang.codegen.notation.boxes import Box
from einlang.codegen.notation.formulas import formula
from einlang.codegen.notation.items import lines
from einlang.codegen.notation.line import Line
from einlang.codegen.notation.programs import Equations, by_layers, equations

__all__ = ["Box", "Equations", "Line", "by_layers", "equations", "formula", "lines"]
