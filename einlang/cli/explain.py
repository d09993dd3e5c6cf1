"""`einlang explain`: the page of a diagnostic, or the list of all."""

from __future__ import annotations

import difflib
import sys

import click

from einlang.cli import console
from einlang.diagnostics.catalogue import CATALOGUE, GROUPS
from einlang.diagnostics.page import story
from einlang.diagnostics.render import paint


@click.command()
@click.argument("id", required=False)
def explain(id: str | None) -> None:
    """Tell the long story of a diagnostic.

    ID is what stands in brackets after `error` or `warning`. Without it, all are listed.
    """
    console.result(_list() if id is None else story(_known(id), colour=console.wants_colour(sys.stdout)))


def _known(id: str) -> str:
    """The id without the dressing it is printed in; a usage error where there is none such."""
    bare = id.strip().removeprefix("error").removeprefix("warning").strip("[]:` ")
    if bare in CATALOGUE:
        return bare
    near = difflib.get_close_matches(bare, CATALOGUE, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`einlang explain` lists them all"
    raise click.UsageError(f"there is no diagnostic `{bare}`; {hint}")


def _list() -> str:
    colour = console.wants_colour(sys.stdout)
    width = max(map(len, CATALOGUE))
    groups = []
    for group, rows in GROUPS.items():
        lines = [f"  {paint(id, entry.severity, colour)}{' ' * (width - len(id))}  {entry.title}" for id, entry in rows.items()]
        groups.append("\n".join([paint(group, "message", colour), *lines]))
    return "\n\n".join(groups)
