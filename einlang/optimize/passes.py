"""The passes over the tensor IR and their order: in goes a program, out comes one of the same meaning.

`simplify` gives what a person would write, `optimise` what code is made from. After `optimise`:

- no definition is there in vain, and nothing costly is computed twice;
- there is no logsumexp;
- every body is either without reductions or has exactly one, whose own body has none and around which an expression may stand
  that uses it once: `Z[i,j] = sum[K](X[i,K] W[K,j]) + c[j]`. The reduction then carries all indices of the definition;
- what a sum multiplies carries some summed index, and products of more than two operands are split where that is cheaper.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize.adopt import adopt
from einlang.optimize.algebra import algebra
from einlang.optimize.dead_code import dead_code
from einlang.optimize.inline import inline
from einlang.optimize.reuse import reuse

Pass = Callable[[Program], Program]

SIMPLIFYING: tuple[Pass, ...] = (dead_code, algebra, reuse, adopt, inline, algebra, reuse, inline, dead_code)
"""In this order: """


def simplify(program: Program) -> Program:
    """The program as a person would write it. Raises InternalError where a pass breaks it and `EINLANG_DEBUG` is set."""
    return _run(SIMPLIFYING, program)


def _run(passes: Iterable[Pass], program: Program) -> Program:
    checked = bool(os.environ.get("EINLANG_DEBUG"))
    for apply in passes:
        program = apply(program)
        if checked:
            verify(program, apply.__name__)
    return program
