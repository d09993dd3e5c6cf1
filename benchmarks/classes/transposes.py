"""Permutations of axes, HPTT's; in goes nothing, out come problems."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.classes.contractions import program
from benchmarks.problem import Class, Problem, mean_ratio

BYTES = 32 << 20
"""What the operand may take."""


def problems() -> Iterator[Problem]:
    """The transposes, the longest axis shortened until the operand takes 32 MiB."""
    with (Path(__file__).parent.parent / "data" / "hptt_transposes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            axes, sizes = ([int(word) for word in row[name].split()] for name in ("perm_col_major", "size_col_major"))
            last = len(axes) - 1
            for dtype in ("float32", "float64"):
                shape = _scaled(sizes[::-1], BYTES // np.dtype(dtype).itemsize)
                yield transpose(shape, [last - axis for axis in reversed(axes)], dtype)


def _scaled(shape: Sequence[int], room: int) -> list[int]:
    found = list(shape)
    while math.prod(found) > room:
        longest = found.index(max(found))
        found[longest] = found[longest] * 15 // 16
    return found


def transpose(shape: Sequence[int], axes: Sequence[int], dtype: str) -> Problem:
    """A permutation of the axes of an array, as NumPy numbers them."""
    letters = "abcdefgh"[: len(shape)]
    formula = f"{letters}->{''.join(letters[axis] for axis in axes)}"
    array = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(program(formula), {"T0": array}),
        numpy=lambda: lambda: np.ascontiguousarray(array.transpose(axes)),
        torch=lambda: peers.torch_run(lambda given: given.permute(*axes).contiguous(), [array]),
        jax=lambda: peers.jax_run(lambda given: given.transpose(axes), [array]),
    )
    return Problem(f"{formula} {'x'.join(map(str, shape))} {dtype}", runs, dtype, bytes=2.0 * array.nbytes)


CLASSES = (Class("transposes", "Permutations of axes", problems, (mean_ratio(1.0), mean_ratio(1.5, "numpy"))),)
