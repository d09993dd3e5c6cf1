"""Where the parts of a graph go: in go the sizes of vertices and wires between them, out come places at which nothing overlaps.

Vertices stand in layers, each below all that wires come to it from, as long paths demand; between two layers of vertices is one
of labels. A wire goes through all the layers between its ends, and has a slot of its own in each; within a layer slots are
ordered by the mean place of their neighbours, as often as that takes crossings away. A slot then goes as near to its
neighbours as the others of its layer let it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

SWEEPS, STIFFNESS, GAP_ACROSS, GAP_DOWN = 12, 8.0, 18.0, 26.0


class Size(NamedTuple):
    """Width and height."""

    width: float
    height: float


class Wire(NamedTuple):
    """From a vertex to a later one, with the size of its label."""

    source: int
    target: int
    label: Size


class Point(NamedTuple):
    """A place, from the left and from the top."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The centres of vertices and labels; pairs of ends of each wire's straight pieces, from its source on; the whole size."""

    vertices: tuple[Point, ...]
    labels: tuple[Point, ...]
    wires: tuple[tuple[Point, ...], ...]
    size: Size


class _Band(NamedTuple):
    """How far down a layer reaches."""

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True, eq=False)
class _Slot:
    """What takes up room in a layer: a vertex, a label, or a wire that passes."""

    size: Size
    above: list[_Slot] = field(default_factory=list)
    below: list[_Slot] = field(default_factory=list)
    place: int = 0
    x: float = 0.0


def layout(vertices: Sequence[Size], wires: Sequence[Wire]) -> Layout:
    """The places of a graph; a wire's source comes before its target."""
    slots = [_Slot(size) for size in vertices]
    depths = _depths(len(vertices), wires)
    layers: list[list[_Slot]] = [[] for _ in range(2 * max(depths, default=0) + 1)]
    for slot, depth in zip(slots, depths, strict=True):
        layers[2 * depth].append(slot)
    chains = [_chain(wire, slots, depths, layers) for wire in wires]
    _order(layers)
    _place(layers)
    bands = _bands(layers)
    right = max((slot.x + slot.size.width / 2 for slot in bands), default=0.0)
    return Layout(
        tuple(Point(slot.x, bands[slot].middle) for slot in slots),
        tuple(Point(chain[-2].x, bands[chain[-2]].middle) for chain in chains),
        tuple(tuple(_points(chain, bands)) for chain in chains),
        Size(right, max((band.bottom for band in bands.values()), default=0.0)),
    )


def _depths(count: int, wires: Sequence[Wire]) -> list[int]:
    """How far down each vertex stands; what nothing goes into stands just above the first that needs it."""
    depths = [0] * count
    for wire in sorted(wires, key=lambda wire: wire.target):
        depths[wire.target] = max(depths[wire.target], depths[wire.source] + 1)
    made = {wire.target for wire in wires}
    for vertex in (v for v in range(count) if v not in made):
        depths[vertex] = min((depths[wire.target] - 1 for wire in wires if wire.source == vertex), default=0)
    return depths


def _chain(wire: Wire, slots: Sequence[_Slot], depths: Sequence[int], layers: Sequence[list[_Slot]]) -> list[_Slot]:
    """The slots of a wire from end to end; its label is the last before its target."""
    first, last = 2 * depths[wire.source], 2 * depths[wire.target]
    chain = [slots[wire.source]]
    for level in range(first + 1, last):
        slot = _Slot(wire.label if level == last - 1 else Size(2.0, 0.0))
        layers[level].append(slot)
        chain.append(slot)
    chain.append(slots[wire.target])
    for upper, lower in pairwise(chain):
        upper.below.append(lower)
        lower.above.append(upper)
    return chain


# --- order within layers ------------------------------------------------------------------------------------------------------


def _order(layers: Sequence[list[_Slot]]) -> None:
    """Slots by the mean place of their neighbours above, then below, and so on; the order with the fewest crossings stays."""
    _number(layers)
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            layer.sort(key=lambda slot: _mean(slot, slot.above if down else slot.below))
            _number([layer])
        if (crossings := _crossings(layers)) < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for layer, order in zip(layers, best, strict=True):
        layer[:] = order
    _number(layers)


def _number(layers: Sequence[list[_Slot]]) -> None:
    for layer in layers:
        for place, slot in enumerate(layer):
            slot.place = place


def _mean(slot: _Slot, neighbours: Sequence[_Slot]) -> float:
    return sum(n.place for n in neighbours) / len(neighbours) if neighbours else slot.place


def _crossings(layers: Sequence[list[_Slot]]) -> int:
    """How many pairs of wires cross."""
    total = 0
    for layer in layers:
        seen: list[int] = []
        for slot in layer:
            for place in sorted((n.place for n in slot.below), reverse=True):
                total += len(seen) - bisect_left(seen, place + 1)
            for n in slot.below:
                insort(seen, n.place)
    return total


# --- places -------------------------------------------------------------------------------------------------------------------


def _place(layers: Sequence[list[_Slot]]) -> None:
    """Every slot as near as it can to the mean of its neighbours, from above and from below in turn."""
    for layer in layers:
        _settle(layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _settle(layer, [_wish(slot, slot.above if down else slot.below) for slot in layer])
    for layer in layers:
        _settle(layer, [_wish(slot, [*slot.above, *slot.below]) for slot in layer])
    left = min((slot.x - slot.size.width / 2 for layer in layers for slot in layer), default=0.0)
    for layer in layers:
        for slot in layer:
            slot.x -= left


def _wish(slot: _Slot, neighbours: Sequence[_Slot]) -> float:
    return sum(n.x for n in neighbours) / len(neighbours) if neighbours else slot.x


def _settle(layer: Sequence[_Slot], wishes: Sequence[float]) -> None:
    """The places nearest to the wishes (in the sum of squares, wires that pass counting more) that keep the order and the gaps.

    Less the room that those before it need, the places must not fall: runs of wishes that do fall get their mean.
    """
    widths = [(a.size.width + b.size.width) / 2 + GAP_ACROSS for a, b in pairwise(layer)]
    room = list(accumulate(widths, initial=0.0))[: len(layer)]
    runs: list[tuple[float, float, int]] = []
    for slot, wish, needed in zip(layer, wishes, room, strict=True):
        mean, weight, count = wish - needed, 1.0 if slot.size.height else STIFFNESS, 1
        while runs and runs[-1][0] > mean:
            before, other, number = runs.pop()
            mean, weight, count = (mean * weight + before * other) / (weight + other), weight + other, count + number
        runs.append((mean, weight, count))
    means = [mean for mean, _, count in runs for _ in range(count)]
    for slot, mean, needed in zip(layer, means, room, strict=True):
        slot.x = mean + needed


def _bands(layers: Sequence[Sequence[_Slot]]) -> dict[_Slot, _Band]:
    """The layer of each slot."""
    heights = [max((slot.size.height for slot in layer), default=0.0) for layer in layers]
    tops = accumulate((height + GAP_DOWN for height in heights), initial=0.0)
    bands = [_Band(top, top + height) for top, height in zip(tops, heights, strict=False)]
    return {slot: band for band, layer in zip(bands, layers, strict=True) for slot in layer}


def _points(chain: Sequence[_Slot], bands: dict[_Slot, _Band]) -> list[Point]:
    """The ends of the straight pieces of a wire: out of its source, through each layer, into its target."""
    first, last = chain[0], chain[-1]
    out, into = _port(first, first.below, chain[1]), _port(last, last.above, chain[-2])
    found = [Point(out, bands[first].middle + first.size.height / 2), Point(out, bands[first].bottom)]
    for slot in chain[1:-1]:
        found += [Point(slot.x, bands[slot].top), Point(slot.x, bands[slot].bottom)]
    return [*found, Point(into, bands[last].top), Point(into, bands[last].middle - last.size.height / 2)]


def _port(vertex: _Slot, neighbours: Sequence[_Slot], towards: _Slot) -> float:
    """Where a wire meets its vertex: the wires of one side spread along it, from left to right."""
    order = sorted(neighbours, key=lambda slot: slot.place)
    share = (order.index(towards) + 1) / (len(order) + 1)
    return vertex.x + (share - 0.5) * vertex.size.width * 0.8
