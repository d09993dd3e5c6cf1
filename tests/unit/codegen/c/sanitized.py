"""Runs the corpus built with sanitizers; the process ends where one finds something."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unit.codegen.c.building import Built
from unit.codegen.c.corpus import CASES, LENGTHS, Case, arrays

from einlang.ir.interpret import bind_sizes

HUGE = ("deep",)
"""One expression of thousands of functions, all inline: with sanitizers it compiles for minutes, and reads as any map does."""
FLAGS = ["-O0", "-g0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-error"]


def build(case: Case) -> Built:
    """The case with sanitizers."""
    return Built(case.make(), "float32", Path(tempfile.mkdtemp()), FLAGS)


if __name__ == "__main__":
    os.environ.pop("LD_PRELOAD")
    with ThreadPoolExecutor(2) as pool:
        cases = [case for case in CASES if case.name not in HUGE]
        for case, built in zip(cases, pool.map(build, cases), strict=True):
            print(case.name, flush=True)
            for lengths in LENGTHS[:5]:
                data = arrays(built.program, lengths)
                try:
                    bind_sizes(built.program, data)
                except ValueError:  # no call may have these sizes
                    continue
                built(data)
    print("all ran")
