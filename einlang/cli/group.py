"""The command `einlang`: a table of subcommands, each imported when it is called, and what becomes of errors."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import Any, NamedTuple, cast

import click

from einlang import __version__
from einlang.cli import console
from einlang.errors import BuildError, CompileError, EinlangError, InternalError

GOOD, WRONG, USAGE, BUILD, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: well; the program or data is wrong; the command is wrong or a file is missing; the C compiler failed; Ctrl-C."""


class Row(NamedTuple):
    """A subcommand: where it is, and its line in `einlang --help`."""

    function: str
    help: str


COMMANDS = {
    "check": Row("check:check", "Report everything that is wrong with programs, false claims included."),
    "run": Row("run:run", "Evaluate a program on arrays from a file."),
    "derive": Row("derive:derive", "Print derivatives in the notation, and how they come about."),
    "compile": Row("compile:compile", "Write an importable module with a C kernel."),
    "show": Row("show:show", "Print a program at any stage of the compiler."),
    "cost": Row("cost:cost", "Count operations, bytes and workspace for given sizes."),
    "bench": Row("bench:bench", "Time a program and its definitions on random data of given sizes."),
    "fmt": Row("fmt:fmt", "Format programs in the one formatting."),
    "explain": Row("explain:explain", "Tell the long story of a diagnostic."),
    "doctor": Row("doctor:doctor", "Say what works on this machine, and what to do about what does not."),
    "cache": Row("cache:cache", "Say where compiled kernels are kept, or clear them away."),
}


class Commands(click.Group):
    """The group of `COMMANDS`; its help is made from the table alone."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].function.split(":")
        return cast(click.Command, getattr(import_module(f"einlang.cli.{module}"), function))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.help) for name, row in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an error becomes a message and an exit code."""
        try:
            with warnings.catch_warnings():
                warnings.showwarning = console.warn
                return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            raise
        except Exception as error:
            if sys.flags.dev_mode or isinstance(error, click.ClickException):
                raise
            ctx.exit(explain(error))


def explain(error: Exception) -> int:
    """Print an error; its exit code. A traceback is for `python -X dev -m einlang`."""
    match error:
        case CompileError():
            console.report(error.diagnostics)
            return WRONG
        case BuildError():
            console.complain(str(error))
            return BUILD
        case OSError():
            console.complain_of(error)
            return USAGE
        case MemoryError():
            console.complain("there is not enough memory for this")
            return WRONG
        case EinlangError() if not isinstance(error, InternalError):
            console.complain(str(error))
            return WRONG
        case _:
            message = str(error) if isinstance(error, InternalError) else f"internal error: {type(error).__name__}: {error}"
            console.complain(message, help=console.DEFECT)
            return WRONG


@click.group(
    cls=Commands,
    commands={name: click.Command(name) for name in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="einlang", message="%(prog)s %(version)s")
def einlang() -> None:
    """A compiler for index notation: programs of tensors in, values and gradients out, as C that Python calls."""


def main() -> None:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    einlang(prog_name="einlang")
