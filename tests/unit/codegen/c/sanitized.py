"""Runs the corpus built with sanitizers; the process ends where one finds something."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unit.codegen.c.building import Built
from unit.codegen.c.corpus import CASES, LENGTHS, Case, arrays

FLAGS = ["-O0", "-g0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-error"]


def build(case: Case) -> Built:
    """The case with sanitizers."""
    return Built(case.make(), "float32", Path(tempfile.mkdtemp()), FLAGS)


if __name__ == "__main__":
    os.environ.pop("LD_PRELOAD")
    with ThreadPoolExecutor(2) as pool:
        for case, built in zip(CASES, pool.map(build, CASES), strict=True):
            print(case.name, flush=True)
            for lengths in LENGTHS[:5]:
                built(arrays(built.program, lengths))
    print("all ran")
