"""`einlang fmt`: programs in the one formatting, written back where that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from einlang.cli import console
from einlang.cli.group import GOOD, WRONG, explain
from einlang.cli.opening import STDIN, read
from einlang.cli.options import takes
from einlang.driver import Stages
from einlang.errors import EinlangError
from einlang.options import options
from einlang.program import recipe_of
from einlang.runtime.artefact import rewrite_file
from einlang.syntax.canonical import Spelling


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Change nothing; name the files that would change, and exit with 1 if there are any.")
@click.option("--unicode", "spelling", flag_value="unicode", help="Spell operators as ∂ δ ≤ ≥ ≠ ·")
@click.option("--ascii", "spelling", flag_value="ascii", help="Spell operators as @ delta <= >= != *")
@takes("error-format")
def fmt(files: Sequence[str], check: bool, spelling: Spelling | None) -> None:
    """Format programs in the one formatting.

    The files that change are named. Comments stay, and so do the spellings of operators unless one is asked for. A FILE `-` is
    standard input, formatted to standard output. A file with errors is left as it is.
    """
    codes = [_format(file, check, spelling or "kept") for file in files]
    click.get_current_context().exit(max(codes))


def _format(file: str, check: bool, spelling: Spelling) -> int:
    """Format one file; the exit code. An error is printed, and does not keep other files from being formatted."""
    try:
        data, path = read(file, ())
        text = Stages(recipe_of(data, path, "program", options())).formatted(spelling).encode()
        if file != STDIN and text != data and not check:
            rewrite_file(Path(file), text)
    except (EinlangError, OSError) as error:
        return explain(error)
    if file == STDIN and not check:
        console.result(text.decode())
    elif text != data:
        console.result(f"{path} would be formatted" if check else f"formatted {path}")
    return WRONG if check and text != data else GOOD
