"""`einlang cost`: what a program costs for given sizes, by definition."""

from __future__ import annotations

from collections.abc import Sequence

import click

from einlang.cli import console
from einlang.cli.opening import opened
from einlang.cli.options import DERIVATIVES, sizes, takes


@click.command()
@takes("file", "expression", "dtype", "set", "fn", "only", *DERIVATIVES, "error-format")
@click.argument("given", nargs=-1, metavar="SIZE=NUMBER...")
def cost(file: str | None, given: Sequence[str], expression: Sequence[str], **others: object) -> None:
    """Count operations, bytes and workspace for given sizes.

    By definition, in the order in which they are computed.

    Floats are float64 unless --dtype says otherwise.
    """
    if expression and file is not None:
        given, file = (file, *given), None
    program = opened(file=file, expression=expression, **others)  # type: ignore[arg-type]
    console.result(str(program.cost(sizes(given))))
