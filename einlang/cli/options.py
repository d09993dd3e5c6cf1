"""The options that commands share, as a table, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from einlang.cli import console

Command = Callable[..., Any]


class Grad(NamedTuple):
    """`--grad L:W1,c1`: an output, and what to derive it by (None: the params)."""

    output: str
    wrt: tuple[str, ...] | None


def names(text: str) -> tuple[str, ...]:
    """The names in `L, W{m,p}`: commas in braces belong to a name."""
    return tuple(name.strip() for name in re.split(r",(?![^{]*\})", text) if name.strip())


class Setting(click.ParamType):
    """`n=5`: a name and a number."""

    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        name, equals, number = str(value).partition("=")
        for kind in (int, float):
            try:
                if equals and name.strip():
                    return name.strip(), kind(number)
            except ValueError:
                continue
        self.fail(f"{value!r} is not a name, `=` and a number, as in `n=5`", param, ctx)


class Binding(click.ParamType):
    """`σ=tanh`: the name of an abstract function and the function that it is to be."""

    name = "NAME=FUNCTION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        name, equals, function = (part.strip() for part in str(value).partition("="))
        if not (name and equals and function):
            self.fail(f"{value!r} is not two names with `=` between, as in `σ=tanh`", param, ctx)
        return name, function


class Derived(click.ParamType):
    """`L` or `L:W1,c1`."""

    name = "OUTPUT[:NAMES]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Grad:
        output, colon, wrt = str(value).partition(":")
        if not output.strip() or (colon and not names(wrt)):
            self.fail(f"{value!r} is not an output, or an output, `:` and names, as in `L:W1,c1`", param, ctx)
        return Grad(output.strip(), names(wrt) if colon else None)


class Names(click.ParamType):
    """`L,G1`: names with commas between."""

    name = "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return value if isinstance(value, tuple) else names(value)


def _keep_format(ctx: click.Context, param: click.Parameter, value: str) -> None:
    ctx.meta[console.JSON] = value == "json"


OPTIONS: dict[str, Callable[[Command], Command]] = {
    "file": click.argument("file", required=False, metavar="[FILE]"),
    "expression": click.option("-e", "expression", multiple=True, metavar="TEXT", help="A line of the program, instead of FILE."),
    "name": click.option("--name", metavar="NAME", help="The program's name, where the file's name is no identifier."),
    "dtype": click.option("--dtype", type=click.Choice(["float32", "float64"]), help="The type of all float arrays."),
    "set": click.option("--set", "consts", type=Setting(), multiple=True, help="Another value for a const."),
    "fn": click.option("--fn", "functions", type=Binding(), multiple=True, help="What an abstract function is, as in σ=tanh."),
    "only": click.option("--only", type=Names(), multiple=True, help="Only these outputs and what they need."),
    "grad": click.option(
        "--grad", type=Derived(), multiple=True, help="Add the gradient of an output (by the params), as dL_dW1."
    ),
    "backend": click.option(
        "--backend", type=click.Choice(["auto", "c", "numpy"]), help="What evaluates it; `auto` is C if there is a compiler."
    ),
    "threads": click.option("--threads", type=click.IntRange(min=1), help="How many threads a call may use."),
    "error-format": click.option(
        "--error-format",
        type=click.Choice(["human", "json"]),
        default="human",
        expose_value=False,
        is_eager=True,
        callback=_keep_format,
        help="How diagnostics are printed on stderr.",
    ),
}
"""Each shared option, by the name under which commands ask for it."""


def takes(*wanted: str) -> Callable[[Command], Command]:
    """Decorator: the command takes these options of the table."""

    def decorate(command: Command) -> Command:
        for option in reversed(wanted):
            command = OPTIONS[option](command)
        return command

    return decorate
