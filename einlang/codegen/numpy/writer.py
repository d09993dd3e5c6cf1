"""The lines of one generated function: in go values to keep and names, out come lines and the spellings that they use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from einlang.codegen.names import spell
from einlang.codegen.numpy.prelude import PRELUDE
from einlang.codegen.numpy.values import ATOM, PRODUCT, SUM, Value
from einlang.errors import InternalError
from einlang.ir.extent import Extent
from einlang.ir.nodes import Tensor

OWN_WORDS = frozenset(["dtype", *PRELUDE])
"""What the text itself calls, beside what is reserved everywhere."""
LONGEST, DEEPEST = 88, 8
"""Texts that are longer or nest deeper than this get a line and a name of their own."""


@dataclass(slots=True)
class Writer:
    """Collects lines.

    Attributes:
        tensors, sizes: spellings by name.
        fixed: the sizes that the program fixes.
        lines: what has been written.
        functions: the functions of the prelude that the lines call, in order of first use.
        sizes_used: the sizes that the lines mention.
        positions: arrays of positions that the lines make, and the extent in which they lie.
        scalars: the position of a loop by the name of a tensor, and the extent in which it lies.
    """

    tensors: dict[str, str]
    sizes: dict[str, str]
    fixed: Mapping[str, int]
    lines: list[str] = field(default_factory=list)
    functions: dict[str, None] = field(default_factory=dict)
    sizes_used: dict[str, None] = field(default_factory=dict)
    positions: dict[str, Extent] = field(default_factory=dict)
    scalars: dict[str, Extent] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _variables: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self._taken |= {*self.tensors.values(), *self.sizes.values()}

    def assign(self, name: str, text: str) -> None:
        """`name = text`."""
        self.lines.append(f"{name} = {text}")

    def name(self) -> str:
        """A name for something on the way, not used so far."""
        while True:
            self._count += 1
            if (name := f"t{self._count}") not in self._taken:
                return name

    def reserved(self, wanted: str) -> str:
        """A name that nothing else has, as near to the one wanted as can be."""
        name = spell([wanted])[wanted]
        while name in self._taken or name in OWN_WORDS:
            name += "_"
        self._taken.add(name)
        return name

    def loop_variable(self, wanted: str) -> str:
        """A name for the position of a loop; loops one after the other may have the same."""
        if wanted not in self._variables:
            self._variables[wanted] = self.reserved(wanted)
        return self._variables[wanted]

    def stored(self, value: Value) -> Value:
        """The value under a name of its own."""
        if value.text.isidentifier():
            return value
        name = self.name()
        self.assign(name, value.text)
        return value.but(text=name, level=ATOM, depth=0, view=True)

    def named(self, value: Value) -> Value:
        """The value, stored unless it is a name already, or a view of one."""
        return value if value.view else self.stored(value)

    def indent(self, start: int, header: str) -> None:
        """Put the lines from `start` on under a header."""
        self.lines[start:] = [header, *(f"    {line}" for line in self.lines[start:])]

    def settled(self, value: Value) -> Value:
        """The value, stored if its text is long or deep."""
        return self.stored(value) if len(value.text) > LONGEST or value.depth > DEEPEST else value

    def call(self, function: str) -> str:
        """The name of a function of the prelude, which the text will define."""
        self.functions.setdefault(function)
        return function

    def tensor(self, tensor: Tensor) -> str:
        """The spelling of a tensor."""
        return self.tensors[tensor.name]

    def extent(self, extent: Extent) -> Value:
        """An extent as a whole number; a difference of sizes is at least 0, since a range may be empty."""
        for size in extent.sizes:
            if size not in self.sizes:
                raise InternalError("numpy", f"no axis gives the size {size}")
            self.sizes_used.setdefault(size)
        text = extent.spell(self.sizes, times=" * ")
        if any(coefficient < 0 for _, coefficient in extent.terms):
            return Value(f"max({text}, 0)", kind="int", weak=True, depth=1)
        level = SUM if len(extent.terms) > 1 else ATOM if text.isalnum() or text.isidentifier() else PRODUCT
        return Value(text, kind="int", level=level, weak=True)
