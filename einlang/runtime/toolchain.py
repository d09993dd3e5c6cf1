"""The C compiler of this machine: in go PATH and the environment, out come the command, the flags, and what they depend on."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import NamedTuple

CANDIDATES = ("cc", "gcc", "clang")
"""Commands tried in this order after EINLANG_CC and CC."""

FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-w")
"""What every kernel is compiled with: no optimisation that assumes away NaN or infinity; a multiply and an add may fuse."""
HIDDEN = "-fvisibility=hidden"
"""The flag for extensions, whose functions Python finds through cffi's table; a plain library has to show them."""
WISHED = ("-march=native", "-fno-tree-pre")
"""Flags that are left out where a compiler refuses them: for the processor at hand; and against values kept for the branches of a
choice, which gcc does not make vectors of."""

CURE = "install one (`apt install gcc`, `dnf install gcc`, `xcode-select --install`), or set EINLANG_CC"


class Compiler(NamedTuple):
    """A compiler: the words of its command, and what tells one installation from another without running it."""

    command: tuple[str, ...]
    identity: str


def find_compiler() -> Compiler | None:
    """The first that is there of EINLANG_CC, CC, cc, gcc, clang; None where none is.

    What EINLANG_CC names is not passed over: if it is not there, there is no compiler.
    """
    chosen = os.environ.get("EINLANG_CC", "").strip()
    wishes = [chosen] if chosen else [os.environ.get("CC", "").strip(), *CANDIDATES]
    for words in (_words(wish) for wish in wishes):
        program = _found(words[0]) if words else None
        if program is not None:
            return Compiler((program, *words[1:]), _identity(program))
    return None


def _found(command: str) -> str | None:
    """The path of a command, as a shell finds it."""
    folders = [""] if os.path.dirname(command) else os.get_exec_path()  # noqa: PTH120 (speed)
    for place in (os.path.join(folder, command) for folder in folders):  # noqa: PTH118
        if os.path.isfile(place) and os.access(place, os.X_OK):  # noqa: PTH113
            return place
    return None


def _words(wish: str) -> list[str]:
    """The words of a command; a path that has spaces is one word."""
    try:
        return [wish] if Path(wish).is_file() else shlex.split(wish)
    except (ValueError, OSError):
        return [wish]


def _identity(program: str) -> str:
    """Path, size and time of change of the compiler's file."""
    try:
        real = Path(program).resolve()
        status = real.stat()
        return f"{real} {status.st_size} {status.st_mtime_ns}"
    except OSError:
        return program


def python_header() -> Path | None:
    """The folder that has `Python.h`, which cffi's API mode needs; None where it is not installed."""
    for key in ("include", "platinclude"):
        folder = Path(sysconfig.get_paths()[key])
        if (folder / "Python.h").is_file():
            return folder
    return None


def python_identity() -> str:
    """What an extension depends on of Python: its version, ABI and platform."""
    suffix = EXTENSION_SUFFIXES[0]
    return f"{sys.implementation.name} {sys.version} {getattr(sys, 'abiflags', '')} {suffix} {platform.machine()}"


def without_compiler() -> str:
    """What to say where there is none."""
    chosen = os.environ.get("EINLANG_CC", "").strip()
    return f"there is no C compiler {chosen!r}, which EINLANG_CC names" if chosen else f"there is no C compiler here; {CURE}"
