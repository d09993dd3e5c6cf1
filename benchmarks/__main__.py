"""`python -m benchmarks CLASS…`: in go names of classes, out come tables on stdout, and JSON where asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.environment import machine, settle


@click.command()
@click.argument("names", metavar="[CLASS]...", nargs=-1)
@click.option("--threads", default=1, show_default=True, help="Cores that everything may use.")
@click.option("--rounds", default=9, show_default=True, help="Rounds whose median counts.")
@click.option("--only", default="", help="Only problems whose name contains this.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="A file for the figures.")
@click.option("--list", "listing", is_flag=True, help="The classes, and nothing else.")
def main(names: tuple[str, ...], threads: int, rounds: int, only: str, path: Path | None, listing: bool) -> None:
    """Measure classes of problems (all, where none is named) beside peers that are installed."""
    settle(threads)
    from benchmarks.classes import CLASSES

    if listing:
        click.echo("\n".join(f"{name}: {found.title}" for name, found in CLASSES.items()))
        return
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise click.UsageError(f"there is no class {unknown[0]}; there are {', '.join(CLASSES)}")
    records = list(_measured(names or tuple(CLASSES), threads, rounds, only))
    if path:
        path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _measured(names: tuple[str, ...], threads: int, rounds: int, only: str) -> Iterator[dict[str, object]]:
    from benchmarks import peak, peers, report
    from benchmarks.classes import CLASSES
    from benchmarks.rows import rows

    limits, about = peak.measure(threads), {**machine(), "threads": str(threads), **peers.installed()}
    yield {"machine": about, "operations": limits.operations, "reading": limits.reading, "triad": limits.triad}
    gigaflops = ", ".join(f"{value / 1e9:.0f} GF/s {name}" for name, value in limits.operations.items())
    click.echo("; ".join(f"{name}: {value}" for name, value in about.items()))
    click.echo(f"peak {gigaflops}; reading {limits.reading / 1e9:.1f} GB/s, triad {limits.triad / 1e9:.1f} GB/s\n")
    for name in names:
        found = list(rows(CLASSES[name], limits, rounds, only))
        click.echo(report.table(CLASSES[name], found))
        yield report.record(CLASSES[name], found)


if __name__ == "__main__":
    main()
