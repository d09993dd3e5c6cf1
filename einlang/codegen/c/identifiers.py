"""Identifiers of C: in go names as a program has them, out come identifiers unlike each other and unlike anything in C."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, count

from einlang.codegen.names import spell

_MACRO = re.compile(
    r"_.*|(?i:ein_.*|have_.*)|(M|FP|INT|UINT|INTPTR|UINTPTR|INTMAX|UINTMAX|SIZE|PTRDIFF|SIG|WCHAR|WINT|MATH|LONG|CHAR)_\w*"
    r"|U?INT\w*|HUGE\w*|X_TLOSS|DOMAIN|SING|OVERFLOW|UNDERFLOW|PLOSS|TLOSS|MAXFLOAT|unix|linux"
)
"""What headers define as macros, or what the C of `csrc` is called; an identifier of this kind gets a `_` behind it."""


class Identifiers:
    """The identifiers of one scope. Each call of `new` gives another one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._counts: dict[str, int] = {}

    def new(self, wish: str) -> str:
        """An identifier like `wish`, numbered where that is taken."""
        word = spell([wish])[wish]
        if _MACRO.fullmatch(word):
            word = f"x{word}_" if word.startswith("_") else f"{word}_"
        start = self._counts.get(word, 1)
        candidates = chain([(1, word)] if start == 1 else [], ((n, f"{word}_{n}") for n in count(max(start, 2))))
        number, chosen = next((n, c) for n, c in candidates if c not in self._taken)
        self._counts[word] = number + 1
        self._taken.add(chosen)
        return chosen
