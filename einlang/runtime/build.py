"""C text to a library: in go kernels in C and the declarations of their entries, out comes an entry of the cache.

cffi writes the C of the extension (API mode) where `Python.h` is there, else a few lines of Python that open a plain library
(ABI mode). The compiler is called directly: one call a file, all at once, and one to link.
"""

from __future__ import annotations

import hashlib
import json
import os
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
    NATIVE,
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
    """What to build: the C texts of the kernels by name, the C of the entries, their declarations, and the library's name."""

    kernels: tuple[tuple[str, str], ...]
    entries: str
    declarations: str
    library: str = ""

    def key(self, compiler: Compiler) -> str:
        """What tells this library from every other: texts, compiler, flags, processor, Python, cffi, Einlang."""
        import cffi

        mode = "api" if python_header() else "abi"
        parts = [self, compiler, _version(compiler), FLAGS, NATIVE, processor(), python_identity()]
        return hashlib.sha256(json.dumps([*parts, cffi.__version__, __version__, mode]).encode()).hexdigest()


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
        sources, facts = _write_sources(request, work, name)
        command = _compile(sources, facts["library"], work, key, compiler)
        try:
            extension = load(work, facts)
        except (ImportError, OSError, AttributeError) as error:
            raise BuildError(command, f"it made no library that can be loaded: {error}", _kept(work, sources[0], key)) from error
        kept = [facts["library"], *sources]
        return Built(key, cache.install(work, key, kept, facts), facts, extension)


def _write_sources(request: Request, work: Path, name: str) -> tuple[list[str], dict[str, Any]]:
    """Write the C files; their names, and what is to be known when the library is loaded."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(request.declarations)
    for kernel, text in request.kernels:
        (work / f"{kernel}.c").write_text(text, encoding="utf-8")
    sources = [f"{kernel}.c" for kernel, _ in request.kernels]
    if python_header():
        ffi.set_source(name, request.entries, compiler_verbose=0)
        ffi.emit_c_code(str(work / f"{name}.c"))
        return [*sources, f"{name}.c"], {"mode": "api", "library": f"{name}.abi3.so", "processor": processor()}
    ffi.set_source(name, None, compiler_verbose=0)
    ffi.emit_python_code(str(work / f"{name}.py"))
    (work / f"{name}.c").write_text(request.entries, encoding="utf-8")
    python = (work / f"{name}.py").read_text(encoding="utf-8")
    return [*sources, f"{name}.c"], {"mode": "abi", "library": f"{name}.so", "processor": processor(), "python": python}


# --- the compiler -------------------------------------------------------------------------------------------------------


def _compile(sources: Sequence[str], library: str, work: Path, key: str, compiler: Compiler) -> list[str]:
    """Compile all files at once and link them; the last command. Raises BuildError."""
    header = python_header()
    include = [HIDDEN, f"-I{header}"] if header else []
    for native in ([NATIVE], []):
        commands = [[*compiler.command, *FLAGS, *native, *include, "-c", source, "-o", f"{source}.o"] for source in sources]
        commands[-1].insert(-4, "-O1")
        failed = _run(commands, work)
        if failed is None or not (native and "march" in failed[1]):
            break
    link = [*compiler.command, "-shared", *(f"{source}.o" for source in sources), "-o", library, "-lm"]
    failed = failed or _run([link], work)
    if failed is not None:
        source = next((source for source in sources if source in failed[0]), sources[0])
        raise BuildError(failed[0], failed[1], _kept(work, source, key))
    return link


def _kept(work: Path, source: str, key: str) -> str:
    place = cache.keep_failed(work, key)
    return str(place / source) if place else "(not kept: there is no room for it)"


def _run(commands: Sequence[list[str]], folder: Path) -> tuple[list[str], str] | None:
    """Run commands at the same time; the first that failed, and what it printed."""
    started: list[subprocess.Popen[bytes] | str] = []
    for command in commands:
        try:
            started.append(_start(command, folder))
        except OSError as error:
            started.append(f"it cannot be run: {error}")
    try:
        ended = [process if isinstance(process, str) else _output(process) for process in started]
    except BaseException:
        for process in started:
            if not isinstance(process, str):
                _end(process)
        raise
    return next(((command, output) for command, output in zip(commands, ended, strict=True) if output is not None), None)


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
