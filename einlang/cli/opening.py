"""From a command line to a program: in go the values of the shared options, out comes the recipe, or the program itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from einlang import program
from einlang.cli import console
from einlang.options import options
from einlang.runtime.recipe import Derive, Only, Recipe

STDIN = "-"


def opened(only: Sequence[tuple[str, ...]] = (), steps: Sequence[Derive] = (), **given: object) -> program.Program:
    """The program that a command is about, with derivatives added or cut to outputs; its warnings are printed.

    Raises CompileError, CallError, OSError.
    """
    written = recipe(**given)  # type: ignore[arg-type]
    wanted = replace(written, steps=tuple(steps))
    kept = tuple(name for names in only for name in names)
    if kept and steps:
        kept += _added(written, wanted)
    if kept:
        wanted = wanted.then(Only(kept))
    made = program.opened(wanted)
    console.report(made.warnings)
    return made


def _added(before: Recipe, after: Recipe) -> tuple[str, ...]:
    """The names of the outputs that are derivatives: those that come after the program's own."""
    outputs = program.opened(after).signature.outputs
    return tuple(output.name for output in outputs[len(program.opened(before).signature.outputs) :])


def recipe(
    file: str | None = None,
    expression: Sequence[str] = (),
    name: str | None = None,
    consts: Sequence[tuple[str, float]] = (),
    functions: Sequence[tuple[str, str]] = (),
    **others: str | int | None,
) -> Recipe:
    """What is to be compiled, as it is written. Raises CompileError for a file that is no text, CallError, OSError."""
    data, path = read(file, expression)
    chosen = options(consts=dict(consts), functions=dict(functions), **others)
    return program.recipe_of(data, path, name or stem(path), chosen)


def read(file: str | None, expression: Sequence[str]) -> tuple[bytes, str]:
    """The bytes of the program and what messages call it. Raises OSError; a usage error unless there is just one program."""
    if (file is None) != bool(expression):
        raise click.UsageError("give a file (`-` is standard input) or a text with -e" + (", not both" if file else ""))
    if file is None:
        return "\n".join(expression).encode("utf-8", "surrogateescape"), "<text>"
    if file == STDIN:
        return sys.stdin.buffer.read(), "<stdin>"
    return Path(file).read_bytes(), file


def stem(path: str) -> str:
    """The name that the program has by where it stands."""
    return "program" if path in (STDIN, "<stdin>", "<text>") else Path(path).stem
