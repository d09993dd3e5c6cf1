"""The order of a contraction: in go the indices of its operands and what they range over, out come pairs to contract.

The cost of contracting two operands is one operation for each position of all their indices. Up to `EXACT` operands the
order is the best one (dynamic programming over subsets), above it is greedy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from einlang.ir.extent import Extent
from einlang.ir.nodes import Index

EXACT = 8
"""Up to so many operands the best order is found."""
TYPICAL_SIZE = 128
"""What a size counts as that the program does not fix."""

Pair = tuple[int, int]


def typical(extent: Extent, sizes: Mapping[str, int]) -> int:
    """The extent as a number, sizes that are not known counting as `TYPICAL_SIZE`."""
    return max(1, extent.evaluate({**dict.fromkeys(extent.sizes, TYPICAL_SIZE), **sizes}))


def contraction_order(operands: Sequence[Sequence[Index]], kept: Sequence[Index], sizes: Mapping[str, int]) -> list[Pair]:
    """Pairs of operands to contract, in order; each result is appended to the list of operands and counted on.

    `kept` are the indices of the result; an index is summed as soon as no other operand carries it.
    """
    network = _Network.of(operands, kept, sizes)
    if len(operands) < 2:
        return []
    return network.best() if len(operands) <= EXACT else network.greedy()


def order_cost(
    operands: Sequence[Sequence[Index]], kept: Sequence[Index], pairs: Sequence[Pair], sizes: Mapping[str, int]
) -> int:
    """The operations of contracting in a given order."""
    network = _Network.of(operands, kept, sizes)
    alive, cost = dict(enumerate(network.operands)), 0
    for result, (first, second) in enumerate(pairs, len(operands)):
        cost += network.volume(alive[first] | alive[second])
        alive[result] = network.result(alive, first, second)
        del alive[first], alive[second]
    return cost


def at_once_cost(operands: Sequence[Sequence[Index]], sizes: Mapping[str, int]) -> int:
    """The operations of multiplying all operands at each position of all indices."""
    network = _Network.of(operands, (), sizes)
    return (len(operands) - 1) * network.volume((1 << len(network.lengths)) - 1)


@dataclass(frozen=True, slots=True)
class _Network:
    """Operands as sets of bits, a bit for each index."""

    operands: tuple[int, ...]
    kept: int
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, operands: Sequence[Sequence[Index]], kept: Sequence[Index], sizes: Mapping[str, int]) -> _Network:
        bits = {index: n for n, index in enumerate(dict.fromkeys(i for group in (*operands, kept) for i in group))}
        masks = [sum(1 << bits[index] for index in dict.fromkeys(group)) for group in (*operands, kept)]
        return cls(tuple(masks[:-1]), masks[-1], tuple(typical(index.extent, sizes) for index in bits))

    def volume(self, indices: int) -> int:
        """The number of positions of a set of indices."""
        product = 1
        for bit, length in enumerate(self.lengths):
            if indices >> bit & 1:
                product *= length
        return product

    def best(self) -> list[Pair]:
        """The cheapest order, over all trees of pairs."""
        everything = (1 << len(self.operands)) - 1
        carried = [self._carried(subset) for subset in range(everything + 1)]
        results = [carried[s] & (carried[everything & ~s] | self.kept) for s in range(everything + 1)]
        for position, indices in enumerate(self.operands):
            results[1 << position] = indices
        cost, split = [0] * (everything + 1), [0] * (everything + 1)
        for subset in range(1, everything + 1):
            choices = [
                (cost[part] + cost[subset & ~part] + self.volume(results[part] | results[subset & ~part]), part)
                for part in _halves(subset)
            ]
            if choices:
                cost[subset], split[subset] = min(choices)
        return self._pairs(everything, split)

    def _carried(self, subset: int) -> int:
        union = 0
        for position, indices in enumerate(self.operands):
            if subset >> position & 1:
                union |= indices
        return union

    def _pairs(self, everything: int, split: Sequence[int]) -> list[Pair]:
        """The tree of splits as pairs, inner ones first."""
        pairs: list[Pair] = []
        places = {1 << n: n for n in range(len(self.operands))}
        stack = [everything]
        while stack:
            subset = stack.pop()
            halves = (split[subset], subset & ~split[subset])
            missing = [half for half in halves if half not in places]
            if subset in places:
                continue
            if missing:
                stack += [subset, *reversed(missing)]
            else:
                places[subset] = len(self.operands) + len(pairs)
                first, second = sorted(places[half] for half in halves)
                pairs.append((first, second))
        return pairs

    def greedy(self) -> list[Pair]:
        """Always the pair whose result is smallest beside its operands, the cheaper one where that ties."""
        alive = dict(enumerate(self.operands))
        pairs: list[Pair] = []
        while len(alive) > 1:
            _, _, first, second = min(self._choice(alive, a, b) for n, a in enumerate(alive) for b in list(alive)[n + 1 :])
            alive[len(self.operands) + len(pairs)] = self.result(alive, first, second)
            del alive[first], alive[second]
            pairs.append((first, second))
        return pairs

    def _choice(self, alive: Mapping[int, int], a: int, b: int) -> tuple[int, int, int, int]:
        growth = self.volume(self.result(alive, a, b)) - self.volume(alive[a]) - self.volume(alive[b])
        return growth, self.volume(alive[a] | alive[b]), a, b

    def result(self, alive: Mapping[int, int], a: int, b: int) -> int:
        """The indices of a pair's result: those that something else carries."""
        elsewhere = self.kept
        for position, indices in alive.items():
            if position not in (a, b):
                elsewhere |= indices
        return (alive[a] | alive[b]) & elsewhere


def _halves(subset: int) -> list[int]:
    """The parts of a set that hold its lowest element, the whole set left out."""
    lowest = subset & -subset
    rest = subset & ~lowest
    parts = []
    part = rest
    while part:
        part = (part - 1) & rest
        parts.append(part | lowest)
    return parts
