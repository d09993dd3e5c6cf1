"""HTML out of programs and derivations."""

from einlang.codegen.html.program import emit, fragment

__all__ = ["emit", "fragment"]
