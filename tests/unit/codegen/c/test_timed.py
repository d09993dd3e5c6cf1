"""A clock in a program's C: read once before and once after each run, and nothing else changes."""

from einlang.codegen import c
from einlang.codegen.c.timed import timed
from einlang.driver import stages
from einlang.dtypes import FLOATS
from einlang.options import options
from einlang.runtime.recipe import Recipe

TEXT = """input x[n], A[n, n], H[n, n]
h[0] = x[0]
h[t+1] = tanh(h[t] + x[t+1])
y[i] = A[i,K] h[K]
solve s[j]: H[i,J] s[J] = y[i]
"""


def test_each_run_is_followed_by_its_mark() -> None:
    lowered = stages(Recipe("program", "<text>", TEXT, options()), "lowered").lowered
    text = c.emit(lowered, FLOATS["float64"])
    marked = timed(text, "program_f64")
    marks = [line.strip() for line in marked.split("\n") if line.strip().startswith("ein_mark(")]
    assert marks == [f"ein_mark({number});" for number in range(len(lowered.runs))]
    start = marked.index("#include <math.h>")
    kept = [line for line in marked[start:].split("\n") if not line.strip().startswith(("ein_mark(", "ein_last ="))]
    assert "\n".join(kept) == text
