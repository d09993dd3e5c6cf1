"""What a compiled program needs at a call: errors, checks of arguments, `Outputs`. Imports NumPy and the standard library alone.

The text of this file is copied into the modules that `einlang compile` writes, so that there is one set of checks.
"""

from __future__ import annotations


class EinlangError(Exception):
    """Base of all errors of Einlang."""


class CallError(EinlangError):
    """A wrong call. Names the tensor, the axis, the sizes, and where the tensor is declared."""
