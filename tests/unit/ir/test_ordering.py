"""Orders of contraction: the best against all trees of pairs, the greedy within reason."""

import random
from itertools import combinations

import pytest

from einlang.ir.extent import sized
from einlang.ir.nodes import Index
from einlang.ir.ordering import EXACT, TYPICAL_SIZE, at_once_cost, contraction_order, order_cost, typical

LETTERS = "abcdef"
INDICES = {letter: Index(letter, sized(letter)) for letter in LETTERS}
SIZES = dict(zip(LETTERS, (2, 3, 5, 7, 11, 13), strict=True))


def network(text: str) -> tuple[list[list[Index]], list[Index]]:
    operands, kept = text.split("->")
    return [[INDICES[letter] for letter in operand] for operand in operands.split(",")], [INDICES[letter] for letter in kept]


def all_orders(count: int):
    """Every sequence of pairs."""

    def grow(alive: tuple[int, ...], following: int):
        if len(alive) == 1:
            yield []
        for first, second in combinations(alive, 2):
            rest = tuple(operand for operand in alive if operand not in (first, second))
            for order in grow((*rest, following), following + 1):
                yield [(first, second), *order]

    yield from grow(tuple(range(count)), count)


@pytest.mark.parametrize(
    "text", ["ab,bc,cd->ad", "ab,b,a->", "ab,cb,db->acd", "abc,bd,ce,def->af", "ab,bc,ca,ad->d", "a,b,c,d->abcd"]
)
def test_the_best_order_is_the_best_of_all(text: str) -> None:
    operands, kept = network(text)
    best = min(order_cost(operands, kept, order, SIZES) for order in all_orders(len(operands)))
    assert order_cost(operands, kept, contraction_order(operands, kept, SIZES), SIZES) == best


@pytest.mark.parametrize("seed", range(20))
def test_random_networks(seed: int) -> None:
    chance = random.Random(seed)
    operands = [[INDICES[letter] for letter in chance.sample(LETTERS, chance.randint(1, 3))] for _ in range(4)]
    carried = list(dict.fromkeys(index for operand in operands for index in operand))
    kept = chance.sample(carried, chance.randint(0, len(carried)))
    best = min(order_cost(operands, kept, order, SIZES) for order in all_orders(4))
    assert order_cost(operands, kept, contraction_order(operands, kept, SIZES), SIZES) == best


def test_long_chains_are_contracted_pair_by_pair() -> None:
    """Above the exact limit the greedy order of a chain of equal matrices is as good as any."""
    count = EXACT + 12
    indices = [Index(f"i{m}", sized("n")) for m in range(count + 1)]
    operands = [[indices[m], indices[m + 1]] for m in range(count)]
    kept = [indices[0], indices[-1]]
    order = contraction_order(operands, kept, {"n": 10})
    assert len(order) == count - 1
    assert order_cost(operands, kept, order, {"n": 10}) == (count - 1) * 10**3


def test_an_operand_alone_needs_no_order() -> None:
    assert contraction_order([[INDICES["a"]]], [], {}) == []
    assert contraction_order([], [], {}) == []


def test_sizes_that_are_not_known_count_as_typical() -> None:
    assert typical(sized("a"), {}) == TYPICAL_SIZE
    assert typical(sized("a") * 2, {"a": 3}) == 6
    assert typical(sized("a"), {"a": 0}) == 1


def test_the_cost_of_all_at_once() -> None:
    operands, _ = network("ab,bc,c->a")
    assert at_once_cost(operands, SIZES) == 2 * 2 * 3 * 5
