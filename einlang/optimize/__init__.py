"""Passes over the tensor IR: in goes a program, out comes one of the same meaning, better to read or better to compile."""

from einlang.optimize.group import group_factors
from einlang.optimize.passes import PASSES, optimise, simplify, tidy

__all__ = ["PASSES", "group_factors", "optimise", "simplify", "tidy"]
