"""Where output goes: results to stdout; diagnostics and errors to stderr, coloured if it is a terminal, or as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TextIO

import click

from einlang.diagnostics import Diagnostic
from einlang.diagnostics.measure import escape
from einlang.diagnostics.render import in_order, paint, render_all, to_json

JSON = "einlang.json"
"""Key of the click context under which `--error-format` is kept."""
DEFECT = "this is a defect of Einlang: please report it, with the program that shows it"
LONGEST = 20_000
"""Characters of an error that are printed: what a C compiler says may be long."""


def wants_colour(stream: object) -> bool:
    """Whether to colour what goes to a stream: `NO_COLOR`, else `FORCE_COLOR`, else whether it is a terminal that can."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return bool(getattr(stream, "isatty", bool)()) and os.environ.get("TERM") != "dumb"


def wants_json() -> bool:
    """Whether `--error-format json` was given."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(JSON))


def result(text: str) -> None:
    """Write a result to stdout, with one line end after it."""
    click.echo(text.removesuffix("\n"), color=wants_colour(sys.stdout))


def say(text: str) -> None:
    """Write to stderr."""
    click.echo(text, err=True, color=wants_colour(sys.stderr))


def report(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics in the form asked for; nothing where there are none."""
    found = in_order(diagnostics)
    if found and wants_json():
        say("\n".join(map(to_json, found)))
    elif found:
        say(render_all(found, colour=wants_colour(sys.stderr)))


def complain(message: str, *, help: str = "") -> None:
    """Print an error that has no place in a program: of a call, of the C compiler, of a file."""
    colour = wants_colour(sys.stderr)
    if wants_json():
        say(json.dumps({"id": None, "severity": "error", "message": message, "help": help}))
    else:
        say(paint("error", "error", colour) + paint(": " + escape(message, LONGEST), "message", colour))
        if help:
            say(paint("help", "help", colour) + ": " + escape(help))


def complain_of(error: OSError) -> None:
    """Print why the system refuses a file."""
    reason = error.strerror or str(error)
    complain(f"{error.filename}: {reason}" if error.filename else reason)


def warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning that Python code gives, without the place in that code; stands in for `warnings.showwarning`."""
    if wants_json():
        say(json.dumps({"id": None, "severity": "warning", "message": str(message), "help": ""}))
    else:
        colour = wants_colour(sys.stderr)
        say(paint("warning", "warning", colour) + paint(": " + escape(str(message)), "message", colour))
