"""Letters for `np.einsum`: in go indices, out comes a letter for each, the first of its name where that is free."""

from __future__ import annotations

import string
from collections.abc import Sequence

from einlang.ir.nodes import Index


def letters(indices: Sequence[Index]) -> dict[Index, str]:
    """At most 52 distinct indices, each with a letter of its own."""
    given: dict[Index, str] = {}
    for index in dict.fromkeys(indices):
        first = index.name[:1].lower()
        free = [letter for letter in string.ascii_letters if letter not in given.values()]
        given[index] = first if first in free else free[0]
    return given
