"""Small sizes: in goes a program, out come values for the sizes that its inputs leave open, all that it requires being true."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from einlang.ir.extent import Extent
from einlang.ir.indices import free_indices_of_all
from einlang.ir.program import Program

Sizes = dict[str, int]

LARGEST = (4,) * 20 + (8,) * 20 + (16,) * 20
"""The largest size of each try: accesses at fixed positions need some."""


def small_sizes(program: Program, generator: np.random.Generator) -> Iterator[Sizes]:
    """Choices of sizes: first unlike each other, from 2 on, then any from 1; one choice where all are fixed.

    Those for which a definition has no elements come only where there are no others: they show nothing.
    """
    empty, shows = [], False
    for sizes in _fitting(program, generator):
        if _leaves_empty(program, sizes):
            empty.append(sizes)
        else:
            shows = True
            yield sizes
    yield from () if shows else empty


def _leaves_empty(program: Program, sizes: Sizes) -> bool:
    return any(extent.evaluate(sizes) <= 0 for definition in program.definitions for extent in definition.tensor.shape)


def _fitting(program: Program, generator: np.random.Generator) -> Iterator[Sizes]:
    """Choices of sizes for which the program has a meaning."""
    names = program.given_sizes
    for attempt, largest in enumerate(LARGEST if names else LARGEST[:1]):
        unlike = [2 + number % 3 for number in range(len(names))]
        drawn = unlike if attempt == 0 else generator.integers(1, largest + 1, len(names))
        sizes = dict(program.sizes) | dict(zip(names, map(int, drawn), strict=True))
        if fits(program, sizes):
            yield sizes


def fits(program: Program, sizes: Mapping[str, int]) -> bool:
    """Whether the sizes are what the program requires, and no axis of an input has a negative length."""
    lengths = [extent.evaluate(sizes) for tensor in program.inputs for extent in tensor.shape]
    values = [(r.relation, r.left.evaluate(sizes), r.right.evaluate(sizes)) for r in program.requirements]
    return all(length >= 0 for length in lengths) and all(a == b if relation == "=" else a <= b for relation, a, b in values)


def shape(axes: tuple[Extent, ...], sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The lengths of axes."""
    return tuple(max(0, extent.evaluate(sizes)) for extent in axes)


def numbers_held(program: Program, sizes: Mapping[str, int]) -> float:
    """How many numbers the oracle holds in the largest array of each definition: an array has an axis for every index."""
    total = 0.0
    for definition in program.definitions:
        scopes = [definition.indices, *free_indices_of_all(definition.body).values()]
        total += max(math.prod(float(index.extent.evaluate(sizes)) for index in scope) for scope in scopes)
    return total
