"""Derivations as people write them: equations for derivatives, line by line, each with the rule that led to it."""

from einlang.derivation.derive import derive
from einlang.derivation.lines import Derivation, Line, Reason, Steps

__all__ = ["Derivation", "Line", "Reason", "Steps", "derive"]
