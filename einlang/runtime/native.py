"""Kernels as NumPy sees them: in go cffi's `ffi` and `lib` of an extension, out comes what runs it on arrays.

The text of this file is copied into the modules that `einlang compile` writes; it imports NumPy and what is copied before it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from einlang.call import FIRST_REFUSAL, CallError, CallValueError, RefusedError
from einlang.runtime.threads import TEAM

TOO_SMALL = -1
"""What an entry returns where the workspace is too small for it."""
FAILURES = {2: "a system of equations is singular"}
"""What went wrong, by the status that a kernel returns."""


class Space(threading.local):
    """The workspace of each thread: it grows as kernels need it, and is used again."""

    now = (0, 0)
    """Address, a multiple of 64, and bytes."""

    def grow(self, size: int) -> None:
        """Make it at least so many bytes large."""
        self.kept = np.empty(size + 64, np.uint8)
        start = self.kept.ctypes.data
        self.now = (start + -start % 64, size)


class Native:
    """The kernel of one float type: its entries and what tells its workspace, and the library, which would else be closed.

    `threads` is how many threads a call may use, 0 for as many as the process has.
    """

    def __init__(self, ffi: Any, lib: Any, entry: str, kernel: str, space: Space, threads: int) -> None:
        self.entry, self.workspace, self.space = getattr(lib, entry), getattr(lib, f"{kernel}_workspace"), space
        self.packed, self.library = getattr(lib, f"{kernel}_packed"), lib
        self.threads, self.team = threads, TEAM.join(lib)
        self.buffer, self.words = ffi.from_buffer, ffi.typeof("int64_t[]")
        self.known = np.array([*LAYOUT, self.team, threads], np.int64)
        address = self.known.ctypes.data
        self.parts = (self.entry, address) if _are_read(lib, address) else None
        """What the straight way through a call uses; None where this Python's objects cannot be read in place."""

    def bound(self, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> Callable[[], int]:
        """The call on these very arrays, with a workspace and a number of threads of its own; it gives the kernel's status."""
        space, threads = Space(), self.threads or TEAM.count
        space.grow(self.workspace(*sizes, threads))
        call = partial(self.packed, self._pack(sizes, inputs, results, space, threads))
        call.kept = (space, inputs, results)  # type: ignore[attr-defined]
        return call

    def _pack(self, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any], space: Space, threads: int) -> Any:
        addresses = (array.ctypes.data for array in (*inputs, *results))
        words = np.array([*sizes, *addresses, *space.now, self.team, threads], np.int64)
        return self.buffer(self.words, words)

    def run(self, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Compute into `results`. Raises CallError where the kernel says that it cannot."""
        while (status := self.packed(self._pack(sizes, inputs, results, self.space, self.threads))) == TOO_SMALL:
            self.space.grow(self.workspace(*sizes, self.threads or TEAM.count))
        if status:
            raise failure(status)


LAYOUT = (
    object.__basicsize__,
    tuple.__basicsize__,
    *map(id, (np.ndarray, float, np.dtype("float32"), np.dtype("float64"), np.dtype("int64"))),
)
"""How objects lie in memory, as `csrc/einlang_arrays.h` wants to know it."""


def _are_read(library: Any, address: int) -> bool:
    """Whether what a library reads of an array and a number is so; elsewhere than in CPython nothing says where objects are."""
    if sys.implementation.name != "cpython":
        return False
    shown = (np.empty((2, 3)), 0.5)
    return bool(library.ein_reads(id(shown), address, shown[0].ctypes.data))


def failure(status: int) -> CallError:
    """The error for what an entry or a kernel returned."""
    if status >= FIRST_REFUSAL:
        return RefusedError(status - FIRST_REFUSAL)
    return (
        CallValueError(FAILURES[status])
        if status in FAILURES
        else CallError(f"the kernel refuses its arguments (status {status})")
    )
