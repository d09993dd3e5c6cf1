"""Text of the language out of programs."""

from einlang.codegen.ein.program import definition_text, emit, emit_expression

__all__ = ["definition_text", "emit", "emit_expression"]
