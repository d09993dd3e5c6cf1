"""Arrays in files: in goes the path of a `.npz`, out come arrays by name, and back; and outputs as text."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from einlang.call import CallError

Array = np.ndarray[Any, np.dtype[Any]]


def read(path: str) -> dict[str, Array]:
    """The arrays of a `.npz`, by name. Raises OSError where it cannot be read, CallError where it is no such file."""
    try:
        with Path(path).open("rb") as file:
            loaded = np.load(file)
            if isinstance(loaded, np.ndarray):
                raise CallError(f"{path} holds one array without a name; save arrays by name, with `numpy.savez({path!r}, X=…)`")
            return {name: _array(path, name, loaded[name]) for name in loaded.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = "it holds objects, not numbers" if "allow_pickle" in str(error) else str(error) or type(error).__name__
        raise CallError(f"{path} is no `.npz` file of arrays that can be read: {reason}") from error


def _array(path: str, name: str, value: object) -> Array:
    if not isinstance(value, np.ndarray):
        raise CallError(f"{path} holds {name}, which is no array")
    return value


def write(path: str, arrays: Mapping[str, Array]) -> None:
    """Write a `.npz` that appears whole or not at all. Unlike `numpy.savez` it takes every name (`file`, `W{2}`)."""
    try:
        _write(Path(path), arrays)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


def _write(target: Path, arrays: Mapping[str, Array]) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The mask of the process, which can be read only by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def listing(outputs: Mapping[str, Array]) -> str:
    """Outputs as text, those of several lines apart from the others."""
    texts = [text(name, array) for name, array in outputs.items()]
    joints = ["\n\n" if "\n" in before + after else "\n" for before, after in pairwise(texts)]
    return "".join(part for pair in zip(texts, [*joints, ""], strict=True) for part in pair)


def text(name: str, value: object) -> str:
    """An output as NumPy prints it: `L = 0.5`, or a line with name, type and shape above the values."""
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{name} = {array[()]!s}"
    return f"{name}  {array.dtype}{list(array.shape)}\n{array}"
