"""Strips: in go definitions in order, out come the same with neighbours that share their first indices together, over a block.

Definitions whose arrays all begin with the same axes compute a block of positions of those axes one after the other, then the
next block: what they share stays in the cache, and what they alone read takes room for one block. The axes are merged into
one, whose extent is a size of its own, the positions of a block; its kernels are given arrays from the first of them on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from einlang.ir.extent import Extent, fixed, sized
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Access, Definition, Index, Reduce, Tensor
from einlang.plan.kernel import ROOM, Strip
from einlang.plan.merge import product
from einlang.plan.systems import is_system
from einlang.tree import Node, rewrite, walk

MOST_AXES = 3
MOST_BETWEEN = 8
"""Definitions between two of a strip, at most."""


class Stripped(NamedTuple):
    """Definitions in an order in which they can be computed, and the strip of each that is in one."""

    definitions: tuple[Definition, ...]
    strips: Mapping[Definition, Strip]


def strips(definitions: Sequence[Definition], alone: Collection[Tensor], outputs: Collection[Tensor]) -> Stripped:
    """The definitions with strips made of those that may be in one; `alone` are tensors that may not."""
    search = _Search.of(definitions, alone, outputs)
    waiting, done, found = list(definitions), list[Definition](), dict[Definition, Strip]()
    while waiting:
        group = search.best(waiting)
        if group is None:
            done.append(waiting.pop(0))
            continue
        strip, members = _strip(group, f"strip {len(set(found.values())) + 1}")
        found |= dict.fromkeys(members, strip)
        done += members
        taken = set(group.members)
        waiting = [definition for definition in waiting if definition not in taken]
    return Stripped(tuple(done), found)


@dataclass(slots=True)
class _Group:
    """Definitions that share their first indices, so far.

    Attributes:
        extents: of the axes that they share.
        carried: whether a tensor has these axes, for each that is read or defined.
        shared: what has these axes and is read by one and read or defined by another.
        kept: the tensors that are defined here and read elsewhere.
    """

    extents: tuple[Extent, ...]
    members: list[Definition]
    carried: dict[Tensor, bool]
    shared: tuple[Tensor, ...] = ()
    kept: frozenset[Tensor] = frozenset()

    @property
    def each(self) -> Extent:
        """The numbers of one position of what they share."""
        return sum((product(tensor.shape[len(self.extents) :]) for tensor in self.shared), fixed(0))

    @property
    def is_large(self) -> bool:
        """Whether what is shared may be too large for the cache."""
        total = (product(self.extents) * self.each).constant
        return bool(self.shared) and (total is None or total > ROOM)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is known of the definitions: what each reads, what reads each tensor, what may be in no strip, what is an output."""

    reads: Mapping[Definition, frozenset[Tensor]]
    readers: Mapping[Tensor, set[Tensor]]
    alone: Collection[Tensor]
    outputs: Collection[Tensor]
    known: dict[tuple[Definition, int], dict[Tensor, bool] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Sequence[Definition], alone: Collection[Tensor], outputs: Collection[Tensor]) -> _Search:
        reads = {d: frozenset(node.tensor for node in walk(d.body) if isinstance(node, Access)) for d in definitions}
        readers: dict[Tensor, set[Tensor]] = {}
        for definition, tensors in reads.items():
            for tensor in tensors:
                readers.setdefault(tensor, set()).add(definition.tensor)
        return cls(reads, readers, {*alone, *(d.tensor for d in definitions if is_system(d))}, outputs)

    def best(self, waiting: Sequence[Definition]) -> _Group | None:
        """The group of the first definition that shares most arrays, of those the one with most axes; None without use."""
        axes = range(1, min(MOST_AXES, len(waiting[0].indices)) + 1)
        found = [group for group in (self.group(waiting, number) for number in axes) if group.is_large]
        return max(reversed(found), key=lambda group: len(group.shared), default=None)

    def group(self, waiting: Sequence[Definition], axes: int) -> _Group:
        """Those of the waiting that may be computed together with the first, over its first axes."""
        group = _Group(tuple(index.extent for index in waiting[0].indices[:axes]), [], {})
        passed: set[Tensor] = set()
        between = 0
        for definition in waiting:
            if not self.reads[definition] & passed and self.takes(group, definition):
                between = 0
                continue
            if not group.members or between == MOST_BETWEEN:
                break
            passed.add(definition.tensor)
            between += 1
        touched = Counter(tensor for member in group.members for tensor in {*self.reads[member], member.tensor})
        group.shared = tuple(tensor for tensor, has in group.carried.items() if has and touched[tensor] > 1)
        names = {member.tensor for member in group.members}
        group.kept = frozenset(t for t in names if t in self.outputs or self.readers.get(t, set()) - names)
        return group

    def takes(self, group: _Group, definition: Definition) -> bool:
        """Whether a definition has the axes and reads every tensor as the others do; it is a member then."""
        run = definition.indices[: len(group.extents)]
        if definition.tensor in self.alone or tuple(index.extent for index in run) != group.extents:
            return False
        if (definition, len(run)) not in self.known:
            self.known[definition, len(run)] = _carried(definition, run)
        carried = self.known[definition, len(run)]
        if carried is None or any(group.carried.get(tensor, has) != has for tensor, has in carried.items()):
            return False
        group.carried |= {**carried, definition.tensor: True}
        group.members.append(definition)
        return True


def _carried(definition: Definition, run: tuple[Index, ...]) -> dict[Tensor, bool] | None:
    """Whether each tensor that is read has the indices of a run, in order, on its first axes; None where one has them elsewhere.

    None too where a matrix without them is multiplied: it would be laid out again for each block.
    """
    found: dict[Tensor, bool] = {}
    nodes = list(walk(definition.body))
    reduced = {index for node in nodes if isinstance(node, Reduce) for index in node.indices}
    for node in nodes:
        has = isinstance(node, Access) and _begins(node, run)
        if any(child in run for child in (node.children[len(run) :] if has else node.children)):
            return None
        if not isinstance(node, Access):
            continue
        matrix = len(node.subscripts) > 1 and any(index in reduced for index in free_indices(node))
        if found.setdefault(node.tensor, has) != has or (matrix and not has):
            return None
    return None if definition.body in run else found


def _begins(access: Access, run: tuple[Index, ...]) -> bool:
    """Whether the first axes of an access are those of a run."""
    shape = access.tensor.shape[: len(run)]
    return access.subscripts[: len(run)] == run and shape == tuple(index.extent for index in run)


def _strip(group: _Group, size: str) -> tuple[Strip, list[Definition]]:
    """A strip and its definitions, the shared axes merged into one of the positions of a block."""
    kept = frozenset(tensor.name for tensor in group.kept)
    strip = Strip(size, product(group.extents), group.each, kept)
    return strip, [_over_block(member, group, sized(size)) for member in group.members]


def _over_block(definition: Definition, group: _Group, block: Extent) -> Definition:
    axes = len(group.extents)
    run = definition.indices[:axes]
    index = Index("".join(one.name for one in run), block)

    def less(tensor: Tensor) -> Tensor:
        return replace(tensor, shape=(block, *tensor.shape[axes:]))

    def rule(node: Node) -> Node | None:
        if not isinstance(node, Access) or not group.carried[node.tensor]:
            return None
        return Access(less(node.tensor), (index, *node.subscripts[axes:]))

    return Definition(less(definition.tensor), (index, *definition.indices[axes:]), rewrite(definition.body, rule))
