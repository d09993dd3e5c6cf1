"""The exceptions of the public interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from einlang.call import CallError, EinlangError

if TYPE_CHECKING:
    from einlang.diagnostics import Diagnostic

__all__ = ["BuildError", "CallError", "CompileError", "EinlangError", "InternalError"]


class CompileError(EinlangError):
    """A wrong program. `diagnostics` holds every finding, warnings included."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        super().__init__("\n".join(f"{d.span.place}: {d.severity}[{d.id}]: {d.message}" for d in errors))


class BuildError(EinlangError):
    """The C compiler failed: the command, what it printed, and the C file, which is kept."""

    def __init__(self, command: Sequence[str], output: str, c_file: str) -> None:
        self.command, self.output, self.c_file = tuple(command), output, c_file
        super().__init__(f"the C compiler failed\ncommand: {' '.join(command)}\nsource: {c_file}\n{output}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.command, self.output, self.c_file)


class InternalError(EinlangError):
    """A defect of Einlang itself: the stage that failed and a dump of what it worked on."""

    def __init__(self, stage: str, message: str, dump: str = "") -> None:
        self.stage, self.dump = stage, dump
        super().__init__(f"internal error in {stage}: {message}" + (f"\n{dump}" if dump else ""))
