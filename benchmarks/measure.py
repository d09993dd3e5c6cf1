"""Times: in goes a problem, out come the seconds of each run, the median of rounds that take turns, once the results agree."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.problem import OURS, Problem

SAMPLE = 0.01
"""Seconds that one sample should take at least: so often is a run repeated within it."""
TOLERANCES = {"float32": 2e-4, "float64": 1e-10}


def differences(problem: Problem) -> dict[str, float]:
    """How far each peer's result is from Einlang's, in parts of the result's largest element, where that is too far."""
    if not problem.peers:
        return {}
    own = list(_arrays(problem.runs[OURS]()))
    allowed = problem.tolerance or TOLERANCES[problem.dtype]
    found = {name: _difference(own, list(_arrays(run()))) for name, run in problem.peers.items()}
    return {name: difference for name, difference in found.items() if not difference <= allowed}


def seconds(runs: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median time of a run of each, over rounds in which all take turns."""
    repeats = {name: _repeats(run) for name, run in runs.items()}
    samples: dict[str, list[float]] = {name: [] for name in runs}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in runs.items():
                samples[name].append(_sample(run, repeats[name]))
    finally:
        gc.enable()
    return {name: statistics.median(found) for name, found in samples.items()}


def _repeats(run: Callable[[], Any]) -> int:
    """How often a run fits into one sample; running it so warms it up."""
    count = 1
    while True:
        taken = _sample(run, count) * count
        if taken >= SAMPLE / 2:
            return max(1, math.ceil(count * SAMPLE / taken))
        count *= 4


def _sample(run: Callable[[], Any], repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - started) / repeats


def _arrays(result: Any) -> Iterator[np.ndarray]:
    if isinstance(result, Mapping):
        result = list(result.values())
    if isinstance(result, (list, tuple)) or type(result).__name__ == "Outputs":
        for part in result:
            yield from _arrays(part)
    else:
        yield np.asarray(result, dtype=np.float64)


def _difference(own: list[np.ndarray], other: list[np.ndarray]) -> float:
    if [array.shape for array in own] != [array.shape for array in other]:
        return math.inf
    pairs = [(a, b) for a, b in zip(own, other, strict=True) if a.size]
    return max((float(np.max(np.abs(a - b))) / (float(np.max(np.abs(a))) or 1.0) for a, b in pairs), default=0.0)
