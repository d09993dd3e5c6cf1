"""Ranges that need no saying: in goes a body, out come the indices whose range the language finds by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from einlang.ir.extent import Extent, fixed
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Delta, Expr, Index, Stack, Target, Tensor, bound_indices
from einlang.ir.reaches import Reach, as_extent, range_within
from einlang.ir.safety import guarded_nodes
from einlang.tree import Node, walk


@dataclass(frozen=True, slots=True)
class Silent:
    """Axes that give no range to some indices: those of a recurrence within its own definitions.

    All axes of `own` are such; `axes` are those of others that nothing has said so far how long they are.
    """

    axes: Mapping[Tensor, Collection[int]] = field(default_factory=dict)
    own: Tensor | None = None
    indices: Collection[Index] = ()

    def on(self, tensor: Tensor, axis: int, *indices: Index) -> bool:
        """Whether an axis says nothing about one of the indices."""
        is_silent = tensor is self.own or axis in self.axes.get(tensor, ())
        return is_silent and any(index in self.indices for index in indices)


EVERY_AXIS = Silent()
"""No axis is silent."""


def found_ranges(body: Expr, computed: Collection[str] = (), silent: Silent = EVERY_AXIS) -> frozenset[Index]:
    """The indices that stand alone on axes, all as long as their range, share a δ with one that does, or stay in bounds.

    An axis in a branch that positions choose gives a range only where nothing else does. `computed` are the sizes that are
    said last.
    """
    guarded = guarded_nodes(body, lambda condition: not any(isinstance(node, Access) for node in walk(condition)))
    axes, chosen = _axes(body, guarded, False, silent), _axes(body, guarded, True, silent)
    deltas = [
        (d.left, d.right) for d in walk(body) if isinstance(d, Delta) and isinstance(d.left, Index) and isinstance(d.right, Index)
    ]
    unlike = {index for pair in deltas for index in pair if pair[0].extent is not pair[1].extent}
    found = {index for index, extents in axes.items() if extents == {index.extent}}
    given = (axes.keys() | _waiting(body, guarded, False, silent) | unlike) - found
    unlike |= _waiting(body, guarded, True, silent)
    last = [index for index, extents in chosen.items() if extents == {index.extent} and index not in unlike]
    reaches = list(_reaches(body, guarded, silent))
    while True:
        before = len(found)
        found = _within(_handed_on(found, given, deltas), given, reaches)
        if len(found) > before:
            continue
        if (index := next((i for i in last if i not in found and i not in given), None)) is not None:
            found.add(index)
        elif (said := next(_sayable(reaches, {*found, *given}, computed), None)) is not None:
            given = given | {said}
        else:
            return frozenset(found) - _unnamed(body)


def _unnamed(body: Expr) -> frozenset[Index]:
    """The indices of sums that stand alone as no subscript: what names them gives their range as well."""
    named = {subscript for node in walk(body) if isinstance(node, Access | Target | Delta | Stack) for subscript in node.children}
    return frozenset(index for node in walk(body) for index in bound_indices(node) if index not in named)


def alone(body: Expr) -> frozenset[Index]:
    """The indices that stand alone as a subscript."""
    return frozenset(subscript for node in walk(body) for subscript in _subscripts(node) if isinstance(subscript, Index))


def _subscripts(node: Node) -> Sequence[Expr]:
    match node:
        case Access(_, subscripts) | Target(_, subscripts):
            return subscripts
        case Delta(left, right):
            return (left, right)
        case Stack(_, position):
            return (position,)
        case _:
            return ()


def _axes(body: Expr, guarded: Collection[Node], chosen: bool, silent: Silent) -> dict[Index, set[Extent]]:
    """How long the axes are that each index stands on alone, in branches that positions choose or elsewhere."""
    axes: dict[Index, set[Extent]] = {}
    for node in walk(body):
        if (node in guarded) is not chosen:
            continue
        if isinstance(node, Access | Target):
            for axis, (subscript, extent) in enumerate(zip(node.subscripts, node.tensor.shape, strict=True)):
                if isinstance(subscript, Index) and not silent.on(node.tensor, axis, subscript):
                    axes.setdefault(subscript, set()).add(extent)
        elif isinstance(node, Stack) and isinstance(node.position, Index):
            axes.setdefault(node.position, set()).add(fixed(len(node.entries)))
    return axes


def _waiting(body: Expr, guarded: Collection[Node], chosen: bool, silent: Silent) -> set[Index]:
    """The indices that stand on an axis of another member: as long as that will be, whatever else they stand beside."""
    accesses = [node for node in walk(body) if isinstance(node, Access) and (node in guarded) is chosen]
    reads = [access for access in accesses if access.tensor is not silent.own]
    places = ((read.tensor, axis, subscript) for read in reads for axis, subscript in enumerate(read.subscripts))
    return {index for tensor, axis, index in places if isinstance(index, Index) and silent.on(tensor, axis, index)}


def _sayable(reaches: Sequence[Reach], known: Collection[Index], computed: Collection[str]) -> Iterator[Index]:
    """The indices in sums of multiples whose range is not known, those of computed sizes last."""
    unknown = [index for reach in reaches for index in reach.subscript.indices if index not in known]
    return iter(sorted(unknown, key=lambda index: any(size in computed for size in index.extent.sizes)))


def _reaches(body: Expr, guarded: Collection[Node], silent: Silent) -> Iterator[Reach]:
    """The accesses at sums of multiples of indices that no condition on positions guards."""
    for node in walk(body):
        if isinstance(node, Access) and node not in guarded:
            for axis, (subscript, extent) in enumerate(zip(node.subscripts, node.tensor.shape, strict=True)):
                found = None if isinstance(subscript, Index) else linear(subscript)
                if found is not None and not silent.on(node.tensor, axis, *found.indices):
                    yield Reach(found, extent)


def _within(found: set[Index], given: Collection[Index], reaches: Sequence[Reach]) -> set[Index]:
    """Indices that stand alone nowhere range as far as every access stays in bounds."""
    unknown = dict.fromkeys(i for reach in reaches for i in reach.subscript.indices if i not in found and i not in given)
    for index in list(unknown):
        bounds = range_within(index, reaches, unknown)
        if bounds and as_extent(bounds) is index.extent:
            found.add(index)
            del unknown[index]
    return found


def _handed_on(found: set[Index], given: set[Index], deltas: list[tuple[Index, Index]]) -> set[Index]:
    """δ hands the range of one index to another that has none; `given` are told theirs."""
    grows = True
    while grows:
        grows = False
        for pair in deltas:
            has, lacks = sorted(pair, key=lambda index: index not in found)
            if has in found and lacks not in found and lacks not in given and lacks.extent is has.extent:
                found.add(lacks)
                grows = True
    return found
