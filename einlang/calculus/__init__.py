"""Derivatives in index notation: in goes a program of the tensor IR, out comes one in which derivatives are definitions."""

from einlang.calculus.differentiate import differentiate, gradient

__all__ = ["differentiate", "gradient"]
