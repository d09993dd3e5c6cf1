"""Kernels as NumPy sees them: in go cffi's `ffi` and `lib` of an extension, out comes what runs it on arrays.

The text of this file is copied into the modules that `einlang compile` writes; it imports NumPy and `einlang.call` alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from einlang.call import FIRST_REFUSAL, CallError, CallValueError, RefusedError

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
    """The kernel of one float type: its entry and what tells its workspace, and the library, which would else be closed."""

    def __init__(self, ffi: Any, lib: Any, entry: str, kernel: str, real: str, space: Space) -> None:
        self.entry, self.workspace, self.space = getattr(lib, entry), getattr(lib, f"{kernel}_workspace"), space
        self.library = lib
        self.buffer = ffi.from_buffer
        self.types = {"f": ffi.typeof(f"{real}[]"), "i": ffi.typeof("int64_t[]")}

    @property
    def parts(self) -> tuple[Any, Any, Any, Any]:
        """What the straight way through a call uses."""
        return self.entry, self.buffer, self.types["f"], self.types["i"]

    def bound(self, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> Callable[[], int]:
        """The call on these very arrays, with a workspace of its own; it gives the kernel's status."""
        space = Space()
        space.grow(self.workspace(*sizes))
        call = partial(self.entry, *sizes, *self._pointers(inputs, results), *space.now)
        call.space = space  # type: ignore[attr-defined]
        return call

    def _pointers(self, inputs: Sequence[Any], results: Sequence[Any]) -> list[Any]:
        return [self.buffer(self.types[array.dtype.kind], array) for array in (*inputs, *results)]

    def run(self, sizes: Sequence[int], inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Compute into `results`. Raises CallError where the kernel says that it cannot."""
        pointers = self._pointers(inputs, results)
        status = self.entry(*sizes, *pointers, *self.space.now)
        if status == TOO_SMALL:
            self.space.grow(self.workspace(*sizes))
            status = self.entry(*sizes, *pointers, *self.space.now)
        if status:
            raise failure(status)


def failure(status: int) -> CallError:
    """The error for what an entry or a kernel returned."""
    if status >= FIRST_REFUSAL:
        return RefusedError(status - FIRST_REFUSAL)
    return (
        CallValueError(FAILURES[status])
        if status in FAILURES
        else CallError(f"the kernel refuses its arguments (status {status})")
    )
