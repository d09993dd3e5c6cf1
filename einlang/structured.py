"""Tensors that are mostly zero by structure: in go blocks and which axes must agree, out come all elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from einlang.call import Axis, axis_of

Array = np.ndarray[Any, np.dtype[Any]]


class Structured:
    """A tensor D that is a product of Kronecker deltas and a smaller tensor, the blocks.

        D[a0, a1, …] = δ[a_l, a_r] … · blocks[a_m, a_n, …]

    with one δ for each pair (l, r) of `deltas`, and (m, n, …) = `axes`. The Hessian of `(A[I,J] - U[I,K] V[J,K])^2` by U, of
    shape (n, k, n, k), is δ[a0, a2] times `2 V[J,a1] V[J,a3]`: it has the blocks of shape (k, k), `deltas` ((0, 2),) and
    `axes` (1, 3). Where each block differs, `axes` is (0, 1, 3), and there are n of them.

    Attributes:
        blocks: the array of the blocks, one axis for each of `axes`.
        deltas: pairs of axes of D; an element of D is zero unless both are at the same position, for every pair.
        axes: the axis of D that each axis of the blocks is.
        shape: of D.
    """

    __slots__ = ("axes", "blocks", "deltas", "shape")

    def __init__(self, blocks: Array, deltas: tuple[tuple[int, int], ...], axes: tuple[int, ...], shape: tuple[int, ...]) -> None:
        """Raises ValueError unless the blocks have the extents of the axes that they stand for."""
        if blocks.shape != tuple(shape[axis] for axis in axes):
            raise ValueError(f"blocks of shape {blocks.shape} do not fit axes {axes} of a tensor of shape {shape}")
        self.blocks, self.deltas, self.axes, self.shape = blocks, deltas, axes, shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.blocks.dtype

    def dense(self) -> Array:
        """The whole tensor as an array."""
        whole = np.zeros(self.shape, self.dtype)
        along = list(self._along())
        kept = list(dict.fromkeys(along))
        steps = [sum(step for step, axis in zip(whole.strides, along, strict=True) if axis == first) for first in kept]
        diagonal = as_strided(whole, [self.shape[axis] for axis in kept], steps)
        own = [along[axis] for axis in self.axes]
        spread = [np.newaxis if axis not in own else slice(None) for axis in kept]
        diagonal[...] = self.blocks.transpose(np.argsort([kept.index(axis) for axis in own]))[tuple(spread)]
        return whole

    def _along(self) -> Iterator[int]:
        """For each axis of the whole, the first axis that deltas tie it to."""
        first = list(range(len(self.shape)))
        for left, right in self.deltas:
            low, high = sorted((first[left], first[right]))
            first = [low if axis == high else axis for axis in first]
        yield from first

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("the dense array is made anew; it cannot be had without a copy")
        return self.dense() if dtype is None else self.dense().astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"Structured(shape={self.shape}, deltas={self.deltas}, axes={self.axes}, blocks of shape {self.blocks.shape})"


class Layout(NamedTuple):
    """How a result is made of blocks, before its sizes are known: `deltas`, `axes` and `shape` as a `Structured` has them."""

    deltas: tuple[tuple[int, int], ...]
    axes: tuple[int, ...]
    shape: tuple[Axis, ...]

    def of(self, blocks: Array, sizes: Mapping[str, int]) -> Structured:
        """The tensor of some blocks."""
        return Structured(blocks, self.deltas, self.axes, tuple(axis.length(sizes) for axis in self.shape))


def layout_of(deltas: Any, axes: Any, shape: Any) -> Layout:
    """The layout that was written as JSON."""
    return Layout(tuple((left, right) for left, right in deltas), tuple(axes), tuple(axis_of(*axis) for axis in shape))
