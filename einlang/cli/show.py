"""`einlang show`: a program at any stage of the compiler, as stable text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from einlang.cli import console
from einlang.cli.opening import opened
from einlang.cli.options import takes
from einlang.driver import Stages
from einlang.ir.text import text as ir_text
from einlang.loops.text import text as loops_text
from einlang.plan.text import text as plan_text
from einlang.syntax.dump import dump
from einlang.syntax.format import format_file

STAGES: dict[str, Callable[[Stages, str], str]] = {
    "ast": lambda stages, dtype: dump(stages.ast[0]),
    "sums": lambda stages, dtype: format_file(stages.sums),
    "ir": lambda stages, dtype: ir_text(stages.ir),
    "simplified": lambda stages, dtype: ir_text(stages.simplified),
    "optimised": lambda stages, dtype: ir_text(stages.optimised),
    "plan": lambda stages, dtype: plan_text(stages.planned),
    "loops": lambda stages, dtype: loops_text(stages.lowered),
    "c": lambda stages, dtype: stages.c(dtype),
    "numpy": lambda stages, dtype: stages.numpy,
}
"""The text of each stage, in the order of the compiler; the float type matters to C alone."""


@click.command()
@takes("file", "expression", "name", "dtype", "set", "fn", "only", "grad", "error-format")
@click.option("--stage", type=click.Choice(list(STAGES)), required=True, help="What to print.")
def show(stage: str, dtype: str | None, **given: Any) -> None:
    """Print a program at any stage of the compiler.

    \b
    ast         what was read
    sums        the program with every implied sum written out
    ir          tensors, indices and sums, derivatives worked out
    simplified  the same as a person would write it
    optimised   the same as code is made from it
    plan        which kernel computes what, and where it is kept
    loops       the loops
    c, numpy    the code, in float64 unless --dtype says otherwise
    """
    program = opened(dtype=dtype, **given)
    console.result(STAGES[stage](program.stages, dtype or "float64"))
