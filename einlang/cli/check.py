"""`einlang check`: everything that is wrong with programs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from einlang.cli import console
from einlang.cli.opening import read, stem
from einlang.cli.options import takes
from einlang.diagnostics import Diagnostic, Report
from einlang.driver import Stages
from einlang.errors import CompileError
from einlang.options import Options, options
from einlang.runtime.recipe import Recipe
from einlang.syntax.reading import read_source


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@takes("expression", "set", "fn", "error-format")
@click.pass_context
def check(
    context: click.Context,
    files: Sequence[str],
    expression: Sequence[str],
    consts: Sequence[tuple[str, float]],
    functions: Sequence[tuple[str, str]],
) -> None:
    """Report everything that is wrong with programs.

    A FILE `-` is standard input. Exit code 0 if there are no errors; warnings alone are no errors.
    """
    chosen = options(consts=dict(consts), functions=dict(functions))
    missing, found = False, []
    for file in files or (None,):
        try:
            found += findings(*read(file, expression), chosen)
        except OSError as error:
            missing = True
            console.system_error(error)
    found = list(distinct(found))
    console.report(found)
    context.exit(2 if missing else 1 if any(finding.severity == "error" for finding in found) else 0)


def findings(data: bytes, path: str, chosen: Options) -> Sequence[Diagnostic]:
    """What there is to say of a program that stands in a file."""
    report = Report()
    source = read_source(data, path, report)
    if source is None:
        return report.diagnostics
    stages = Stages(Recipe(stem(path), path, source.text, chosen))
    try:
        return stages.differentiated and stages.report.diagnostics
    except CompileError as error:
        return error.diagnostics


def distinct(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings without those of a file that several programs use, said already."""
    said = set()
    for finding in found:
        place = (finding.id, finding.span.source.name, finding.span.start, finding.span.end)
        if place not in said:
            said.add(place)
            yield finding
