"""Threads: in go the library that was loaded first and a number, out comes the pool that all kernels of the process are given.

The text of this file is copied into the modules that `einlang compile` writes; it imports `einlang.call` alone.
"""

from __future__ import annotations

import os
from typing import Any

from einlang.call import thread_count

VARIABLE = "EINLANG_NUM_THREADS"


def usable() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Team:
    """The pool, which is that of the first library that joins, and how many threads may work where a program does not say.

    `address` is where the pool is, 0 as long as there is none; `least` are the picoseconds from which on a kernel is split.
    """

    def __init__(self) -> None:
        self.address, self.least = 0, 20_000_000
        self.chosen: int | None = None
        self.library: Any = None

    @property
    def count(self) -> int:
        """How many threads may work: what was set, or EINLANG_NUM_THREADS, or as many as there are processors to use."""
        return self.chosen or thread_count(os.environ.get(VARIABLE) or None, VARIABLE) or usable()

    def join(self, library: Any) -> int:
        """The address of the pool, which is the library's if there was none."""
        if not self.address:
            self.library, self.address = library, library.ein_pool_address()
            self.set(self.chosen)
        return self.address

    def set(self, count: int | None, least: int | None = None) -> None:
        """Other numbers from now on."""
        self.chosen = count
        self.least = self.least if least is None else least
        if self.library is not None:
            self.library.ein_pool_set(self.count, self.least)


TEAM = Team()


def set_num_threads(count: int | None) -> None:
    """How many threads a call may use from now on, in this process, where its program does not say. Raises CallError.

    None is what EINLANG_NUM_THREADS says, or else as many as there are processors that this process may use.
    """
    TEAM.set(thread_count(count, "the number of threads"))
