"""`einlang show`: a program at any stage of the compiler, as stable text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from einlang.cli import console
from einlang.cli.opening import opened, recipe
from einlang.cli.options import DERIVATIVES, takes
from einlang.driver import Stages
from einlang.ir.text import text as ir_text
from einlang.loops.text import text as loops_text
from einlang.plan.text import text as plan_text
from einlang.runtime.recipe import Derive
from einlang.syntax.dump import dump
from einlang.syntax.format import format_file

WRITTEN: dict[str, Callable[[Stages], str]] = {
    "ast": lambda stages: dump(stages.ast[0]),
    "sums": lambda stages: format_file(stages.sums),
}
"""The text of each stage that shows the program as it is written."""
MADE: dict[str, Callable[[Stages, str], str]] = {
    "ir": lambda stages, dtype: ir_text(stages.ir),
    "simplified": lambda stages, dtype: ir_text(stages.simplified),
    "optimised": lambda stages, dtype: ir_text(stages.optimised),
    "plan": lambda stages, dtype: plan_text(stages.planned),
    "loops": lambda stages, dtype: loops_text(stages.lowered),
    "c": lambda stages, dtype: stages.c(dtype),
    "numpy": lambda stages, dtype: stages.numpy,
    "latex": lambda stages, dtype: stages.latex,
    "html": lambda stages, dtype: stages.html,
}
"""The text of each later stage, in their order; the float type matters to C alone."""


@click.command()
@takes("file", "expression", "name", "dtype", "set", "fn", "only", *DERIVATIVES, "error-format")
@click.option("--stage", type=click.Choice([*WRITTEN, *MADE]), required=True, help="What to print.")
def show(stage: str, only: Sequence[tuple[str, ...]], steps: Sequence[Derive], dtype: str | None, **given: object) -> None:
    """Print a program at any stage of the compiler.

    \b
    ast         what was read
    sums        the program with every implied sum written out
    ir          tensors, indices and sums, derivatives worked out
    simplified  the same as a person would write it
    optimised   the same as code is made from it
    plan        which kernel computes what, and where it is kept
    loops       the loops
    c, numpy    the code; C in float64 unless --dtype says otherwise
    latex       the program in the article's style
    html        a page with its equations, its graph and its text
    """
    if stage in WRITTEN:
        stages = Stages(recipe(**given))  # type: ignore[arg-type]
        text = WRITTEN[stage](stages)
        console.report(stages.report.diagnostics)
    else:
        text = MADE[stage](opened(only, steps, dtype=dtype, **given).stages, dtype or "float64")
    console.result(text)
