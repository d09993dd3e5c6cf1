"""From loops to C: one self-contained text, a function for the program and one for the size of its workspace."""

from einlang.codegen.c.module import emit, function_name
from einlang.codegen.c.separate import separate

__all__ = ["emit", "function_name", "separate"]
