"""Files that `einlang compile` writes: in go names and contents, out come files that are whole or not there."""

from __future__ import annotations

import keyword
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from einlang.call import CallValueError

COPIED = (
    "call.py",
    "runtime/refused.py",
    "runtime/arguments.py",
    "runtime/threads.py",
    "runtime/native.py",
    "runtime/fallback.py",
    "runtime/extension.py",
)
"""The modules of Einlang whose texts are copied into a compiled module, in the order of what they import from each other."""


def check_module_name(name: str) -> None:
    """Raises CallError for a name that no module can have, or that would hide another module from the one that is written."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CallValueError(f"{name!r} cannot be the name of a module; give another with --name")
    if name in sys.stdlib_module_names or name in ("numpy", "cffi", "_cffi_backend"):
        raise CallValueError(f"{name!r} would hide the module of that name; give another with --name")


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, made if need be: all under temporary names, and then all renamed. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    mask = os.umask(0)
    os.umask(mask)
    written: list[tuple[Path, Path]] = []
    try:
        for name, data in files.items():
            descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            written.append((Path(temporary), folder / name))
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(temporary).chmod((0o777 if name.endswith(".so") else 0o666) & ~mask)
        for source, target in written:
            source.replace(target)
    finally:
        for source, _ in written:
            source.unlink(missing_ok=True)
    return [target for _, target in written]


def rewrite_file(path: Path, data: bytes) -> None:
    """Put other content into a file, which is whole at every moment and keeps its permissions. Raises OSError."""
    target = path.resolve()
    with target.open("r+b"):
        pass
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        shutil.copymode(target, temporary)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
