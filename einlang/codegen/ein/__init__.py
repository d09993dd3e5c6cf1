"""Text of the language out of programs."""

from einlang.codegen.ein.naming import Words
from einlang.codegen.ein.program import definition_text, emit, emit_expression

__all__ = ["Words", "definition_text", "emit", "emit_expression"]
