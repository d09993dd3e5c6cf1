"""`python -m benchmarks CLASS…`: in go names of classes, out come tables on stdout, in JSON, or in a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.document import places, renewed
from benchmarks.environment import machine, settle


@click.command()
@click.argument("names", metavar="[CLASS]...", nargs=-1)
@click.option("--threads", default=1, show_default=True, help="Cores that everything may use.")
@click.option("--rounds", default=9, show_default=True, help="Rounds whose median counts.")
@click.option("--only", default="", help="Only problems whose name contains this.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="A file for the figures.")
@click.option("--document", type=click.Path(path_type=Path, exists=True), help="A document whose tables are renewed.")
@click.option("--list", "listing", is_flag=True, help="The classes, and nothing else.")
def main(names: tuple[str, ...], path: Path | None, document: Path | None, listing: bool, **options: Any) -> None:
    """Measure classes of problems (all, where none is named) beside peers that are installed."""
    settle(options["threads"])
    from benchmarks.classes import CLASSES

    if listing:
        click.echo("\n".join(f"{name}: {found.title}" for name, found in CLASSES.items()))
        return
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise click.UsageError(f"there is no class {unknown[0]}; there are {', '.join(CLASSES)}")
    asked = names or tuple(CLASSES)
    if document:
        _require_places(document, asked, options["threads"])
    records = []
    for part in _measured(asked, **options):
        click.echo(f"## {part.title}\n\n{part.text}")
        records.append(part.record)
        if document:
            text = document.read_text(encoding="utf-8")
            document.write_text(renewed(text, part.place, part.text), encoding="utf-8")
    if path:
        path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Part(NamedTuple):
    """What was measured: the name of its place in a document, for people, and for machines."""

    place: str
    title: str
    text: str
    record: Mapping[str, object]


def _measured(names: tuple[str, ...], threads: int, rounds: int, only: str) -> Iterator[Part]:
    from benchmarks import peak, peers, report
    from benchmarks.classes import CLASSES
    from benchmarks.rows import rows

    limits, about = peak.measure(threads), {**machine(), **peers.installed()}
    record = {"machine": about, "threads": threads, **asdict(limits)}
    yield Part(_place("machine", threads), "Machine", report.machine(about, limits), record)
    for name in names:
        found = list(rows(CLASSES[name], limits, rounds, only))
        text = report.table(CLASSES[name], found)
        yield Part(_place(name, threads), CLASSES[name].title, text, report.record(CLASSES[name], found))


def _place(name: str, threads: int) -> str:
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def _require_places(document: Path, names: Sequence[str], threads: int) -> None:
    known = places(document.read_text(encoding="utf-8"))
    missing = [place for name in ("machine", *names) if (place := _place(name, threads)) not in known]
    if missing:
        raise click.UsageError(f"{document} has no lines `<!-- {missing[0]} -->` and `<!-- end -->`")


if __name__ == "__main__":
    main()
