"""Programs built: in go the stages of a program, out come the library with its kernel, or the files of an importable module."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from einlang import __version__
from einlang.call import Signature
from einlang.codegen import c
from einlang.codegen.c.timed import declaration, timed
from einlang.codegen.module.entry import declarations, entry, kernel_name
from einlang.codegen.names import spell
from einlang.dtypes import FLOATS
from einlang.later import Later
from einlang.resources import resource
from einlang.runtime.artefact import COPIED, check_module_name, write_files
from einlang.runtime.build import Built, Request, build
from einlang.runtime.engine import uses_c
from einlang.runtime.extension import Extension
from einlang.runtime.front import digest

if TYPE_CHECKING:
    from einlang import program as programs
    from einlang.codegen.module import module, stub
    from einlang.driver import Stages
else:
    module, stub = Later("einlang.codegen.module.module"), Later("einlang.codegen.module.stub")


def build_kernel(stages: Stages, dtype: str) -> Built:
    """The library with the kernel of a program for one float type. Raises BuildError."""
    found = stages.signature
    kernels, units = _separate({dtype: stages.c(dtype)}, found)
    return build(Request(kernels, entry(found, dtype), declarations(found, [dtype]), units=units))


class Clocked(NamedTuple):
    """A library of a program with a clock in it, and what tells the times."""

    extension: Extension
    name: str

    def seconds(self, count: int) -> list[float]:
        """The seconds of each run so far."""
        found: list[float] = self.extension.ffi.unpack(getattr(self.extension.lib, f"{self.name}_seconds")(), count)
        return found


def build_timed(stages: Stages, dtype: str) -> Clocked:
    """The library with a program's kernel for one float type that adds up the time of each run. Raises BuildError."""
    found = stages.signature
    name = kernel_name(found, dtype)
    kernels, units = _separate({dtype: timed(stages.c(dtype), name)}, found)
    entries, declared = f"{entry(found, dtype)}\n{declaration(name)}", f"{declarations(found, [dtype])}{declaration(name)}"
    return Clocked(build(Request(kernels, entries, declared, units=units)).extension, name)


_Texts = tuple[tuple[str, str], ...]


def _separate(texts: Mapping[str, str], found: Signature) -> tuple[_Texts, _Texts]:
    """The kernels by name, and the units that they need, from the C text for each float type."""
    parts = {dtype: c.separate(text, FLOATS[dtype]) for dtype, text in texts.items()}
    own = tuple((kernel_name(found, dtype), part.own) for dtype, part in parts.items())
    return own, tuple((f"unit_{FLOATS[dtype].suffix}", part.unit) for dtype, part in parts.items() if part.unit)


def write_module(program: programs.Program, directory: str | os.PathLike[str], name: str) -> list[Path]:
    """Write an importable module: `NAME.py`, `NAME.pyi`, and the library `_NAME.*.so`; the paths written.

    Raises CallError for a name that no module can have, BuildError where the library cannot be built, OSError.
    """
    check_module_name(name)
    stages, chosen, folder = program.stages, program.options, Path(directory)
    types = module.float_types(chosen.dtype)
    texts = {dtype: stages.c(dtype) for dtype in types}
    mark = f"ein_mark_{digest(json.dumps([texts, stages.signature]).encode())[:16]}"
    built = _module_library(stages, texts, mark, name) if uses_c(chosen.backend) else None
    checks = [resource(f"einlang/{path}").read_text(encoding="utf-8") for path in COPIED]
    facts = built.facts if built else None
    written = (stages.source, stages.numpy, stages.assumptions)
    parts = module.Parts(name, __version__, *written, checks, facts, mark, chosen.dtype, chosen.threads)
    files = {
        f"{name}.py": module.module_text(stages.signature, parts).encode(),
        f"{name}.pyi": stub.stub_text(stages.signature).encode(),
    }
    if built:
        files[built.facts["library"]] = (built.folder / built.facts["library"]).read_bytes()
    return write_files(folder, files)


def _module_library(stages: Stages, texts: Mapping[str, str], mark: str, name: str) -> Built:
    found = stages.signature
    entries = "\n".join([*(entry(found, dtype) for dtype in texts), f"int {mark}(void)\n{{\n    return 0;\n}}\n"])
    kernels, units = _separate(texts, found)
    declared = f"{declarations(found, list(texts))}int {mark}(void);\n"
    return build(Request(kernels, entries, declared, f"_{spell([name])[name]}", units))
