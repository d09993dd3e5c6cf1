"""Analysis: in go the syntax trees of a program's files, out comes its tensor IR, or its text with every sum written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einlang.diagnostics import Report
from einlang.errors import InternalError
from einlang.ir.program import Program
from einlang.ir.text import text
from einlang.sema.elaborate import elaborate
from einlang.sema.sums import explicit_sums
from einlang.syntax.nodes import File

__all__ = ["analyse", "explicit_sums"]


def analyse(
    files: Sequence[File],
    report: Report,
    *,
    name: str,
    consts: Mapping[str, float] | None = None,
    functions: Mapping[str, str] | None = None,
) -> Program | None:
    """The program that the files say, the first of which is the main one; None where the report has errors.

    Args:
        name: the program's name, an identifier.
        consts: values that override those of consts.
        functions: bodies for abstract functions: names of elementwise functions, or of the program's own.
    """
    elaborated = elaborate(files, report, name, consts or {}, functions or {})
    if report.has_errors:
        return None
    if elaborated.known.failed:
        raise InternalError("sema", "an expression failed, and no diagnostic says why", text(elaborated.program))
    return elaborated.program
