"""Runs the corpus built with sanitizers; the process ends where one finds something."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unit.codegen.c.building import Built
from unit.codegen.c.corpus import CASES, LENGTHS, Case, arrays

from einlang.ir.interpret import bind_sizes

FLAGS = ["-O0", "-g0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-error", "-DEIN_INLINE=static inline"]
"""Functions stay functions: thousands of them copied into one expression compile for minutes with sanitizers."""


def build(case: Case) -> Built:
    """The case with sanitizers."""
    return Built(case.make(), "float32", Path(tempfile.mkdtemp()), FLAGS)


if __name__ == "__main__":
    os.environ.pop("LD_PRELOAD")
    with ThreadPoolExecutor(2) as pool:
        for case, built in zip(CASES, pool.map(build, CASES), strict=True):
            print(case.name, flush=True)
            for lengths in LENGTHS[:5]:
                data = arrays(built.program, lengths)
                try:
                    bind_sizes(built.program, data)
                except ValueError:  # no call may have these sizes
                    continue
                built(data)
    print("all ran")
