"""Generated NumPy text, run: in go a program and arrays, out come the outputs by name; no warning may escape from it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from einlang.codegen.names import spell
from einlang.codegen.numpy import emit
from einlang.ir.interpret import bind_sizes, interpret
from einlang.ir.program import Program

TOLERANCE = {"float32": 3e-4, "float64": 1e-11}
Arrays = Mapping[str, np.ndarray]


def function(program: Program, text: str | None = None) -> Any:
    """The function that the text of a program defines."""
    names: dict[str, Any] = {}
    exec(compile(text or emit(program), "generated.py", "exec"), names)
    return names[spell([program.name])[program.name]]


def run(program: Program, arrays: Arrays, dtype: str = "float64", text: str | None = None) -> list[np.ndarray]:
    """The outputs, from inputs converted to the type."""
    inputs = [np.asarray(arrays[t.name]).astype(np.int64 if t.kind == "int" else dtype) for t in program.inputs]
    sizes = bind_sizes(program, {tensor.name: array for tensor, array in zip(program.inputs, inputs, strict=True)})
    options = {} if any(tensor.kind == "float" for tensor in program.inputs) else {"dtype": np.dtype(dtype).type}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return list(function(program, text)(*(sizes[size] for size in program.given_sizes), *inputs, **options))


def check(program: Program, arrays: Arrays, dtypes: tuple[str, ...] = ("float64", "float32")) -> None:
    """The outputs are the oracle's: same values up to rounding, same types and shapes, or both refuse."""
    for dtype in dtypes:
        try:
            expected = {**arrays, **interpret(program, arrays, dtype)}
        except ValueError:
            try:
                run(program, arrays, dtype)
            except (ValueError, IndexError):
                continue
            raise AssertionError("the oracle refuses this") from None
        for tensor, output in zip(program.outputs, run(program, arrays, dtype), strict=True):
            wanted = expected[tensor.name]
            assert isinstance(output, np.ndarray) and output.flags.writeable
            assert output.dtype == (np.int64 if tensor.kind == "int" else dtype), tensor.name
            assert output.shape == wanted.shape, tensor.name
            limit = TOLERANCE[dtype] * np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
            np.testing.assert_allclose(output, wanted, rtol=TOLERANCE[dtype], atol=limit, err_msg=f"{tensor.name}, {dtype}")
