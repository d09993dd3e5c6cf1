"""NumPy text out of programs."""

from einlang.codegen.numpy.module import emit

__all__ = ["emit"]
