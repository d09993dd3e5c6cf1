"""Random arrays to call a random program with: odd lengths, axes of length 0 and 1, any strides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st
from property.pieces import Known, Sample

LENGTHS = st.sampled_from([3, 1, 2, 5, 7, 4, 0])
STRIDES = ("plain", "transposed", "reversed", "spaced", "offset")


def lengths(most: int = 7) -> st.SearchStrategy[dict[str, int]]:
    """A length for each named size."""
    length = LENGTHS.filter(lambda value: value <= most)
    return st.fixed_dictionaries({"n0": length, "n1": length, "n2": length})


def fill(known: Known, sizes: Mapping[str, int], generator: np.random.Generator) -> np.ndarray:
    """Elements between -2 and 2, or whole numbers from 0 to 3."""
    shape = [sizes.get(size, 3) for size in known.axes]
    if known.kind == "int":
        return generator.integers(0, 4, shape)
    return generator.uniform(-known.bound, known.bound, shape)


@st.composite
def arrays(draw: st.DrawFn, sample: Sample, most: int = 7, zero: bool = True) -> dict[str, np.ndarray]:
    """The inputs of a program, float64."""
    sizes = {name: length or int(not zero) for name, length in draw(lengths(most)).items()}
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return {known.name: fill(known, sizes, generator) for known in sample.inputs}


@st.composite
def with_nan(draw: st.DrawFn, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Copies, some of them with one element that is NaN."""
    copies = {name: array.copy() for name, array in values.items()}
    for array in copies.values():
        if array.dtype.kind == "f" and array.size and draw(st.booleans()):
            array.reshape(-1)[draw(st.integers(0, array.size - 1))] = np.nan
    return copies


@st.composite
def strided(draw: st.DrawFn, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same arrays laid out in memory in other ways."""
    return {name: relaid(array, draw(st.sampled_from(STRIDES))) for name, array in values.items()}


def relaid(array: np.ndarray, how: str) -> np.ndarray:
    """An equal array with other strides."""
    if array.ndim == 0:
        return array
    if how == "transposed":
        return np.ascontiguousarray(array.T).T
    if how == "reversed":
        return np.ascontiguousarray(np.flip(array))[(slice(None, None, -1),) * array.ndim]
    if how == "spaced":
        wide = np.zeros([2 * length + 1 for length in array.shape], array.dtype)
        view = wide[(slice(1, None, 2),) * array.ndim]
        view[...] = array
        return view
    if how == "offset":
        buffer = np.zeros(array.size + 1, array.dtype)
        buffer[1:] = array.reshape(-1)
        return buffer[1:].reshape(array.shape)
    return np.ascontiguousarray(array)
