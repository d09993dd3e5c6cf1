"""The options of a compilation: in go keyword arguments, out comes a checked, hashable record."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from einlang.call import CallTypeError, CallValueError, thread_count
from einlang.later import Later

if TYPE_CHECKING:
    import difflib
else:
    difflib = Later("difflib")

CHOICES: dict[str, tuple[str | None, ...]] = {"backend": ("auto", "c", "numpy"), "dtype": (None, "float32", "float64")}
"""The values that an option may have, None standing for what the call brings."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a program is compiled.

    Attributes:
        backend: `auto` is C where a C compiler is found, else NumPy with one warning.
        dtype: the type of all float arrays, or None for the type of the arrays of each call.
        threads: how many threads a call may use, None for as many as the process has: see `einlang.set_num_threads`.
        consts: other values for consts of the program, by name.
        functions: what abstract functions are, by name.
    """

    backend: str = "auto"
    dtype: str | None = None
    threads: int | None = None
    consts: tuple[tuple[str, int | float], ...] = ()
    functions: tuple[tuple[str, str], ...] = ()


def options(**given: Any) -> Options:
    """The record of what was given; EINLANG_BACKEND stands in for what was not.

    Raises CallError (also a TypeError or ValueError) for an option that does not exist or a value that it cannot have.
    """
    known = [field.name for field in fields(Options)]
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise CallTypeError(
                f"there is no option {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}")
            )
    if given.get("backend") is None and os.environ.get("EINLANG_BACKEND"):
        given["backend"] = os.environ["EINLANG_BACKEND"]
    thread_count(os.environ.get("EINLANG_NUM_THREADS") or None, "EINLANG_NUM_THREADS")
    return Options(
        backend=_choice("backend", given.get("backend") or "auto"),
        dtype=_choice("dtype", given.get("dtype")),
        threads=thread_count(given.get("threads"), "threads"),
        consts=tuple(sorted(_consts(given.get("consts")).items())),
        functions=tuple(sorted(_functions(given.get("functions")).items())),
    )


def _choice(name: str, value: Any) -> Any:
    text = getattr(value, "__name__", None) or getattr(value, "name", None) or value
    if text not in CHOICES[name]:
        raise CallValueError(f"{name} is one of {', '.join(map(repr, CHOICES[name]))}, not {value!r}")
    return text


def _consts(given: Any) -> dict[str, int | float]:
    consts: dict[str, int | float] = {}
    for name, value in _pairs("consts", given).items():
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise CallValueError(f"the const {name} is a number, not {value!r}")
        consts[name] = number
    return consts


def _functions(given: Any) -> dict[str, str]:
    pairs = _pairs("functions", given)
    for name, value in pairs.items():
        if not isinstance(value, str):
            raise CallValueError(f"the function {name} is the name of a function, not {value!r}")
    return pairs


def _pairs(option: str, given: Any) -> dict[str, Any]:
    pairs = {} if given is None else dict(given) if isinstance(given, Mapping) else None
    if pairs is None or not all(isinstance(name, str) for name in pairs):
        raise CallTypeError(f"{option} is a mapping by name, as in {{'n': 5}}, not {given!r}")
    return pairs
