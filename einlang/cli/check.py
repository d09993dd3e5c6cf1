"""`einlang check`: everything that is wrong with programs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from einlang.cli import console
from einlang.cli.opening import recipe
from einlang.cli.options import takes
from einlang.cli.run import arguments
from einlang.diagnostics import Diagnostic
from einlang.driver import Stages
from einlang.errors import CompileError


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@takes("expression", "set", "fn", "error-format")
@click.option("--derivatives", is_flag=True, help="Compare every derivative with what steps of its variables give.")
@click.option("--data", "source", metavar="FILE.npz", help="Arrays at which derivatives are compared; else they are random.")
def check(files: Sequence[str], derivatives: bool, source: str | None, **given: object) -> None:
    """Report everything that is wrong with programs, false claims included.

    A FILE `-` is standard input. Exit code 0 if there are no errors; warnings alone are no errors.
    """
    if source is not None and not (derivatives and len(files or (None,)) == 1):
        raise click.UsageError("--data FILE.npz is for --derivatives of one program")
    found: list[Diagnostic] = []
    sound: list[Stages] = []
    is_missing = False
    for file in files or (None,):
        try:
            stages = Stages(recipe(file=file, **given))  # type: ignore[arg-type]
        except OSError as error:
            is_missing = True
            console.complain_of(error)
        except CompileError as error:
            found += error.diagnostics
        else:
            found += findings(stages)
            sound.append(stages)
    console.report(distinct(found))
    is_wrong = any(finding.severity == "error" for finding in found)
    if derivatives and not (is_wrong or is_missing):
        is_wrong = False in [compared(stages, source, len(sound) > 1) for stages in sound]
    click.get_current_context().exit(2 if is_missing else 1 if is_wrong else 0)


def findings(stages: Stages) -> Sequence[Diagnostic]:
    """What there is to say of a program."""
    try:
        _ = stages.claims
    except CompileError as error:
        return error.diagnostics
    return stages.report.diagnostics


def compared(stages: Stages, source: str | None, has_others: bool) -> bool:
    """Print what was found of a program's derivatives; whether none is wrong. Raises CallError for data that does not fit."""
    data = None if source is None else arguments(stages.signature, source)
    table = stages.check_derivatives(data)
    console.result(f"{stages.recipe.path}\n{table}\n\n" if has_others else str(table))
    if not table:
        console.complain("a derivative is not what steps of its variables give", help=console.DEFECT)
    return bool(table)


def distinct(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings, those of a file that several programs use once."""
    said = set()
    for finding in found:
        place = (finding.id, finding.span.source.name, finding.span.start, finding.span.end)
        if place not in said:
            said.add(place)
            yield finding
