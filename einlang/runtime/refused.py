"""Why a kernel refused a call: in go a refusal and the arrays of the call, out comes an error that names the wrong element.

The text of this file is copied into the modules that `einlang compile` writes; it imports NumPy and `einlang.call` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from einlang.call import Axis, CallValueError, Refusal

Integers = np.ndarray[Any, np.dtype[Any]]


def refused(
    refusal: Refusal, arrays: Mapping[str, Integers], known: Mapping[str, int], ends: Callable[[], Iterable[Any]] = tuple
) -> CallValueError:
    """The position that is outside of its axis, and where it stands, if it is the element of an input.

    Of others `ends` gives the largest and the least that are outside, infinite where there is none, if that is known.
    """
    length = refusal.length.length(known)
    said = f"{refusal.text}, which has {length} positions"
    for where in _wrong(refusal, arrays, known, length):
        element = f"{refusal.subject}[{', '.join(map(str, where))}]" if where else refusal.subject
        return CallValueError(f"{said}, but {element} is {arrays[refusal.subject][where]}")
    found = next((str(int(end)) for end in ends() if np.isfinite(end)), "none of them")
    return CallValueError(f"{said}, but in this call it is {found}")


def _wrong(refusal: Refusal, arrays: Mapping[str, Integers], known: Mapping[str, int], length: int) -> Iterator[tuple[int, ...]]:
    """Where the elements stand that are no positions, one after the other."""
    if refusal.subject in arrays:
        every = arrays[refusal.subject]
        places = _places(refusal, every.shape, known)
        found = every[tuple(places)] if len(places) else every.reshape(1)
        for number in np.flatnonzero((found < 0) | (found >= length)):
            yield tuple(int(along[number]) for along in places)


def _places(refusal: Refusal, shape: tuple[int, ...], known: Mapping[str, int]) -> tuple[Integers, ...]:
    """Where the elements stand that a refusal speaks of: on each axis of their tensor, for one after the other."""
    ranges = [axis.length(known) for axis in refusal.ranges]
    steps = np.indices(ranges).reshape(len(ranges), prod(ranges))

    def values(form: tuple[Axis, ...]) -> Integers:
        *multiples, constant = (axis.value(known) for axis in form)
        found: Integers = np.full(steps.shape[1], constant, np.int64)
        for multiple, along in zip(multiples, steps, strict=True):
            found += multiple * along
        return found

    places = [values(subscript) for subscript in refusal.subscripts]
    chosen = np.ones(steps.shape[1], bool)
    for condition in refusal.conditions:
        chosen &= values(condition) >= 0
    for along, length in zip(places, shape, strict=True):
        chosen &= (along >= 0) & (along < length)
    return tuple(along[chosen] for along in places)
