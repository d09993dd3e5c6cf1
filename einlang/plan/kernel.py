"""What a plan is made of: kernels with the form chosen for each, where tensors are kept, and the plan of a whole program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from einlang.ir.extent import Extent
from einlang.ir.nodes import Access, Definition, Expr, Index, Reduce, Tensor
from einlang.ir.program import Computed, Program
from einlang.tree import walk

ROOM = 1 << 17
"""Numbers that kernels share block by block: so many stay in the second cache."""


@dataclass(frozen=True, slots=True)
class Map:
    """Every element by itself, `loops` from outer to inner."""

    loops: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Tiles:
    """Every element by itself, `loops` from outer to inner over blocks of rows and of columns, then those of a block.

    `symmetric` says whether exchanging rows and columns changes nothing, so that one triangle is computed.
    """

    loops: tuple[Index, ...]
    rows: Index
    columns: Index
    symmetric: bool = False


@dataclass(frozen=True, slots=True)
class Chunks:
    """A reduction for each position of `loops`, its values taken in chunks along the last of `reduced`, each summed by a tree."""

    loops: tuple[Index, ...]
    reduced: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Reductions side by side: `loops`, then blocks of `lane`, then `reduced`, then the lanes of a block."""

    loops: tuple[Index, ...]
    lane: Index
    reduced: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The first position of the largest or smallest element along `index`, for each position of `loops`."""

    loops: tuple[Index, ...]
    index: Index


@dataclass(frozen=True, slots=True)
class Contraction:
    """For each position of `loops` a matrix product: rows and columns of the result, one index summed.

    `left` carries rows and summed, `right` summed and columns, each as one axis; without rows it is the product of a vector
    and a matrix. `fused` says whether what is done to the sums is done block by block, or in a pass of its own; `symmetric`
    whether exchanging rows and columns changes nothing, so that one triangle is computed. In a row the left factor is zero before
    `since` and from `to` on, both counted from the row, and the result is not needed from the column `reach` on, likewise.
    """

    loops: tuple[Index, ...]
    rows: Index | None
    columns: Index
    summed: Index
    left: Access
    right: Access
    fused: bool
    symmetric: bool = False
    since: Extent | None = None
    to: Extent | None = None
    reach: Extent | None = None

    @property
    def result(self) -> tuple[Index, ...]:
        """Rows and columns."""
        return (*([self.rows] if self.rows else []), self.columns)


@dataclass(frozen=True, slots=True)
class Bundled:
    """For each position of `loops` a matrix product whose rows, columns and summed positions are those of several indices.

    `left` carries rows and summed, `right` summed and columns, with any strides; the last index of each bundle moves first.
    """

    loops: tuple[Index, ...]
    rows: tuple[Index, ...]
    columns: tuple[Index, ...]
    summed: tuple[Index, ...]
    left: Access
    right: Access


@dataclass(frozen=True, slots=True)
class Scatter:
    """Zeros, and then for each position of `outside` and of `inside` what `body` is, added where `position` is along `target`.

    `position` depends on no index of `inside`; what lies outside of the axis is left out. In `body` it is `target`.
    """

    outside: tuple[Index, ...]
    inside: tuple[Index, ...]
    target: Index
    position: Expr
    body: Expr


@dataclass(frozen=True, slots=True)
class System:
    """Linear equations solved by elimination, which overwrites the matrix, for each position of `loops`."""

    loops: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Determinant:
    """The logarithm of a determinant by elimination, which overwrites the matrix, for each position of `loops`."""

    loops: tuple[Index, ...]


Form = Map | Tiles | Chunks | Lanes | Search | Contraction | Scatter | System | Determinant | Bundled


@dataclass(frozen=True, slots=True)
class Loop:
    """Positions that are computed one after the other, up or down.

    `ends` are the lengths of the axes along which its kernels step, each with how far they are ahead of the position.
    """

    forward: bool
    ends: tuple[tuple[Extent, int], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """That a kernel computes one position of a loop.

    Attributes:
        loop: its number.
        index: stands at the position, `shift` ahead.
        conditions: of the index; where one does not hold, the kernel has nothing to do.
        filled: the names of the tensors that the loop fills.
        kept: the names of those that later positions read.
    """

    loop: int
    index: Index
    shift: int
    conditions: tuple[Expr, ...]
    filled: frozenset[str]
    kept: frozenset[str]

    def moves(self, expr: Expr) -> bool:
        """Whether an expression may be another at each position."""
        nodes = walk(expr)
        return any(node is self.index or (isinstance(node, Access) and node.tensor.name in self.filled) for node in nodes)


def loops_of(indices: tuple[Index, ...], step: Step | None) -> tuple[Index, ...]:
    """The indices over which a kernel loops itself."""
    return indices if step is None else tuple(index for index in indices if index is not step.index)


@dataclass(frozen=True, slots=True)
class Strip:
    """That neighbouring kernels run one after the other for a block of positions, then for the next block.

    Attributes:
        size: the name of the number of positions of a block, an extent of its kernels; the last block may have fewer.
        total: the positions in all.
        each: the numbers of what several of its kernels read or write, at one position.
        kept: the names of those of its tensors that are kept for all positions.
    """

    size: str
    total: Extent
    each: Extent
    kept: frozenset[str]

    def holds(self, tensor: Tensor) -> bool:
        """Whether a tensor has an axis of the positions of a block."""
        return any(self.size in extent.sizes for extent in tensor.shape)

    def whole(self, extent: Extent) -> Extent:
        """An extent for all positions."""
        return extent.substitute({self.size: self.total})

    @property
    def formula(self) -> str:
        """The positions of a block, for people."""
        return f"max(1, min({self.total.spell()}, {ROOM} / ({self.each.spell()})))"

    def positions(self, sizes: Mapping[str, int]) -> int:
        """The positions of a block for given sizes."""
        return max(1, min(self.total.evaluate(sizes), ROOM // max(1, self.each.evaluate(sizes))))


@dataclass(frozen=True, slots=True)
class Kernel:
    """One definition and the form in which it is computed.

    Attributes:
        source: the definition as the program has it, for reading.
        definition: the same with neighbouring indices merged where all accesses allow it.
        reduction: the one reduction in its body; what stands around it is the epilogue.
        reason: why this form and this order of loops.
        after: for a contraction that is not fused, the pass over its sums.
        step: where it computes one position of a loop.
        strip: where it computes a block of positions.
        turn: the rows of a matrix that the next kernel or the one before reads too, where the two take turns, block by block.
    """

    source: Definition
    definition: Definition
    reduction: Reduce | None
    form: Form
    reason: str
    after: Definition | None = None
    step: Step | None = None
    strip: Strip | None = None
    turn: Index | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the workspace: as many bytes as the largest of `contents` needs."""

    contents: tuple[tuple[Extent, str], ...]
    """Elements and kind of each different array kept here at some time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A program as kernels in order.

    Attributes:
        kernels: in the order in which they run.
        places: for each tensor that is defined, the number of its output or of its slot of the workspace.
        computed: sizes that are computed from others before anything runs, and never negative.
        loops: the kernels of each stand next to each other, as do those of a strip.
    """

    program: Program
    kernels: tuple[Kernel, ...]
    slots: tuple[Slot, ...]
    places: Mapping[str, Place]
    computed: tuple[Computed, ...]
    loops: tuple[Loop, ...]

    @property
    def strips(self) -> tuple[Strip, ...]:
        """Those of the kernels, in order."""
        return tuple(dict.fromkeys(kernel.strip for kernel in self.kernels if kernel.strip is not None))

    def sizes(self, given: Mapping[str, int]) -> dict[str, int]:
        """All sizes, those computed from the given ones too."""
        known = dict(given)
        for computed in self.computed:
            known[computed.size] = computed.value(known)
        return {**known, **{strip.size: strip.positions(known) for strip in self.strips}}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor is kept: the number of an output of the call, or of a slot of the workspace."""

    area: str
    number: int
