"""`einlang doctor`: what works on this machine, as a table of findings, each with what is wrong and the cure."""

from __future__ import annotations

import math
import os
import platform
import shlex
import shutil
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import click

from einlang import __version__
from einlang.cli import console
from einlang.cli.cache import contents
from einlang.diagnostics.render import paint
from einlang.errors import BuildError
from einlang.runtime import cache, toolchain
from einlang.runtime.build import Request, build, compiler_version
from einlang.runtime.extension import processor
from einlang.runtime.threads import VARIABLE, usable

VARIABLES = ("EINLANG_CC", "EINLANG_NUM_THREADS", "EINLANG_CACHE_DIR", "EINLANG_BACKEND")
"""The variables of the environment that Einlang reads."""
OTHER_VARIABLES = ("CC", "XDG_CACHE_HOME", "NO_COLOR", "FORCE_COLOR")
INSTRUCTION_SETS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "asimd", "sve")
"""Features of processors that make kernels faster, as Linux names them."""

TRIAL = Request(
    kernels=(("ein_trial", "#include <math.h>\ndouble ein_trial(double x) { return exp(log(x)); }\n"),),
    entries="double ein_trial(double x);\n",
    declarations="double ein_trial(double x);\n",
)
"""The kernel that is built to see whether one can be built."""


class Finding(NamedTuple):
    """A line of the report: `note` is something that could be better, `wrong` keeps the C backend from working."""

    name: str
    value: str
    verdict: Literal["", "note", "wrong"] = ""
    problem: str = ""
    cure: str = ""


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Say what works on this machine, and what to do about what does not.

    Exit code 0 if programs can be compiled to C, else 1.
    """
    found = list(findings())
    console.result("\n".join(_lines(found)))
    context.exit(1 if any(finding.verdict == "wrong" for finding in found) else 0)


def findings() -> Iterator[Finding]:
    """Everything that is looked at, in the order of the report."""
    trial = _trial()
    works = trial.value.startswith("works")
    yield Finding("einlang", f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    yield _compiler()
    yield Finding("flags", " ".join((*toolchain.FLAGS, *toolchain.WISHED)))
    features = processor()
    yield Finding("instruction set", " ".join(name for name in INSTRUCTION_SETS if name in features) or platform.machine())
    yield _header()
    yield _cffi()
    yield _threads(os.environ)
    yield _cache()
    yield trial
    yield _backend(works, os.environ)
    yield from _environment(os.environ)


def _compiler() -> Finding:
    compiler = toolchain.find_compiler()
    if compiler is None:
        return Finding(
            "C compiler",
            "none",
            "wrong",
            toolchain.without_compiler(),
            "" if _chosen() is None else "unset EINLANG_CC, or correct it",
        )
    version = compiler_version()
    name = shlex.join(compiler.command)
    if not version:
        return Finding("C compiler", name, "note", "it does not tell its version")
    return Finding("C compiler", f"{name}: {version}")


def _chosen() -> str | None:
    return os.environ.get("EINLANG_CC", "").strip() or None


def _header() -> Finding:
    folder = toolchain.python_header()
    if folder is not None:
        return Finding("Python.h", str(folder))
    version = f"python3.{sys.version_info.minor}-dev"
    return Finding("Python.h", "none", "note", "calls of kernels are slower without it", f"install it (`apt install {version}`)")


def _cffi() -> Finding:
    try:
        import cffi
    except ImportError as error:
        return Finding("cffi", "none", "wrong", f"it cannot be imported: {error}", "`pip install cffi`")
    return Finding("cffi", cffi.__version__)


def _threads(environment: Mapping[str, str]) -> Finding:
    chosen = environment.get(VARIABLE) or ""
    if chosen and (not chosen.isdecimal() or int(chosen) < 1):
        return Finding("threads", chosen, "wrong", f"{VARIABLE} is a whole number from 1", "correct it, or unset it")
    why = f", as {VARIABLE} says" if chosen else ""
    return Finding("threads", f"{chosen or usable()}{why} (this process may use {usable()} processors of {os.cpu_count() or 1})")


def _cache() -> Finding:
    wanted = cache.wanted_root()
    if cache.is_off():
        return Finding("cache", "off", "note", "programs are compiled anew in every process", "unset EINLANG_CACHE_DIR")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            cache.folder("kernels")
        except OSError as error:
            return Finding(
                "cache", str(wanted), "wrong", f"there is no place to build in: {error}", "make room, or set EINLANG_CACHE_DIR"
            )
    if wanted is None or not cache.is_kept():
        problem, _, cure = str(caught[-1].message if caught else "it cannot be used").partition("; ")
        return Finding("cache", str(wanted or "none"), "note", problem, cure)
    free = shutil.disk_usage(wanted).free
    return Finding("cache", f"{wanted} ({contents(cache.listing())}; writable, {free / 1e9:.1f} GB free)")


def _trial() -> Finding:
    """Build a kernel anew, call it, and take it away again."""
    compiler, start = toolchain.find_compiler(), time.perf_counter()
    if compiler is None:
        return Finding("trial build", "not tried")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _remove(cache.find(TRIAL.key(compiler)))
        try:
            built = build(TRIAL)
        except (BuildError, ImportError, OSError) as error:
            return Finding(
                "trial build", "failed", "wrong", str(error), "see what the compiler says, or try another with EINLANG_CC"
            )
    value = built.extension.lib.ein_trial(6.0)
    _remove((built.folder, {}))
    if not math.isclose(value, 6.0):
        return Finding(
            "trial build", "failed", "wrong", f"exp(log(6)) came out as {value}", "try another compiler with EINLANG_CC"
        )
    return Finding("trial build", f"works ({built.facts['mode'].upper()} mode, {time.perf_counter() - start:.2f} s)")


def _remove(entry: tuple[Path, object] | None) -> None:
    if entry is not None:
        shutil.rmtree(entry[0], ignore_errors=True)


def _backend(works: bool, environment: Mapping[str, str]) -> Finding:
    chosen = environment.get("EINLANG_BACKEND", "auto") or "auto"
    if chosen not in ("auto", "c", "numpy"):
        return Finding(
            "backend", chosen, "wrong", f"there is no backend {chosen!r}", "set EINLANG_BACKEND to auto, c or numpy, or unset it"
        )
    auto = "C" if works else "NumPy"
    return Finding("backend", auto if chosen == "auto" else f"{chosen}, as EINLANG_BACKEND says (`auto` would be {auto})")


def _environment(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(environment):
        if name in VARIABLES or name in OTHER_VARIABLES:
            yield Finding(name, environment[name])
        elif name.startswith("EINLANG_"):
            yield Finding(name, environment[name], "note", "Einlang reads no such variable", f"it reads {', '.join(VARIABLES)}")


def _lines(found: list[Finding]) -> Iterator[str]:
    colour = console.wants_colour(sys.stdout)
    width = max(len(finding.name) for finding in found)
    for finding in found:
        yield f"{paint(finding.name.ljust(width), 'message', colour)}  {finding.value}"
        indent = " " * (width + 2)
        if finding.verdict:
            style = "error" if finding.verdict == "wrong" else "warning"
            problem = finding.problem.replace("\n", "\n" + indent)
            yield indent + paint(f"{finding.verdict}:", style, colour) + f" {problem}"
        if finding.cure:
            yield indent + paint("cure:", "help", colour) + f" {finding.cure}"
