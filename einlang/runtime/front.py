"""The front cache: in go texts and options, out comes what compiling them gave, so that a second run parses nothing.

A record is found by the text of the main file, the options and steps, the compiler, the processor, the Python, and the files of
Einlang itself; it names the digests of the texts that the program uses, and counts only while these are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from einlang.call import Signature, signature_of
from einlang.later import Later
from einlang.runtime import cache as disk
from einlang.runtime.extension import processor
from einlang.runtime.recipe import Recipe
from einlang.runtime.toolchain import find_compiler, python_identity
from einlang.source import Source, Span
from einlang.structured import Layout, layout_of

if TYPE_CHECKING:
    from einlang import diagnostics
    from einlang.calculus.forms import Key
    from einlang.diagnostics import Diagnostic
else:
    diagnostics = Later("einlang.diagnostics")

_PACKAGE = Path(__file__).parents[1]


@dataclass(slots=True)
class Record:
    """What compiling gave.

    Attributes:
        signature: of the program.
        abstract: whether its outputs depend on something abstract, so that no code can be made.
        results: what each result of the last step is of, where a call gives these alone: a name, or two for a second derivative.
        layouts: how each of these is made of blocks, where they are asked for.
        used: digests of the texts of used files, by name.
        warnings: diagnostics as data.
        source: the program in the language.
        numpy, assumptions: texts of the NumPy functions; '' where they were not asked for, or there are none.
        kernels: keys of built kernels, by float type.
    """

    signature: Signature
    abstract: bool = False
    results: tuple[Key, ...] = ()
    layouts: tuple[Layout, ...] = ()
    used: dict[str, str] = field(default_factory=dict)
    warnings: list[Any] = field(default_factory=list)
    source: str = ""
    numpy: str = ""
    assumptions: str = ""
    kernels: dict[str, str] = field(default_factory=dict)


def find(recipe: Recipe) -> tuple[Recipe, Record] | None:
    """The record of a recipe, and the recipe with the texts that it uses; None where there is none that holds still."""
    try:
        data = disk.read_record(key(recipe))
        if data is None:
            return None
        record = Record(**{**data, **_restored(data)})
        used = {name: recipe.read(name) for name in record.used}
        if all(digest(text) == record.used[name] for name, text in used.items()):
            return replace(recipe, used=tuple((name, text.decode()) for name, text in used.items())), record
    except (OSError, KeyError, TypeError, ValueError, IndexError):
        pass
    return None


def _restored(data: dict[str, Any]) -> dict[str, Any]:
    """The fields that JSON has as lists."""
    return {
        "signature": signature_of(data["signature"]),
        "results": tuple(tuple(key) if isinstance(key, list) else key for key in data["results"]),
        "layouts": tuple(layout_of(*layout) for layout in data["layouts"]),
    }


def keep(recipe: Recipe, record: Record) -> None:
    """Keep a record for the next process."""
    names = Record.__dataclass_fields__
    disk.write_record(key(recipe), {name: getattr(record, name) for name in names})


def key(recipe: Recipe) -> str:
    """What tells this compilation from every other."""
    made_from = astuple(replace(recipe, used=()))
    machine = [find_compiler(), processor(), python_identity(), np.__version__]
    return digest(json.dumps([made_from, machine, own_digest()]).encode("utf-8", "surrogatepass"))


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@cache
def own_digest() -> str:
    """The sizes and times of change of Einlang's own files: another version, or an edited checkout, uses nothing kept before."""
    return digest(json.dumps(sorted(_own_files())).encode())


def _own_files() -> Iterator[tuple[str, int, int]]:
    folders = [str(_PACKAGE), str(_PACKAGE.parent / "grammar"), str(_PACKAGE.parent / "csrc")]
    while folders:
        with suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".lark", ".h", ".c")):
                    status = entry.stat()
                    yield entry.path, status.st_size, status.st_mtime_ns
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)


# --- diagnostics --------------------------------------------------------------------------------------------------------


def pack(found: tuple[Diagnostic, ...]) -> list[Any]:
    """Diagnostics as JSON: their places by file and offsets."""
    return [
        [d.id, d.message, _place(d.span), d.label, [[_place(other.span), other.text] for other in d.others], d.help]
        for d in found
    ]


def unpack(data: list[Any], sources: dict[str, str]) -> tuple[Diagnostic, ...]:
    """The diagnostics again, in sources by name."""
    known = {name: Source(name, text) for name, text in sources.items()}

    def span(place: list[Any]) -> Span:
        return Span(known.setdefault(place[0], Source(place[0], "")), place[1], place[2])

    return tuple(
        diagnostics.Diagnostic(
            id, message, span(place), label, tuple(diagnostics.Label(span(where), text) for where, text in others), help
        )
        for id, message, place, label, others, help in data
    )


def _place(span: Span) -> list[Any]:
    return [span.source.name, span.start, span.end]
