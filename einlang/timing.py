"""Programs timed: in go a program and sizes, out come the times of the whole and of each definition, NumPy's, and the peak."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from einlang.building import build_timed
from einlang.claims.data import floats
from einlang.plan.cost import Cost
from einlang.program import Program
from einlang.resources import resource
from einlang.runtime.build import Request, build
from einlang.runtime.engine import Engine, uses_c
from einlang.runtime.sizes import sizes_of

ROUNDS = 7
LEAST = 0.02
"""Seconds that a round takes at least."""
STEPS = 500_000


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one call, and operations a second of one core at best.

    `native` and `parts`, one for each definition of the cost, are left out where there is no C compiler.
    """

    cost: Cost
    numpy: float
    native: float | None = None
    parts: tuple[float, ...] = ()
    peak: float = 0.0


def timed(program: Program, given: Mapping[str, int]) -> Times:
    """The times for given sizes, on random data. Raises CallError for sizes that cannot be, BuildError."""
    sizes, dtype = sizes_of(program.signature, given), program.options.dtype or "float64"
    arrays = _arrays(program, sizes, dtype)
    cost = program.cost(given)
    numpy = _seconds(_bound(program, "numpy", dtype, arrays))
    if not uses_c(program.options.backend):
        return Times(cost, numpy)
    native = _seconds(_bound(program, "c", dtype, arrays))
    return Times(cost, numpy, native, _parts(program, dtype, arrays), peak(dtype))


def _arrays(program: Program, sizes: Mapping[str, int], dtype: str) -> dict[str, Any]:
    ir = program.stages.ir
    drawn = floats(ir, sizes, {tensor.name: "any" for tensor in ir.inputs}, np.random.default_rng(0))
    return {name: array if array.dtype.kind == "i" else array.astype(dtype) for name, array in drawn.items()}


def _bound(program: Program, backend: str, dtype: str, arrays: Mapping[str, Any]) -> Callable[[], Any]:
    """The program on arrays, on a backend."""
    engine = Engine(program.signature, backend, dtype, program._extension, program._text, threads=1)
    return engine.bind(engine.general.prepare(arrays, {}), lambda: None)


def _parts(program: Program, dtype: str, arrays: Mapping[str, Any]) -> tuple[float, ...]:
    """The seconds of each definition, measured by a clock in the program."""
    built = build_timed(program.stages, dtype)
    engine = Engine(program.signature, "c", dtype, lambda _: built.extension, program._text, threads=1)
    run, count = engine.bind(engine.general.prepare(arrays, {}), lambda: None), len(program.stages.lowered.runs)
    calls = _calls(run)
    rounds = []
    for _ in range(ROUNDS):
        before = built.seconds(count)
        _repeat(run, calls)
        rounds.append([(after - start) / calls for start, after in zip(before, built.seconds(count), strict=True)])
    return tuple(float(np.median(part)) for part in zip(*rounds, strict=True))


def _seconds(run: Callable[[], Any]) -> float:
    """Of one call: the median of some rounds."""
    calls = _calls(run)
    return float(np.median([_repeat(run, calls) / calls for _ in range(ROUNDS)]))


def _calls(run: Callable[[], Any]) -> int:
    """How many calls a round has; the first one is not counted."""
    run()
    calls, taken = 1, _repeat(run, 1)
    while taken < LEAST:
        calls *= 2 if taken > LEAST / 100 else 10
        taken = _repeat(run, calls)
    return calls


def _repeat(run: Callable[[], Any], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        run()
    return time.perf_counter() - started


def peak(dtype: str) -> float:
    """Multiplications and additions a second of one core in registers, as measured now."""
    kind = {"float32": "float", "float64": "double"}[dtype]
    declared = f"{kind} peak_{kind}(int64_t steps);\nint64_t operations_{kind}(void);\n"
    text = resource("csrc/einlang_peak.h").read_text(encoding="utf-8")
    library = build(Request((("ein_peak", text),), f"#include <stdint.h>\n{declared}", declared)).extension.lib
    run, steps = getattr(library, f"peak_{kind}"), STEPS
    best = min(_repeat(lambda: run(steps), 1) for _ in range(ROUNDS))
    return float(steps * getattr(library, f"operations_{kind}")() / best)
