"""From a plan to loops: a small typed tree that C is emitted from by a walk."""

from einlang.loops.lower import lower
from einlang.loops.text import text

__all__ = ["lower", "text"]
