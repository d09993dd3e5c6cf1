"""A program's C taken apart: in goes its text, out come its own text and a unit of functions that many programs share.

Functions marked EIN_NOINLINE in `csrc` do not depend on a program, and take longer to compile than most programs. The program's
own text declares them; the unit, which is the same for all programs that use the same ones, defines them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from einlang.codegen.c.library import definitions
from einlang.codegen.c.module import INCLUDES
from einlang.dtypes import DType

_FUNCTION = re.compile(r"^(EIN_NOINLINE [^{;]*?) *\{.*?^\}", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^EIN_NOINLINE [^{;]*?EIN_NAME\((\w+)\)\(", re.MULTILINE)
_MARK = "#define EIN_SEPARATE"


class Separate(NamedTuple):
    """Two texts to be linked; `unit` is '' where the program calls nothing shared."""

    own: str
    unit: str


def separate(text: str, dtype: DType) -> Separate:
    """The two parts of a program's text for a type of floats."""
    names = [f"ein_{name}_{dtype.suffix}" for name in _NAME.findall(text)]
    if not names:
        return Separate(text, "")
    own = _FUNCTION.sub(r"\1;", text)
    return Separate(f"{_MARK}\n{own}", "\n\n".join([_MARK, INCLUDES, definitions(names, dtype)]) + "\n")
