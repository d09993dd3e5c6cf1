"""`einlang derive`: derivatives in the notation, with the steps that lead to them if asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import click

from einlang import program
from einlang.cli import console
from einlang.cli.opening import recipe
from einlang.cli.options import names, takes
from einlang.derived import Derivation

FORMATS: dict[str, Callable[[Derivation, bool, bool], str]] = {
    "text": lambda found, steps, ascii: found.text(steps=steps, ascii=ascii),
    "ein": lambda found, steps, ascii: found.source,
    "latex": lambda found, steps, ascii: found.latex(steps=steps),
    "html": lambda found, steps, ascii: found.html(),
}
"""The text of a derivation in each format, in all its lines or not, in ASCII or not."""


@click.command()
@click.argument("words", nargs=-1, metavar="[FILE] TENSOR [BY]...")
@takes("expression", "name", "set", "fn", "error-format")
@click.option("--steps", is_flag=True, help="How it comes about, one named rule a line.")
@click.option("--expand", is_flag=True, help="Put in the derivatives on the way.")
@click.option("--ascii", is_flag=True, help="Text in ASCII: @L/@W[i,j].")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", help="text, a program, LaTeX, or a page.")
def derive(
    words: Sequence[str], expression: Sequence[str], steps: bool, expand: bool, ascii: bool, form: str, **given: object
) -> None:
    """Print derivatives in the notation, and how they come about.

    There is one equation for each tensor on the way.

    \b
    einlang derive model.ein L W1           the derivative of L by W1
    einlang derive model.ein L W1,c1        by each of the two
    einlang derive model.ein L w w          the second derivative
    einlang derive model.ein L              by each param
    einlang derive -e "f = x[I] A[I,J] x[J]" f x
    """
    file, tensors = (None, list(words)) if expression else (words[0] if words else None, list(words[1:]))
    written = recipe(file, expression, **given)  # type: ignore[arg-type]
    if not tensors:
        raise click.UsageError("say what to derive, and by what, as in `einlang derive model.ein L W1`")
    opened = program.opened(written)
    console.report(opened.warnings)
    found = opened.derivation(tensors[0], *map(names, tensors[1:]), expand=expand)
    for message in found.warnings:
        warnings.warn(message, stacklevel=1)
    console.result(FORMATS[form](found, steps, ascii))
