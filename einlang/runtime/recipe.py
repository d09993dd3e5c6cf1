"""What a compiled program is made from: texts, options, and the steps of its derivation.

Plain data that pickles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from einlang.call import CallTypeError, CallValueError
from einlang.options import Options


class Only(NamedTuple):
    """A program is cut to these outputs."""

    outputs: tuple[str, ...]


class Derive(NamedTuple):
    """Derivatives of a tensor are added to a program.

    Attributes:
        form: which, as a row of `calculus.forms.FORMS`.
        output: what is derived.
        wrt: by what; None stands for the params that it depends on.
        beside: which of the outputs before it stay: all `outputs`, the `value` that is derived, or `none`. With all of them a
            call gives `Outputs`.
        single: one name was given by itself, and so one array comes back, not a mapping.
        structured: results are given as blocks and an index map.
    """

    form: str
    output: str
    wrt: tuple[str, ...] | None = None
    beside: Literal["outputs", "value", "none"] = "none"
    single: bool = False
    structured: bool = False


Step = Only | Derive
"""A change of a program."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a compilation depends on.

    Attributes:
        name: the program's name, an identifier.
        path: what messages call the main file.
        text: the main file.
        options, steps: how it is compiled, and how it is changed first.
        used: texts of files that it uses, by their names in `use`, where they are known; others are found beside `path`.
    """

    name: str
    path: str
    text: str
    options: Options = field(default_factory=Options)
    steps: tuple[Step, ...] = ()
    used: tuple[tuple[str, str], ...] = ()

    def then(self, step: Step) -> Recipe:
        """The recipe with one more step."""
        return replace(self, steps=(*self.steps, step))

    def read(self, name: str) -> bytes:
        """The file that a `use` names. Raises OSError."""
        for known, text in self.used:
            if known == name:
                return text.encode()
        if "\0" in name:
            raise FileNotFoundError("no file has such a name")
        return Path(self.place(name)).read_bytes()

    def place(self, name: str) -> str:
        """What messages call the file that a `use` names: it stands beside the main file."""
        return str(Path(self.path).parent / name)


def names_of(wrt: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """The names in an argument `wrt`. Raises CallError for none, and for what is no name."""
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt) if isinstance(wrt, Iterable) else None
    if any(not isinstance(name, str) for name in names or ()) or (names is None and wrt is not None):
        raise CallTypeError(f"wrt= is a name, or a list of names, not {wrt!r}")
    if names == ():
        raise CallValueError("wrt= names nothing to derive by; leave it out to derive by the params")
    return names
