"""A C compiler for tests: generated text is built, loaded with ctypes, and called with arrays by name."""

import ctypes
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from einlang.codegen import c
from einlang.dtypes import FLOATS
from einlang.ir.interpret import bind_sizes
from einlang.loops import lower
from einlang.plan import plan

FLAGS = ["-std=gnu11", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-fPIC", "-shared"]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class Built:
    """A program as a library, for one type."""

    def __init__(self, program, dtype: str, directory: Path, flags=()) -> None:
        self.program, self.dtype = program, dtype
        loops = lower(plan(program))
        self.text = c.emit(loops, FLOATS[dtype])
        source, library = directory / f"{program.name}.c", directory / f"{program.name}.so"
        source.write_text(self.text)
        subprocess.run([shutil.which("gcc"), *FLAGS, *STRICT, *flags, source, "-o", library, "-lm"], check=True)
        loaded = ctypes.CDLL(library)
        name = c.function_name(loops, FLOATS[dtype])
        self.function, self.workspace = loaded[name], loaded[f"{name}_workspace"]
        self.workspace.restype = ctypes.c_int64

    def __call__(self, arrays: Mapping[str, object]) -> list[np.ndarray]:
        """The outputs; the workspace and the outputs are full of NaN at first, and the former is guarded."""
        given = [self._array(tensor, arrays[tensor.name]) for tensor in self.program.inputs]
        sizes = bind_sizes(self.program, {t.name: a for t, a in zip(self.program.inputs, given, strict=True)})
        numbers = [ctypes.c_int64(sizes[size]) for size in self.program.given_sizes]
        room = self.workspace(*numbers)
        memory = np.full(room + 64, 0xFF, np.uint8)
        outputs = [self._empty(tensor, sizes) for tensor in self.program.outputs]
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (*given, *outputs, memory)]
        self.status = self.function(*numbers, *pointers)
        assert (memory[room:] == 0xFF).all()
        return outputs

    def _array(self, tensor, value) -> np.ndarray:
        return np.ascontiguousarray(value, np.int64 if tensor.kind == "int" else self.dtype)

    def _empty(self, tensor, sizes) -> np.ndarray:
        shape = [max(0, extent.evaluate(sizes)) for extent in tensor.shape]
        return np.full(shape, -77, np.int64) if tensor.kind == "int" else np.full(shape, np.nan, self.dtype)


@pytest.fixture
def build(tmp_path):
    """Build a program for a type."""
    return lambda program, dtype, flags=(): Built(program, dtype, tmp_path, flags)
