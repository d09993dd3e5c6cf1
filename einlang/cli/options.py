"""The options that commands share, as a table, and the readers of their values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import click

from einlang.cli import console
from einlang.runtime.recipe import Derive

Command = Callable[..., Any]


DERIVATIVES = {
    "grad": ("L[:W1,c1]", "Add the gradient of a scalar (by the params), as dL_dW1."),
    "jacobian": ("Z[:X]", "Add the derivative of a tensor, as dZ_dX."),
    "hessian": ("L[:w]", "Add the second derivatives of a scalar, by all pairs of names, as d2L_dw_dw."),
    "hvp": ("L[:w]", "Add the Hessian times the input v_w, as hvp_L_w."),
    "jvp": ("Z[:X]", "Add the derivative along the input v_X, as jvp_Z_X."),
    "vjp": ("Z[:X]", "Add the derivative weighted with the input v_Z, as vjp_Z_X."),
}
"""What can be added to a program: the option's name, what its value looks like, and its help."""


class Asked(NamedTuple):
    """`L:W1,c1`: an output, and what to derive it by (None: the params)."""

    output: str
    wrt: tuple[str, ...] | None


def names(text: str) -> tuple[str, ...]:
    """The names in `L, W{m,p}`: commas in braces belong to a name."""
    return tuple(name.strip() for name in re.split(r",(?![^{]*\})", text) if name.strip())


def outputs(text: str) -> tuple[str, ...]:
    """The names in `L,G1`, one at least."""
    if not names(text):
        raise click.BadParameter(f"{text!r} names no output")
    return names(text)


def setting(text: str) -> tuple[str, float]:
    """The name and the number of `n=5`."""
    name, _, number = text.partition("=")
    for read in (int, float):
        with suppress(ValueError):
            if name.strip() and math.isfinite(value := read(number)):
                return name.strip(), value
    raise click.BadParameter(f"{text!r} is not a name, `=` and a number, as in `n=5`")


def sizes(texts: Sequence[str]) -> dict[str, int]:
    """The sizes in `b=64 k{1}=128`."""
    found: dict[str, int] = {}
    for text in texts:
        name, _, number = (part.strip() for part in text.partition("="))
        if not (name and number.isascii() and number.isdecimal()):
            raise click.UsageError(f"{text!r} is not a size, `=` and a whole number, as in `b=64`")
        if name in found:
            raise click.UsageError(f"the size {name} is given twice")
        found[name] = int(number)
    return found


def binding(text: str) -> tuple[str, str]:
    """The abstract function and what it is to be in `σ=tanh`."""
    name, _, function = (part.strip() for part in text.partition("="))
    if not (name and function):
        raise click.BadParameter(f"{text!r} is not two names with `=` between, as in `σ=tanh`")
    return name, function


def asked(text: str) -> Asked:
    """What `L` or `L:W1,c1` asks for."""
    output, colon, wrt = text.partition(":")
    if not output.strip() or (colon and not names(wrt)):
        raise click.BadParameter(f"{text!r} is not an output, or an output, `:` and names, as in `L:W1,c1`")
    return Asked(output.strip(), names(wrt) if colon else None)


def _add_steps(ctx: click.Context, param: click.Parameter, value: tuple[Asked, ...]) -> None:
    """Put the derivatives that an option asks for behind those that options before it on the command line ask for."""
    steps = tuple(Derive(str(param.name), output, wrt, "outputs") for output, wrt in value)
    ctx.params["steps"] = (*ctx.params.get("steps", ()), *steps)


def _derivative(form: str) -> Callable[[Command], Command]:
    metavar, help = DERIVATIVES[form]
    return click.option(
        f"--{form}", type=asked, metavar=metavar, multiple=True, expose_value=False, callback=_add_steps, help=help
    )


def _keep_format(ctx: click.Context, param: click.Parameter, value: str) -> None:
    ctx.meta[console.JSON] = value == "json"


OPTIONS: dict[str, Callable[[Command], Command]] = {
    "file": click.argument("file", required=False, metavar="[FILE]"),
    "expression": click.option("-e", "expression", multiple=True, metavar="TEXT", help="A line of the program, instead of FILE."),
    "name": click.option("--name", metavar="NAME", help="The program's name, where the file's name is no identifier."),
    "dtype": click.option("--dtype", type=click.Choice(["float32", "float64"]), help="The type of all float arrays."),
    "set": click.option("--set", "consts", type=setting, metavar="NAME=NUMBER", multiple=True, help="Another value for a const."),
    "fn": click.option(
        "--fn",
        "functions",
        type=binding,
        metavar="NAME=FUNCTION",
        multiple=True,
        help="What an abstract function is, as in σ=tanh.",
    ),
    "only": click.option("--only", type=outputs, metavar="NAMES", multiple=True, help="Only these outputs and what they need."),
    **{form: _derivative(form) for form in DERIVATIVES},
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
