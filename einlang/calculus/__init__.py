"""Derivatives in index notation: in goes a program of the tensor IR, out comes one in which derivatives are definitions."""

from einlang.calculus.differentiate import differentiate, gradient
from einlang.calculus.structure import Structure, structure

__all__ = ["Structure", "differentiate", "gradient", "structure"]
