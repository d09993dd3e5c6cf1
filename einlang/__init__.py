"""Einlang: a compiler for index notation."""

from importlib import import_module

TYPE_CHECKING = False
"""Type checkers take it for true. `typing` is not imported: it takes longer than everything else here."""
if TYPE_CHECKING:
    from einlang.call import Outputs
    from einlang.errors import BuildError, CallError, CompileError, EinlangError, InternalError
    from einlang.program import Program, compile, load
    from einlang.runtime.threads import set_num_threads
    from einlang.structured import Structured
    from einlang.training import Minimisation, gradient_descent, newton

__version__ = "0.1.0"

__all__ = [
    "BuildError",
    "CallError",
    "CompileError",
    "EinlangError",
    "InternalError",
    "Minimisation",
    "Outputs",
    "Program",
    "Structured",
    "compile",
    "gradient_descent",
    "load",
    "newton",
    "set_num_threads",
]

_HOMES = {
    **dict.fromkeys(["BuildError", "CallError", "CompileError", "EinlangError", "InternalError"], "einlang.errors"),
    **dict.fromkeys(["Program", "compile", "load"], "einlang.program"),
    **dict.fromkeys(["Minimisation", "gradient_descent", "newton"], "einlang.training"),
    "Outputs": "einlang.call",
    "Structured": "einlang.structured",
    "set_num_threads": "einlang.runtime.threads",
}
"""The module that each name is imported from when it is first asked for."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'einlang' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
