"""`einlang check`: everything that is wrong with programs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from einlang.cli import console
from einlang.cli.opening import recipe
from einlang.cli.options import takes
from einlang.diagnostics import Diagnostic
from einlang.driver import Stages
from einlang.errors import CompileError


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@takes("expression", "set", "fn", "error-format")
def check(files: Sequence[str], **given: object) -> None:
    """Report everything that is wrong with programs, false claims included.

    A FILE `-` is standard input. Exit code 0 if there are no errors; warnings alone are no errors.
    """
    found: list[Diagnostic] = []
    is_missing = False
    for file in files or (None,):
        try:
            found += findings(file=file, **given)
        except OSError as error:
            is_missing = True
            console.complain_of(error)
    console.report(distinct(found))
    click.get_current_context().exit(2 if is_missing else 1 if any(finding.severity == "error" for finding in found) else 0)


def findings(**given: object) -> Sequence[Diagnostic]:
    """What there is to say of a program. Raises OSError, CallError."""
    try:
        stages = Stages(recipe(**given))  # type: ignore[arg-type]
        _ = stages.claims
    except CompileError as error:
        return error.diagnostics
    return stages.report.diagnostics


def distinct(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those of a file that several programs use once."""
    said = set()
    for finding in found:
        place = (finding.id, finding.span.source.name, finding.span.start, finding.span.end)
        if place not in said:
            said.add(place)
            yield finding
