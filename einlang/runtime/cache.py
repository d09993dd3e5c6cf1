"""The cache on disk: in go keys, out come folders of built kernels and records of programs; no locks, nothing half written.

What is written gets a temporary name in the same folder and is then renamed, so that an entry is whole or not there. Entries
carry digests; one that is damaged counts as missing and is replaced. Where the cache cannot be used, a private folder that
lasts as long as the process takes its place, with one warning.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import stat
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from einlang.later import Later

if TYPE_CHECKING:
    import shutil
    import tempfile
else:
    shutil, tempfile = Later("shutil"), Later("tempfile")

KINDS = ("kernels", "units", "programs", "tables", "failed")
"""Folders of the cache: built kernels, what many of them share, records of programs, tables of the parser, C files that a
compiler refused."""
MANIFEST = "entry.json"
_ENTRY = re.compile(r"[0-9a-f]{64}(\.json)?|tmp-\w+")
STALE = 24 * 3600
"""Seconds after which what a killed process left under a temporary name is removed."""


class _State:
    """What this process found out: the private folder that it uses, whose it is, and whether it has warned."""

    private: Path | None = None
    owner = 0
    broken: frozenset[Path] = frozenset()
    warned = False


class Listing(NamedTuple):
    """What is in the cache: where, how many kernels, bytes of everything."""

    root: Path | None
    kernels: int
    bytes: int


def is_off() -> bool:
    """Whether EINLANG_CACHE_DIR is `off`: nothing is kept beyond the process."""
    return os.environ.get("EINLANG_CACHE_DIR", "").strip() == "off"


def wanted_root() -> Path | None:
    """Where the cache is to be: EINLANG_CACHE_DIR, XDG_CACHE_HOME or ~/.cache; None where it is off or there is no home."""
    chosen = os.environ.get("EINLANG_CACHE_DIR", "").strip()
    if chosen:
        return None if chosen == "off" else Path(chosen).absolute()
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if Path(shared).is_absolute():
        return Path(shared) / "einlang"
    home = os.path.expanduser("~")  # noqa: PTH111 (Path.home raises where there is none)
    return Path(home) / ".cache" / "einlang" if Path(home).is_absolute() else None


def root() -> Path:
    """The folder to use: the cache, made if need be, or a private one. Raises OSError where there is no room for either."""
    wanted = wanted_root()
    if wanted is not None and wanted not in _State.broken:
        try:
            return _made(wanted)
        except OSError as error:
            give_up(str(error))
    elif wanted is None and not is_off():
        give_up("there is no home directory")
    return _private_root()


def give_up(reason: str) -> None:
    """Use a private folder from now on, and warn once."""
    wanted = wanted_root()
    if wanted is not None:
        _State.broken |= {wanted}
    if not _State.warned:
        _State.warned = True
        message = f"compiled kernels are not kept: {reason}; set EINLANG_CACHE_DIR to a folder of yours, or to `off`"
        warnings.warn(message, RuntimeWarning, stacklevel=2)


def is_kept() -> bool:
    """Whether what is written now is there for other processes."""
    wanted = wanted_root()
    return wanted is not None and wanted not in _State.broken


def folder(kind: str) -> Path:
    """One of `KINDS`, made if need be."""
    return _made(root() / kind)


def _made(path: Path) -> Path:
    """The folder, made with access for its owner alone. Raises OSError where others could write into it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to another user")
    if os.name == "posix" and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"other users can write to {path}")
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(f"{path} cannot be written to")
    return path


def _private_root() -> Path:
    """A folder of this process (a process that forked off makes its own), removed when it ends."""
    if _State.private is None or _State.owner != os.getpid() or not _State.private.is_dir():
        _State.private, _State.owner = Path(tempfile.mkdtemp(prefix="einlang-")), os.getpid()
        atexit.register(_remove_private, _State.private, _State.owner)
    return _State.private


def _remove_private(path: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


# --- kernels ------------------------------------------------------------------------------------------------------------


@contextmanager
def work_folder(kind: str = "kernels") -> Iterator[Path]:
    """A folder with a temporary name beside the kernels; what is left of it in the end is removed."""
    place = folder(kind)
    _remove_stale(place)
    path = Path(tempfile.mkdtemp(prefix="tmp-", dir=place))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def install(work: Path, key: str, files: Sequence[str], facts: dict[str, Any]) -> Path:
    """Make a work folder the entry of a key. Only `files` stay in it. Raises OSError, and then there is no entry."""
    for path in work.iterdir():
        if path.name not in files:
            path.unlink()
    digests = {name: _digest((work / name).read_bytes()) for name in files}
    (work / MANIFEST).write_text(json.dumps({"files": digests, **facts}), encoding="utf-8")
    target = work.parent / key
    for _ in range(3):
        try:
            return work.rename(target)
        except OSError:
            if find(key, work.parent.name) is not None:
                return target
            with suppress(OSError):
                target.rename(tempfile.mkdtemp(prefix="tmp-", dir=work.parent))
    raise OSError(f"{target} is in the way")


def find(key: str, kind: str = "kernels") -> tuple[Path, dict[str, Any]] | None:
    """The entry of a key and the facts kept with it; None where there is none that is whole."""
    try:
        path = folder(kind) / key
        facts = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if all(_digest((path / name).read_bytes()) == digest for name, digest in facts["files"].items()):
            return path, facts
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        pass
    return None


def keep_failed(work: Path, key: str) -> Path | None:
    """Keep a work folder whose C files a compiler refused; its new place, or None where there is no room."""
    with suppress(OSError):
        target = folder("failed") / key
        shutil.rmtree(target, ignore_errors=True)
        return work.rename(target)
    return None


def _remove_stale(place: Path) -> None:
    """Remove what killed processes left behind."""
    for path in place.glob("tmp-*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                shutil.rmtree(path, ignore_errors=True)


# --- records ------------------------------------------------------------------------------------------------------------


def read_record(key: str) -> Any:
    """The JSON value kept under a key; None where there is none that is whole."""
    data = read("programs", f"{key}.json")
    try:
        return None if data is None else json.loads(data)
    except ValueError:
        return None


def write_record(key: str, value: Any) -> None:
    """Keep a JSON value under a key, where there is a cache; a record that cannot be kept is not missed."""
    write("programs", f"{key}.json", json.dumps(value).encode())


def read(kind: str, name: str) -> bytes | None:
    """What a file holds; None where there is none that is whole."""
    if not is_kept():
        return None
    try:
        digest, _, data = (folder(kind) / name).read_bytes().partition(b"\n")
    except OSError:
        return None
    return data if digest.decode("ascii", "replace") == _digest(data) else None


def write(kind: str, name: str, data: bytes) -> None:
    """Keep a file, where there is a cache; one that cannot be kept is not missed."""
    if not is_kept():
        return
    with suppress(OSError):
        place = folder(kind)
        descriptor, temporary = tempfile.mkstemp(prefix="tmp-", dir=place)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_digest(data).encode() + b"\n" + data)
            Path(temporary).replace(place / name)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- for people ---------------------------------------------------------------------------------------------------------


def listing() -> Listing:
    """What is kept now. Makes nothing."""
    entries = _entries()
    files = [file for entry in entries for file in (entry.rglob("*") if entry.is_dir() else [entry]) if file.is_file()]
    kernels = [entry for entry in entries if entry.parent.name == "kernels" and not entry.name.startswith("tmp-")]
    return Listing(wanted_root(), len(kernels), sum(file.stat().st_size for file in files))


def clear() -> Listing:
    """Remove everything that is kept, and nothing else that stands in the folder; what there was."""
    before = listing()
    for entry in _entries():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return before


def _entries() -> list[Path]:
    """Everything of ours in the cache, known by its name."""
    wanted = wanted_root()
    return [path for kind in KINDS if wanted for path in (wanted / kind).glob("*") if _ENTRY.fullmatch(path.name)]
