"""`einlang compile`: a program written as an importable module, as C, as LaTeX, or as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from einlang.building import write_module
from einlang.call import CallError
from einlang.cli import console
from einlang.cli.opening import opened, stem
from einlang.cli.options import DERIVATIVES, names, takes
from einlang.codegen.module.entry import kernel_name
from einlang.codegen.module.module import float_types
from einlang.program import Program
from einlang.runtime.artefact import check_module_name, write_files


def _write_c(program: Program, folder: str, name: str) -> list[Path]:
    """One C file for each float type, with nothing but the C library needed."""
    stages = program.stages
    kernels = {dtype: kernel_name(program.signature, dtype) for dtype in float_types(program.options.dtype)}
    return write_files(Path(folder), {f"{kernel}.c": stages.c(dtype).encode() for dtype, kernel in kernels.items()})


def _write_latex(program: Program, folder: str, name: str) -> list[Path]:
    return write_files(Path(folder), {f"{name}.tex": program.latex().encode()})


def _write_html(program: Program, folder: str, name: str) -> list[Path]:
    return write_files(Path(folder), {f"{name}.html": program.html().encode()})


EMITTED: dict[str, Callable[[Program, str, str], list[Path]]] = {
    "py": write_module,
    "c": _write_c,
    "latex": _write_latex,
    "html": _write_html,
}
"""What can be written: from the program, the folder and the module's name to the paths."""


def kinds(text: str) -> tuple[str, ...]:
    """The kinds in `py,c`."""
    unknown = [kind for kind in names(text) if kind not in EMITTED]
    if unknown or not names(text):
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'!r} cannot be written; there are {', '.join(EMITTED)}")
    return names(text)


@click.command()
@takes("file", "expression", "name", "dtype", "set", "fn", "only", *DERIVATIVES, "backend", "threads", "error-format")
@click.option("-o", "--output", "folder", default=".", metavar="DIR", help="Where the files go; the current folder if left out.")
@click.option(
    "--emit",
    type=kinds,
    default="py",
    metavar="py,c,latex,html",
    help="What to write: an importable module, C files, formulas, a page; several with commas.",
)
def compile(folder: str, emit: Sequence[str], file: str | None, name: str | None, **given: object) -> None:
    """Write an importable module with a C kernel.

    The module has a function `run`, which takes arrays by name and returns what the program gives. It needs NumPy, and no
    Einlang. The files written are listed.
    """
    module = name or stem(file or "<text>")
    try:
        check_module_name(module)
    except CallError as error:
        raise click.UsageError(str(error)) from error
    program = opened(file=file, name=name, **given)  # type: ignore[arg-type]
    written = [path for kind in emit for path in EMITTED[kind](program, folder, module)]
    console.result("\n".join(map(str, written)))
