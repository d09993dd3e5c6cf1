"""From a command line to a program: in go the values of the shared options, out comes the program, its warnings printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from einlang.cli import console
from einlang.cli.options import Grad
from einlang.options import options
from einlang.program import Program, from_bytes

STDIN = "-"


def opened(
    file: str | None = None,
    expression: Sequence[str] = (),
    name: str | None = None,
    consts: Sequence[tuple[str, float]] = (),
    functions: Sequence[tuple[str, str]] = (),
    only: Sequence[tuple[str, ...]] = (),
    grad: Sequence[Grad] = (),
    **others: str | int | None,
) -> Program:
    """The program that a command is about, with gradients added and cut to outputs. Raises CompileError, CallError, OSError."""
    data, path = read(file, expression)
    chosen = options(consts=dict(consts), functions=dict(functions), **others)
    program = from_bytes(data, path, name or stem(path), chosen)
    written = program.signature.outputs
    for output, wrt in grad:
        program = program.with_grad(output, wrt)
    wanted = [output for names in only for output in names]
    if wanted:
        gradients = [output.name for output in program.signature.outputs[len(written) :]]
        program = program.only(*wanted, *gradients)
    console.report(program.warnings)
    return program


def read(file: str | None, expression: Sequence[str]) -> tuple[bytes, str]:
    """The bytes of the program and what messages call it. Raises OSError; a usage error unless there is just one program."""
    if (file is None) != bool(expression):
        raise click.UsageError("give either a file (`-` for standard input) or a text with -e" + (", not both" if file else ""))
    if file is None:
        return "\n".join(expression).encode("utf-8", "surrogateescape"), "<text>"
    if file == STDIN:
        return sys.stdin.buffer.read(), "<stdin>"
    return Path(file).read_bytes(), file


def stem(path: str) -> str:
    """The name of the program that messages call `path`."""
    return "program" if path.startswith("<") else Path(path).stem
