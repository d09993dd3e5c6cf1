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
from collections.abc import Callable, Sequence

from einlang.ir.program import Program
from einlang.ir.recurrences import early, grouped
from einlang.ir.verify import verify
from einlang.optimize.adopt import adopt
from einlang.optimize.algebra import algebra
from einlang.optimize.assume import assume
from einlang.optimize.contractions import merge_sums, order_contractions
from einlang.optimize.dead_code import dead_code, drop_checks
from einlang.optimize.hoist import hoist
from einlang.optimize.inline import inline, inline_aliases
from einlang.optimize.inverses import drop_inverses
from einlang.optimize.isolate import isolate_reductions
from einlang.optimize.narrow import narrow
from einlang.optimize.promised import promised
from einlang.optimize.recognise import recognise
from einlang.optimize.reuse import reuse
from einlang.optimize.running import running
from einlang.optimize.settle import settle
from einlang.optimize.shallow import shallow
from einlang.optimize.share import share
from einlang.optimize.speakable import speakable
from einlang.optimize.specialise import specialise
from einlang.optimize.stabilise import stabilise

Pass = Callable[[Program], Program]

SIMPLIFYING: tuple[Pass, ...] = (
    dead_code,
    promised,
    algebra,
    assume,
    specialise,
    reuse,
    adopt,
    inline,
    algebra,
    assume,
    recognise,
    reuse,
    inline,
)
"""Bodies first; then what stands elsewhere is read from there; then what is left goes inline, which gives bodies new forms."""

REPEATED: tuple[Pass, ...] = (algebra, assume, recognise, reuse, inline_aliases, dead_code)
"""What is repeated until nothing changes."""

TIDYING: tuple[Pass, ...] = (dead_code, algebra, recognise, reuse, inline)
"""Likewise, of what is derived again."""

ROUNDS = 20
"""So often at most."""

WRITING: tuple[Pass, ...] = (speakable, shallow)
"""What makes a text of every formula possible."""

PREPARING: tuple[Pass, ...] = (
    settle,
    narrow,
    drop_checks,
    running,
    merge_sums,
    stabilise,
    inline,
    isolate_reductions,
    order_contractions,
    hoist,
    isolate_reductions,
    share,
    drop_inverses,
    adopt,
    inline_aliases,
    dead_code,
)
"""Reductions are isolated before sums are put in order, and again for the sums of terms that come apart there."""

_SIMPLIFY = (*SIMPLIFYING, *REPEATED, *WRITING)
PASSES: dict[str, tuple[Pass, ...]] = {"simplify": _SIMPLIFY, "optimise": (*_SIMPLIFY, *PREPARING)}
"""The passes of each stage, in order."""


def simplify(program: Program) -> Program:
    """The program as a person would write it; definitions of the user's that outputs need keep their names.

    What comes out is left as it is, also after it was written as text and read back.
    """
    program = _run(SIMPLIFYING, _verified("before simplify", program))
    for _ in range(ROUNDS):
        before, program = program, _run(REPEATED, program)
        if program.definitions == before.definitions:
            break
    return _run(WRITING, program)


def tidy(program: Program) -> Program:
    """The program with what derivatives brought forth simplified, to be derived again: no fact is used, and no name changes."""
    for _ in range(ROUNDS):
        before, program = program, _run(TIDYING, program)
        if program.definitions == before.definitions:
            break
    return program


def optimise(program: Program) -> Program:
    """The program as code is made from it."""
    return _run(PREPARING, simplify(program))


def _run(passes: Sequence[Pass], program: Program) -> Program:
    """Passes, one after the other."""
    for apply in passes:
        program = _verified(apply.__name__, _grouped(apply(program)))
    return program


def _grouped(program: Program) -> Program:
    """The program with the definitions of each recurrence side by side, also those that a pass made for parts of them."""
    return program.with_definitions(grouped(program.definitions)) if early(program.definitions) else program


def _verified(stage: str, program: Program) -> Program:
    """The program; with `EINLANG_DEBUG` set it is verified (InternalError)."""
    if os.environ.get("EINLANG_DEBUG"):
        verify(program, stage)
    return program
