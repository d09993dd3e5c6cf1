"""`einlang run`: a program evaluated on arrays from a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from einlang.call import CallError, Signature, alias
from einlang.cli import console, data
from einlang.cli.opening import opened
from einlang.cli.options import DERIVATIVES, takes


@click.command()
@takes("file", "expression", "dtype", "set", "fn", "only", *DERIVATIVES, "backend", "threads", "error-format")
@click.option(
    "--data", "source", metavar="FILE.npz", help="Arrays by the names of inputs and params; others in it are left aside."
)
@click.option("--out", "target", metavar="FILE.npz", help="Where outputs go, by their names; else they are printed.")
def run(source: str | None, target: str | None, **given: object) -> None:
    """Evaluate a program on arrays from a file."""
    if target is not None and Path(target).suffix != ".npz":
        raise click.UsageError(f"--out writes a file of arrays by name, and its name ends in .npz; {target} does not")
    program = opened(**given)  # type: ignore[arg-type]
    outputs = program(arguments(program.signature, source)).arrays()
    if target is not None:
        data.write(target, outputs)
    else:
        console.result(data.listing(outputs))


def arguments(signature: Signature, source: str | None) -> Mapping[str, data.Array]:
    """The arrays of a file that a program takes. Raises CallError where some are missing, a usage error where all are."""
    found = data.read(source) if source is not None else {}
    names = {
        tensor.name: next((name for name in (tensor.name, alias(tensor.name)) if name in found), None)
        for tensor in signature.inputs
    }
    missing = [tensor for tensor in signature.needed if names[tensor.name] is None]
    if missing and source is None:
        raise click.UsageError(f"{signature.name} takes {', '.join(map(str, signature.needed))}: give them with --data FILE.npz")
    if missing:
        wanted = ", ".join(f"{tensor}{tensor.declared}" for tensor in missing)
        raise CallError(f"{source} has no {wanted}; it has {', '.join(found) or 'no arrays'}")
    return {name: found[stored] for name, stored in names.items() if stored is not None}
