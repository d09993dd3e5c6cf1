"""What a compiled program is made from: texts, options, and the steps of its derivation.

Plain data that pickles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple

from einlang.call import CallValueError
from einlang.options import Options


class Step(NamedTuple):
    """A change of a program.

    `only`: cut it to the outputs `names`. `add`: further outputs, the gradients of `output` by `names`. `grad`: these alone.
    `value_and_grad`: `output` and these. Without names: by the params that the output depends on. `single`: one name, given by
    itself, and so one array comes back.
    """

    kind: Literal["only", "add", "grad", "value_and_grad"]
    output: str
    names: tuple[str, ...] | None
    single: bool = False


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
    """The names in an argument `wrt`. Raises CallError for none."""
    names = (wrt,) if isinstance(wrt, str) else None if wrt is None else tuple(wrt)
    if names == ():
        raise CallValueError("wrt= names nothing to derive by; leave it out to derive by the params")
    return names
