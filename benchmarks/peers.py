"""The peers: in go arrays, out come those of each library that is installed, and functions made ready to be timed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

NAMES = ("numpy", "torch", "jax", "numba", "opt_einsum", "tblis")


def installed() -> dict[str, str]:
    """The versions of the peers that are there."""
    found = [name for name in NAMES if importlib.util.find_spec(name)]
    return {name: getattr(importlib.import_module(name), "__version__", "") for name in found}


def has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def threads() -> int:
    """The number of threads that this process measures with."""
    return len(os.sched_getaffinity(0))


def torch_arrays(arrays: Sequence[np.ndarray]) -> list[Any]:
    """The arrays as torch has them, over the same memory."""
    import torch

    torch.set_num_threads(threads())
    return [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]


def torch_run(function: Callable[..., Any], arrays: Sequence[np.ndarray]) -> Callable[[], Any]:
    """A call of a function of tensors, without gradients."""
    import torch

    given = torch_arrays(arrays)

    def run() -> Any:
        with torch.inference_mode():
            return function(*given)

    return run


def torch_gradient(
    function: Callable[..., Any], arrays: Sequence[np.ndarray], wrt: Sequence[int], compiled: bool = False
) -> Callable[[], Any]:
    """A scalar function's value and its gradients by some of its arguments."""
    import torch

    given = torch_arrays(arrays)
    for number in wrt:
        given[number].requires_grad_(True)
    forward = torch.compile(function) if compiled else function

    def run() -> Any:
        value = forward(*given)
        gradients = torch.autograd.grad(value, [given[number] for number in wrt])
        return [value.detach(), *gradients]

    return run


def jax_run(function: Callable[..., Any], arrays: Sequence[np.ndarray], **options: Any) -> Callable[[], Any]:
    """A call of a compiled function, waited for."""
    import jax

    jax.config.update("jax_enable_x64", True)
    given = [jax.numpy.asarray(array) for array in arrays]
    compiled = jax.jit(function, **options)
    return lambda: jax.block_until_ready(compiled(*given))


def jax_gradient(function: Callable[..., Any], arrays: Sequence[np.ndarray], wrt: Sequence[int]) -> Callable[[], Any]:
    """A scalar function's value and its gradients by some of its arguments."""
    import jax

    return jax_run(jax.value_and_grad(function, argnums=tuple(wrt)), arrays)


def runs(**made: tuple[str, Callable[[], Callable[[], Any]]] | Callable[[], Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """What runs a problem by name, of those whose library is there: `numpy=lambda: run`, or `compiled=("torch", lambda: run)`."""
    found: dict[str, Callable[[], Any]] = {}
    for name, maker in made.items():
        library, make = maker if isinstance(maker, tuple) else (name, maker)
        if library == "einlang" or has(library):
            found[name] = make()
    return found


def einlang_run(
    text: str, arrays: Mapping[str, Any], derive: Callable[[Any], Any] = lambda program: program
) -> Callable[[], Any]:
    """A bound call of a program."""
    import einlang

    return derive(einlang.compile(text, threads=threads())).bind(arrays)
