"""Generated C as functions of arrays: gcc builds texts as strictly as it can, ctypes loads them, and they take arrays by name."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from einlang.codegen import c
from einlang.codegen.c.library import threads
from einlang.dtypes import FLOATS
from einlang.ir.interpret import bind_sizes
from einlang.ir.program import Program
from einlang.loops import lower
from einlang.plan import plan

FLAGS = ["-std=gnu11", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-fPIC", "-shared"]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def text(program: Program, dtype: str) -> str:
    """The C of a program."""
    return c.emit(lower(plan(program)), FLOATS[dtype])


def compile_text(source: str, directory: Path, flags: Sequence[str] = ()) -> Path:
    """A library of a text."""
    (directory / "case.c").write_text(f"{source}\n{threads()}\n{POOL}")
    library = directory / "case.so"
    subprocess.run(
        [shutil.which("gcc"), *FLAGS, *STRICT, *flags, directory / "case.c", "-o", library, "-lm", "-pthread"], check=True
    )
    return library


POOL = """
ein_threads *pool(int64_t count);

ein_threads *pool(int64_t count) {
    ein_pool()->count = count;
    ein_pool()->least = 0;
    return ein_pool();
}
"""
"""What lets kernels be split whatever their size."""


def build_all(program: Program, directory: Path, flags: Sequence[str] = ()) -> dict[str, Built]:
    """A program for both types, from one file."""
    library = compile_text("\n".join(text(program, dtype) for dtype in FLOATS), directory, flags)
    return {dtype: Built(program, dtype, directory, library=library) for dtype in FLOATS}


class Built:
    """A program as a function, for one type."""

    def __init__(
        self, program: Program, dtype: str, directory: Path, flags: Sequence[str] = (), library: Path | None = None
    ) -> None:
        self.program, self.dtype, self.status = program, dtype, 0
        self.text = text(program, dtype)
        loaded = ctypes.CDLL(library or compile_text(self.text, directory, flags))
        name = f"{program.name}_{FLOATS[dtype].suffix}"
        self.function, self.workspace = loaded[name], loaded[f"{name}_workspace"]
        self.workspace.restype, self.pool = ctypes.c_int64, loaded["pool"]
        self.pool.restype = ctypes.c_void_p

    def __call__(self, arrays: Mapping[str, object]) -> list[np.ndarray]:
        """The outputs, which are the same bits for every number of threads."""
        alone = self.on(1, arrays)
        for count in (2, 3, 7):
            shared = self.on(count, arrays)
            assert [array.tobytes() for array in shared] == [array.tobytes() for array in alone], count
        return alone

    def on(self, count: int, arrays: Mapping[str, object]) -> list[np.ndarray]:
        """The outputs; they and the workspace are full of NaN at first, and the byte behind the latter is watched."""
        threads = ctypes.c_void_p(self.pool(ctypes.c_int64(count)) if count > 1 else None)
        given = [self._array(tensor, arrays[tensor.name]) for tensor in self.program.inputs]
        sizes = bind_sizes(self.program, {t.name: a for t, a in zip(self.program.inputs, given, strict=True)})
        numbers = [ctypes.c_int64(sizes[size]) for size in self.program.given_sizes]
        room = self.workspace(*numbers, ctypes.c_int64(count))
        memory = np.full(room + 64, 0xFF, np.uint8)
        outputs = [self._empty(tensor, sizes) for tensor in self.program.outputs]
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (*given, *outputs, memory)]
        self.status = self.function(*numbers, *pointers, threads)
        assert (memory[room:] == 0xFF).all()
        return outputs

    def _array(self, tensor, value) -> np.ndarray:
        return np.ascontiguousarray(value, np.int64 if tensor.kind == "int" else self.dtype).reshape(np.shape(value))

    def _empty(self, tensor, sizes) -> np.ndarray:
        shape = [max(0, extent.evaluate(sizes)) for extent in tensor.shape]
        return np.full(shape, -77, np.int64) if tensor.kind == "int" else np.full(shape, np.nan, self.dtype)
