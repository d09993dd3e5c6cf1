"""The machine's own limits: in goes a number of threads, out come operations a second, and bytes a second, as measured now."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ELEMENTS = 1 << 24
"""Elements of the arrays that bandwidth is measured on, 128 MiB each."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Multiplications and additions a second by type; bytes a second, reading alone and reading and writing."""

    operations: dict[str, float]
    reading: float
    triad: float


def measure(threads: int) -> Peak:
    """The limits of so many cores together."""
    library = _library()
    operations = {name: _operations(library, kind, threads) for name, kind in (("float32", "float"), ("float64", "double"))}
    a, b, c = (np.ones(ELEMENTS) for _ in range(3))
    part = ELEMENTS // threads
    views = [[array[n * part :] for array in (a, b, c)] for n in range(threads)]
    triad = [partial(library.triad, part, *map(_address, view)) for view in views]
    reads = [partial(library.total, part, _address(view[0])) for view in views]
    return Peak(operations, 8 * ELEMENTS / _best(reads), 24 * ELEMENTS / _best(triad))


def _library() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "peak.so"
        source = Path(__file__).with_name("peak.c")
        flags = ["-O3", "-march=native", "-funroll-loops", "-fPIC", "-shared"]
        subprocess.run(["cc", *flags, str(source), "-o", str(made)], check=True)
        library = ctypes.CDLL(str(made))
    for kind in ("float", "double"):
        getattr(library, f"peak_{kind}").argtypes = [ctypes.c_int64]
        getattr(library, f"peak_{kind}").restype = getattr(ctypes, f"c_{kind}")
        getattr(library, f"operations_{kind}").restype = ctypes.c_int64
    library.triad.argtypes = [ctypes.c_int64, *[ctypes.c_void_p] * 3]
    library.total.argtypes = [ctypes.c_int64, ctypes.c_void_p]
    library.total.restype = ctypes.c_double
    return library


def _address(array: np.ndarray) -> int:
    return array.ctypes.data


def _operations(library: Any, kind: str, threads: int) -> float:
    steps = 2_000_000
    run = partial(getattr(library, f"peak_{kind}"), steps)
    return threads * steps * getattr(library, f"operations_{kind}")() / _best([run] * threads)


def _best(parts: list[Callable[[], Any]]) -> float:
    """The shortest of some times in which all parts, each in a thread, are done."""
    return min(_once(parts) for _ in range(7))


def _once(parts: list[Callable[[], Any]]) -> float:
    others = [threading.Thread(target=part) for part in parts[1:]]
    started = time.perf_counter()
    for other in others:
        other.start()
    parts[0]()
    for other in others:
        other.join()
    return time.perf_counter() - started
