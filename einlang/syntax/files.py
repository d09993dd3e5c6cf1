"""The files of a program: in go the main file and a way to load others, out come all of them and the functions they name.

Both are found before anything is parsed, by the lines that say `use` and `fn`, since the parser has to know the functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from posixpath import dirname, join, normpath

from einlang.source import Source, Span
from einlang.syntax.lexicon import FUNCTIONS

Load = Callable[[str, Span], Source | None]
"""Reads the file of that name, seen from the main file, for the `use` at that place; None after reporting that it cannot."""

_USE = re.compile(r'^[^\S\n]*use[^\S\n]*"([^"\n]*)"', re.MULTILINE)
_FUNCTION = re.compile(r"^[^\S\n]*fn[^\S\n]+([^\W\d][^\s'=(\[]*)", re.MULTILINE)


def gather(main: Source, load: Load) -> list[Source]:
    """The main file and the files that it uses, directly or through others, each once."""
    files, names = [main], [""]
    asked = {main.name}
    for file, own in zip(files, names, strict=True):
        for found in _USE.finditer(file.text):
            if (name := beside(own, found.group(1))) not in asked:
                asked.add(name)
                used = load(name, Span(file, found.start(1) - 1, found.end(1) + 1))
                if used is not None and all(used.name != known.name for known in files):
                    files.append(used)
                    names.append(name)
    return files


def beside(own: str, name: str) -> str:
    """The file that a `use` in the file `own` names: it stands beside that one."""
    return normpath(join(dirname(own), name))


def functions(files: list[Source]) -> frozenset[str]:
    """The built-in functions and those that the files declare."""
    declared = (name for file in files for name in _FUNCTION.findall(file.text))
    return frozenset((*FUNCTIONS, *(unicodedata.normalize("NFKC", name) for name in declared)))
