"""Loaded libraries: in go a folder and what is known of the library in it, out come cffi's `ffi` and `lib`.

cffi itself is not imported. The text of this file is copied into the modules that `einlang compile` writes.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Any, NamedTuple

_INSTRUCTIONS = re.compile("s?sse|avx|fma|f16c|bmi|abm|popcnt|movbe|lzcnt|adx|aes|vaes|v?pclmul|sha_|gfni|amx|cx16")
"""Names of processor features that a compiler makes use of, on x86."""

_KEPT: list[Any] = []
"""Code whose literals cffi goes on reading, though it holds no reference to them."""


class Extension(NamedTuple):
    """What cffi gives of a library: types and buffers, and its functions."""

    ffi: Any
    lib: Any


def load(folder: Path, facts: dict[str, Any]) -> Extension:
    """Load a library. Raises ImportError or OSError where that cannot be, or where it is made for another processor."""
    library = folder / facts["library"]
    missing = sorted(set(facts["processor"]) - set(processor()))
    if missing:
        raise ImportError(f"it is made for a processor that has {', '.join(missing)}")
    if facts["mode"] == "abi":
        names: dict[str, Any] = {}
        code = compile(facts["python"], "<cffi>", "exec")
        exec(code, names)
        _KEPT.append(code)
        return Extension(names["ffi"], names["ffi"].dlopen(str(library), os.RTLD_NOW | getattr(os, "RTLD_NODELETE", 0)))
    name = library.name.partition(".")[0]
    loader = ExtensionFileLoader(name, str(library))
    spec = importlib.util.spec_from_file_location(name, library, loader=loader)
    if spec is None:
        raise ImportError(f"{library} is no extension")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return Extension(module.ffi, module.lib)


def open_entry(folder: Path, facts: dict[str, Any]) -> Extension | None:
    """The library, or None where it cannot be loaded."""
    try:
        return load(folder, facts)
    except (ImportError, OSError, AttributeError, KeyError):
        return None


def processor() -> tuple[str, ...]:
    """The features of the processor that matter to compiled code, sorted, as Linux names them; else the processor's name."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() in ("flags", "Features"):
                    x86 = name.strip() == "flags"
                    return tuple(sorted(word for word in value.split() if not x86 or _INSTRUCTIONS.match(word)))
    except OSError:
        pass
    return (platform.processor() or platform.machine(),)
