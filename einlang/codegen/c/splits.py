"""Kernels that threads share, as C: in go a kernel and the names in its function, out come what calls its parts and joins them.

The function of the kernel computes one part; a record holds its arguments, so that a part is its number; a third function decides
how many parts there are, has them computed, and does what comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from einlang.loops.nodes import Split

INDENT = "    "
WORDS = ("arguments", "context", "number", "worker", "split", "parts", "each", "threads", "work")
"""The names of C that stand in these functions."""


class Parameter(NamedTuple):
    """A parameter of a kernel: how it is declared, but for its name."""

    type: str
    name: str

    @property
    def member(self) -> str:
        """The same in a record."""
        return f"{Parameter(self.type.removesuffix('restrict'), self.name).text};"

    @property
    def text(self) -> str:
        """Its declaration."""
        return f"{self.type}{'' if self.type.endswith(' *') else ' '}{self.name}"


class Axis(NamedTuple):
    """An axis of a split, spelled in C."""

    length: str
    unit: str


def record(name: str, parameters: Sequence[Parameter]) -> list[str]:
    """The type of a kernel's arguments."""
    members = [*(INDENT + parameter.member for parameter in parameters), INDENT + "ein_split split;"]
    return ["typedef struct {", *members, f"}} {name}_arguments;"]


def part(name: str, parameters: Sequence[Parameter], axes: int) -> list[str]:
    """The function that computes a part by its number."""
    given = [f"own->{parameter.name}" for parameter in parameters if parameter.name not in ("space", "each")]
    for axis in range(axes):
        given += [f"ein_begin(&own->split, {axis}, number)", f"ein_end(&own->split, {axis}, number)"]
    packs = any(parameter.name == "space" for parameter in parameters)
    given += ["(char *)own->space + worker * own->each"] if packs else []
    return [
        f"static void {name}_part(void *context, int64_t number, int64_t worker) {{",
        f"{INDENT}const {name}_arguments *const own = context;",
        *([] if packs else [f"{INDENT}(void)worker;"]),
        f"{INDENT}{name}_range({', '.join(given)});",
        "}",
    ]


def whole(
    name: str, parameters: Sequence[Parameter], split: Split, axes: Sequence[Axis], local: str, after: Sequence[str]
) -> list[str]:
    """The function that has all parts computed."""
    values = [parameter.name for parameter in parameters]
    lengths, units = ", ".join(axis.length for axis in axes), ", ".join(axis.unit for axis in axes)
    given = [parameter.text for parameter in parameters if not (split.shared and parameter.name == values[-1])]
    needs_parts = split.shared is not None
    return [
        f"EIN_KERNEL void {name}({', '.join([*given, 'const ein_threads *threads', 'int64_t work'])}) {{",
        *([INDENT + local] if local else []),
        f"{INDENT}{name}_arguments arguments = {{{', '.join(values)}, {{0, 1, {{{lengths}}}, {{{units}}}}}}};",
        f"{INDENT}ein_split_up(&arguments.split, {len(axes)}, {split.each}, threads, work);",
        f"{INDENT}if (arguments.split.parts > 1)",
        f"{INDENT * 2}threads->run(threads->count, arguments.split.parts, {name}_part, &arguments);",
        f"{INDENT}else",
        f"{INDENT * 2}{name}_part(&arguments, 0, 0);",
        *([f"{INDENT}const int64_t parts = arguments.split.parts;"] if needs_parts else []),
        *(INDENT + line for line in after),
        "}",
    ]
