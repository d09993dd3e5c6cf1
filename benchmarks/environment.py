"""The process a benchmark runs in: in goes a number of threads, out comes a process bound to so many cores, peers set likewise.

`OPENBLAS_CORETYPE` and `OPENBLAS_L2_SIZE` are taken out before NumPy loads, since they may halve its speed. OpenBLAS's
threads otherwise stay awake for long after each call, and take the cores of whoever is measured next: they sleep at once.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

MARK = "EINLANG_BENCHMARK_THREADS"
HANDICAPS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
POOLS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "EINLANG_NUM_THREADS")
ASLEEP = {"OPENBLAS_THREAD_TIMEOUT": "4"}
"""NumPy's own time stays about the same (1 to 5 % for products of 1024 and of 512 rows on two cores)."""


def settle(threads: int) -> None:
    """Begin the process again with the variables that libraries read when they are loaded; returns in that process only."""
    if os.environ.get(MARK) == str(threads):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        return
    kept = {name: value for name, value in os.environ.items() if name not in HANDICAPS}
    pools = {**dict.fromkeys(POOLS, str(threads)), **ASLEEP}
    os.execve(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]], {**kept, **pools, MARK: str(threads)})


def machine() -> dict[str, str]:
    """What the figures were measured on: processor, cores, Python, and the kernels that NumPy's BLAS runs."""
    import numpy

    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "blas": f"{blas['name']} {blas['version']}, {_kernels()}",
    }


def _kernels() -> str:
    """The kernels that OpenBLAS chose for this processor, as NumPy's own copy of it says."""
    import ctypes

    import numpy

    folder = Path(numpy.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))
        for name in ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename"):
            if hasattr(library, name):
                function = getattr(library, name)
                function.restype = ctypes.c_char_p
                return f"{function().decode()} kernels"
    return "kernels unknown"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
