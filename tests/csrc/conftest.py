"""Builds C over the headers of `csrc` for tests."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

CSRC = Path(__file__).parents[2] / "csrc"
FLAGS = ["-std=gnu11", "-O2", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-fPIC", "-shared", f"-I{CSRC}"]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function"]


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """A function that builds a text with further flags and loads it; each is built once."""
    known: dict[tuple[str, tuple[str, ...]], ctypes.CDLL] = {}

    def load(text: str, *flags: str) -> ctypes.CDLL:
        if (text, flags) not in known:
            directory = tmp_path_factory.mktemp("csrc")
            (directory / "test.c").write_text(text)
            command = [shutil.which("gcc"), *FLAGS, *STRICT, *flags, directory / "test.c", "-o", directory / "test.so", "-lm"]
            subprocess.run(command, check=True)
            known[text, flags] = ctypes.CDLL(directory / "test.so")
        return known[text, flags]

    return load
