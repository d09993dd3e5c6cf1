"""C text to a library: in go kernels in C and the declarations of their entries, out comes an entry of the cache.

cffi writes the C of the extension (API mode) where `Python.h` is there, else a few lines of Python that open a plain library
(ABI mode). The compiler is called directly: one call a file, all at once, and one to link. Units are C that does not depend on
a program; they are compiled once, and kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from einlang import __version__
from einlang.errors import BuildError
from einlang.runtime import cache
from einlang.runtime.extension import Extension, load, open_entry, processor
from einlang.runtime.toolchain import (
    FLAGS,
    HIDDEN,
    WISHED,
    Compiler,
    find_compiler,
    python_header,
    python_identity,
    without_compiler,
)

LIMIT = 600.0
"""Seconds that the compiler may take."""


class NoCompilerError(BuildError):
    """There is no C compiler."""

    def __init__(self, message: str) -> None:
        super().__init__((), message, "")
        self.args = (message,)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.output,)


class Request(NamedTuple):
    """What to build: C texts of kernels by name, the C of the entries, their declarations, the library's name, units by name."""

    kernels: tuple[tuple[str, str], ...]
    entries: str
    declarations: str
    library: str = ""
    units: tuple[tuple[str, str], ...] = ()

    def key(self, compiler: Compiler) -> str:
        """What tells this library from every other: texts, compiler, flags, processor, Python, cffi, Einlang."""
        import cffi

        mode = "api" if python_header() else "abi"
        return _digest(self, *_machine(compiler), python_identity(), cffi.__version__, __version__, mode)


def _machine(compiler: Compiler) -> tuple[Any, ...]:
    """What an object file depends on beside its text."""
    return compiler, _version(compiler), FLAGS, WISHED, processor()


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Built(NamedTuple):
    """An entry of the cache, loaded."""

    key: str
    folder: Path
    facts: dict[str, Any]
    extension: Extension


def build(request: Request) -> Built:
    """The library, from the cache or made now. Raises BuildError."""
    compiler = find_compiler()
    if compiler is None:
        raise NoCompilerError(without_compiler())
    key = request.key(compiler)
    return find(key) or _build(request, key, compiler)


def find(key: str) -> Built | None:
    """The entry of a key if it is there, whole, and can be loaded."""
    found = cache.find(key)
    extension = found and open_entry(*found)
    return Built(key, *found, extension) if found and extension else None


def _build(request: Request, key: str, compiler: Compiler) -> Built:
    """Make the library in the cache; where there is no room, in a private folder."""
    try:
        return _made(request, key, compiler)
    except OSError as error:
        if not cache.is_kept():
            raise BuildError(compiler.command, f"there is no place to build in: {error}", "(not kept)") from error
        cache.give_up(str(error))
    return _build(request, key, compiler)


def _made(request: Request, key: str, compiler: Compiler) -> Built:
    with cache.work_folder() as work:
        name = request.library or f"_ein_{key[:16]}"
        command, facts = _compile(request, work, name, key, compiler)
        sources = [f"{kernel}.c" for kernel in (*(kernel for kernel, _ in request.kernels), name)]
        try:
            extension = load(work, facts)
        except (ImportError, OSError, AttributeError) as error:
            raise BuildError(command, f"it made no library that can be loaded: {error}", _kept(work, sources[0], key)) from error
        kept = [facts["library"], *sources]
        return Built(key, cache.install(work, key, kept, facts), facts, extension)


def _write_wrapper(request: Request, work: Path, name: str) -> dict[str, Any]:
    """Write the C file of the extension; what is to be known when it is loaded."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(request.declarations)
    if python_header():
        ffi.set_source(name, request.entries, compiler_verbose=0)
        ffi.emit_c_code(str(work / f"{name}.c"))
        return {"mode": "api", "library": f"{name}.abi3.so", "processor": processor()}
    ffi.set_source(name, None, compiler_verbose=0)
    ffi.emit_python_code(str(work / f"{name}.py"))
    (work / f"{name}.c").write_text(request.entries, encoding="utf-8")
    python = (work / f"{name}.py").read_text(encoding="utf-8")
    return {"mode": "abi", "library": f"{name}.so", "processor": processor(), "python": python}


# --- units --------------------------------------------------------------------------------------------------------------


def _unit_key(text: str, compiler: Compiler) -> str:
    return _digest(text, *_machine(compiler))


def _kept_unit(text: str, compiler: Compiler) -> Path | None:
    """The object file of a unit that was compiled before."""
    found = cache.find(_unit_key(text, compiler), "units")
    return found and found[0] / "unit.o"


def _keep_unit(text: str, compiler: Compiler, object_file: Path) -> None:
    with suppress(OSError), cache.work_folder("units") as work:
        shutil.copyfile(object_file, work / "unit.o")
        cache.install(work, _unit_key(text, compiler), ["unit.o"], {})


# --- the compiler -------------------------------------------------------------------------------------------------------


def _compile(request: Request, work: Path, name: str, key: str, compiler: Compiler) -> tuple[list[str], dict[str, Any]]:
    """Compile all files at once and link them; the last command, and what is to be known of the library. Raises BuildError."""
    kept = {unit: _kept_unit(text, compiler) for unit, text in request.units}
    made = [(unit, text) for unit, text in request.units if kept[unit] is None]
    for file, text in (*request.kernels, *made):
        (work / f"{file}.c").write_text(text, encoding="utf-8")
    files = [file for file, _ in (*request.kernels, *made)]
    header = python_header()
    wished: tuple[str, ...] = WISHED
    refused = True
    while refused:
        options = [*compiler.command, *FLAGS, *wished, *([HIDDEN, f"-I{header}"] if header else [])]
        with _Running(work) as running:
            for file in files:
                running.start([*options, *_one_file(file)])
            facts = _write_wrapper(request, work, name)
            running.start([*options, "-O1", *_one_file(name)])
            failed = running.failure()
        remaining = tuple(flag for flag in wished if failed is None or flag.split("=")[0].lstrip("-") not in failed[1])
        wished, refused = remaining, remaining != wished
    objects = [f"{file}.c.o" for file in (*files, name)] + [str(path) for path in kept.values() if path]
    link = [*compiler.command, "-shared", *objects, "-o", facts["library"], "-lm", "-pthread"]
    if failed is None:
        with _Running(work) as running:
            running.start(link)
            failed = running.failure()
    if failed is not None:
        source = next((f"{file}.c" for file in (*files, name) if f"{file}.c" in failed[0]), f"{files[0]}.c")
        raise BuildError(failed[0], failed[1], _kept(work, source, key))
    for unit, text in made:
        _keep_unit(text, compiler, work / f"{unit}.c.o")
    return link, facts


def _one_file(file: str) -> list[str]:
    return ["-c", f"{file}.c", "-o", f"{file}.c.o"]


def _kept(work: Path, source: str, key: str) -> str:
    place = cache.keep_failed(work, key)
    return str(place / source) if place else "(not kept: there is no room for it)"


class _Running:
    """Commands that run at the same time in a folder; an exception ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[tuple[list[str], subprocess.Popen[bytes] | str]] = []

    def start(self, command: list[str]) -> None:
        """Start one more."""
        try:
            self.started.append((command, _start(command, self.folder)))
        except OSError as error:
            self.started.append((command, f"it cannot be run: {error}"))

    def failure(self) -> tuple[list[str], str] | None:
        """The first that failed, and what it printed, once all have ended."""
        ended = [(command, found if isinstance(found, str) else _output(found)) for command, found in self.started]
        return next(((command, output) for command, output in ended if output is not None), None)

    def __enter__(self) -> _Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, *further: object) -> None:
        for _, process in self.started if kind else []:
            if not isinstance(process, str):
                _end(process)


def _start(command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, so that all it starts can be ended with it."""
    return subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _output(process: subprocess.Popen[bytes]) -> str | None:
    """What a command printed if it failed; None if it did not."""
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"it was ended after {LIMIT:.0f} seconds"
    text = output.decode("utf-8", errors="replace").strip()
    if process.returncode < 0:
        return "\n".join(part for part in (text, f"it was killed by {_signal_name(-process.returncode)}") if part)
    return None if process.returncode == 0 else text or f"it ended with status {process.returncode} and printed nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_versions: dict[str, str] = {}


def _version(compiler: Compiler) -> str:
    """What the compiler says of itself, asked once a process."""
    if compiler.identity not in _versions:
        try:
            found = subprocess.run(
                [*compiler.command, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
            )
            _versions[compiler.identity] = found.stdout.decode("utf-8", errors="replace").strip()
        except (OSError, subprocess.TimeoutExpired):
            _versions[compiler.identity] = ""
    return _versions[compiler.identity]


def compiler_version() -> str:
    """The first line of what the compiler says of itself; '' where there is none or it says nothing."""
    compiler = find_compiler()
    return _version(compiler).partition("\n")[0] if compiler else ""
