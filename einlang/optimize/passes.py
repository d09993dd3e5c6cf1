"""The passes over the tensor IR and their order: in goes a program, out comes one of the same meaning.

`simplify` gives what a person would write, `optimise` what code is made from. After `optimise`:

- no definition is there in vain, and nothing costly is computed twice;
- there is no logsumexp;
- a body has at most one reduction, whose own body has none, and which carries all indices of the definition; around it an
  expression may stand that uses it once: `Z[i,j] = sum[K](X[i,K] W[K,j]) + c[j]`. Only a reduction that a branch not taken must
  keep in bounds stays inside its branch, whatever else stands there;
- products under a sum carry the summed indices, and are split into pairs where that is cheaper.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize.adopt import adopt
from einlang.optimize.algebra import algebra
from einlang.optimize.contractions import merge_sums, order_contractions
from einlang.optimize.dead_code import dead_code, drop_checks
from einlang.optimize.group import group_factors
from einlang.optimize.hoist import hoist
from einlang.optimize.inline import inline, inline_aliases
from einlang.optimize.isolate import isolate_reductions
from einlang.optimize.reuse import reuse
from einlang.optimize.share import share
from einlang.optimize.speakable import speakable
from einlang.optimize.stabilise import stabilise

Pass = Callable[[Program], Program]

SIMPLIFYING: tuple[Pass, ...] = (
    dead_code,
    algebra,
    reuse,
    adopt,
    inline,
    algebra,
    reuse,
    inline,
    algebra,
    dead_code,
    speakable,
)
"""Bodies first; then what stands elsewhere is read from there; then what is left goes inline, which gives bodies new forms."""

PREPARING: tuple[Pass, ...] = (
    drop_checks,
    merge_sums,
    stabilise,
    inline,
    isolate_reductions,
    order_contractions,
    hoist,
    isolate_reductions,
    share,
    group_factors,
    adopt,
    inline_aliases,
    dead_code,
)
"""Reductions are isolated before sums are put in order, and again for the sums of terms that come apart there."""

PASSES: dict[str, tuple[Pass, ...]] = {"simplify": SIMPLIFYING, "optimise": (*SIMPLIFYING, *PREPARING)}
"""The passes of each stage, in order."""


def simplify(program: Program) -> Program:
    """The program as a person would write it; definitions of the user's that outputs need keep their names."""
    return run("simplify", program)


def optimise(program: Program) -> Program:
    """The program as code is made from it."""
    return run("optimise", program)


def run(stage: str, program: Program) -> Program:
    """The passes of a stage, one after the other.

    With `EINLANG_DEBUG` set, what goes in and what comes out of each is verified (InternalError).
    """
    checked = bool(os.environ.get("EINLANG_DEBUG"))
    if checked:
        verify(program, f"before {stage}")
    for apply in PASSES[stage]:
        program = apply(program)
        if checked:
            verify(program, apply.__name__)
    return program
