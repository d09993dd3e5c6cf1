"""The loop tree: loops with bounds, stores, scalars and calls of `csrc`, typed, no free index left. A walk over it emits C.

Two sorts of node: a `Scalar` has a value, a `Step` does something. Sizes of arrays are kept as extents, and subscripts one for
each axis, so that the text of this stage can be read; the emitter makes addresses of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from einlang.ir.extent import Extent
from einlang.ir.program import Computed
from einlang.tree import Node, node, walk

Type = Literal["real", "int", "bool"]


class Scalar(Node):
    """Base of what has a value."""

    __slots__ = ()
    type: Type


class Step(Node):
    """Base of what is done."""

    __slots__ = ()


@node
class Array(Node):
    """A parameter or a local array of a kernel, flat. `count` is the length of a local one."""

    name: str
    type: Type
    count: int | None


# --- scalars ------------------------------------------------------------------------------------------------------------


@node
class Variable(Scalar):
    """A loop's position or a local value; `name` is a wish, the emitter keeps names apart."""

    name: str
    type: Type


@node
class Constant(Scalar):
    """A rational as a number of a type."""

    value: Fraction
    type: Type


@node
class Special(Scalar):
    """`pi` or `inf`."""

    name: Literal["pi", "inf"]
    type: Type


@node
class Length(Scalar):
    """An extent as a whole number."""

    atoms = ("extent",)
    extent: Extent
    type: Type


@node
class Load(Scalar):
    """An element of an array seen with a shape."""

    atoms = ("array", "shape")
    array: Array
    shape: tuple[Extent, ...]
    subscripts: tuple[Scalar, ...]
    type: Type


@node
class Entry(Scalar):
    """An entry of a table of literals."""

    entries: tuple[Fraction, ...]
    position: Scalar
    type: Type


@node
class Unary(Scalar):
    """`-x`, `!x`."""

    operator: str
    operand: Scalar
    type: Type


@node
class Binary(Scalar):
    """An operator of C between two scalars."""

    operator: str
    left: Scalar
    right: Scalar
    type: Type


@node
class Choose(Scalar):
    """`then` if the condition holds, else `otherwise`; the other is not evaluated."""

    condition: Scalar
    then: Scalar
    otherwise: Scalar
    type: Type


@node
class Convert(Scalar):
    """A scalar as another type."""

    operand: Scalar
    type: Type


@node
class Function(Scalar):
    """A function of `csrc`, chosen by the type `of` of its arguments."""

    name: str
    of: Type
    arguments: tuple[Scalar, ...]
    type: Type


@node
class Address(Scalar):
    """Where an element of an array is; argument of a primitive."""

    atoms = ("array", "shape")
    array: Array
    shape: tuple[Extent, ...]
    subscripts: tuple[Scalar, ...]
    type: Type


@node
class Object(Scalar):
    """A local value of a type of `csrc` (`ein_sum_state`, `ein_panels`), for a type of numbers; passed as a pointer or not."""

    kind: str
    name: str
    of: Type
    by_address: bool
    type: Type


# --- steps --------------------------------------------------------------------------------------------------------------


@node
class Loop(Step):
    """`body` for each position from `start` below `stop`, by `step`."""

    variable: Variable
    start: Scalar
    stop: Scalar
    step: Scalar
    body: tuple[Step, ...]


@node
class Let(Step):
    """A local value that never changes."""

    variable: Variable
    value: Scalar


@node
class Begin(Step):
    """A local value that changes, and what it starts as."""

    variable: Variable
    value: Scalar


@node
class Assign(Step):
    """A local value set anew."""

    variable: Variable
    value: Scalar


@node
class Local(Step):
    """A local array."""

    atoms = ("array",)
    array: Array


@node
class Make(Step):
    """A local value of a type of `csrc`, from a call, or zero without one."""

    object: Object
    value: Scalar | None


@node
class Store(Step):
    """An element of an array set."""

    atoms = ("array", "shape")
    array: Array
    shape: tuple[Extent, ...]
    subscripts: tuple[Scalar, ...]
    value: Scalar


@node
class Call(Step):
    """A call of a primitive for what it does."""

    function: Function


@node
class Attempt(Step):
    """A call of a primitive that gives 0 where it succeeds; where it does not, the kernel gives `status` and ends the call."""

    function: Function
    status: str


@node
class If(Step):
    """`body` where the condition holds."""

    condition: Scalar
    body: tuple[Step, ...]


# --- functions and the whole --------------------------------------------------------------------------------------------


@node
class Axis(Node):
    """A loop that may be split: its part runs from `first` below `last`; its length, of which a `unit` stays together."""

    first: Variable
    last: Variable
    length: Scalar
    unit: Scalar


@node
class Split(Node):
    """How threads share a kernel: along one of some axes, `each` parts a thread, or, where that is 0, a part for each unit.

    `shared` is a local array to which the parts write; `after` comes when all `parts` are done.
    """

    atoms = ("each", "shared")
    axes: tuple[Axis, ...]
    each: int
    shared: Array | None
    parts: Variable
    after: tuple[Step, ...]


@node
class Kernel(Node):
    """A function of arrays and extents; `written` is the one array that it fills, `spent` are those that it leaves in ruins.

    `extents` are the parameters, each under the name `names` gives it; `workspace` says whether it takes room for packing;
    `position` is a parameter of those that compute one position of a loop.
    """

    atoms = ("arrays", "written", "spent", "extents", "notes", "position")
    arrays: tuple[Array, ...]
    written: Array
    spent: tuple[Array, ...]
    extents: tuple[Extent, ...]
    workspace: bool
    notes: tuple[str, ...]
    body: tuple[Step, ...]
    position: Variable | None = None
    split: Split | None = None

    @property
    def status(self) -> str | None:
        """What it returns where it fails; None where it cannot."""
        return next((node.status for step in self.body for node in walk(step) if isinstance(node, Attempt)), None)


@node
class Run(Node):
    """A call of a kernel: its number, the tensors and extents it is given, and the definition that it computes.

    In a loop it is given its position too, and is called where all of `conditions` hold. In a strip it is given each tensor from
    the first element of the block on: `strides` are the numbers of one position of those that have more than one block. `work`
    is about how many picoseconds it takes, where it may be split.
    """

    atoms = ("extents", "work", "strides")
    kernel: int
    tensors: tuple[str, ...]
    extents: tuple[Extent, ...]
    note: str
    position: Scalar | None = None
    conditions: tuple[Scalar, ...] = ()
    work: Extent | None = None
    strides: tuple[Extent | None, ...] = ()


@node
class Repeat(Node):
    """A loop over runs, the first and one more than the last, for positions from `start` below `stop`, up by `by` or down."""

    variable: Variable
    start: int
    stop: Scalar
    forward: bool
    first: int
    end: int
    by: int = 1


@node
class Blocks(Node):
    """A loop over blocks of positions around runs, the first and one more than the last.

    A block has `size` positions of `total`, the last one perhaps fewer: as many as take `room` numbers at `each` a position.
    """

    atoms = ("total", "each")
    size: str
    total: Extent
    each: Extent
    room: int
    first: int
    end: int


@node
class Room(Node):
    """A part of the workspace: the elements and type of each different array in it."""

    atoms = ("contents",)
    contents: tuple[tuple[Extent, Type], ...]


@node
class Parameter(Node):
    """An array of the call. `key` is how runs know it; an output that is also an input has another key than the input."""

    key: str
    name: str
    type: Type


@node
class Program(Node):
    """The whole: what a call gives, what is computed first, what runs in order, and where each tensor is kept.

    Attributes:
        sizes: arguments, in order; fixed: sizes the program fixes; computed: sizes that follow from those, never negative.
        kept: slot of each tensor that is no input or output.
        refusals: after which run which whole number must be 0; else the call is refused.
        packing: for each sort of contraction what tells its room for packing, and for which extents; they share it.
        loops: in order; the runs of each compute one position, or `by` positions.
        blocks: in order; the runs of each compute a block of positions.
    """

    atoms = ("fixed", "computed", "kept", "packing", "refusals")
    name: str
    sizes: tuple[str, ...]
    fixed: tuple[tuple[str, int], ...]
    computed: tuple[Computed, ...]
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    rooms: tuple[Room, ...]
    kept: tuple[tuple[str, int, Type], ...]
    packing: tuple[tuple[str, tuple[Extent, ...]], ...]
    kernels: tuple[Kernel, ...]
    runs: tuple[Run, ...]
    refusals: tuple[tuple[int, str], ...]
    loops: tuple[Repeat, ...]
    blocks: tuple[Blocks, ...]
