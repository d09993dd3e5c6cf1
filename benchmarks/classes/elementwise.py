"""Elementwise chains and functions along rows, with and without gradient; in goes nothing, out come problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio

SHAPES = [(10, 100), (1000, 1000)]


class Form(NamedTuple):
    """A definition of y by x, and the same for libraries: of arrays and a namespace of functions."""

    einlang: str
    numpy: Callable[[Any], Any]
    torch: Callable[[Any], Any]
    jax: Callable[[Any], Any]


def _numpy_softmax(x: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _numpy_norm(x: Any) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.asarray(1e-5, x.dtype))


def _numpy_lse(x: Any) -> Any:
    m = x.max(axis=1)
    return np.log(np.exp(x - m[:, None]).sum(axis=1)) + m


def _numpy_gelu(x: Any) -> Any:
    c = np.asarray(0.7978845608028654, x.dtype)
    return np.asarray(0.5, x.dtype) * x * (1 + np.tanh(c * (x + np.asarray(0.044715, x.dtype) * x * x * x)))


def _forms() -> dict[str, Form]:
    def of(library: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function by its library, imported when it is called."""
        import importlib

        return lambda x: make(importlib.import_module(library))(x)

    return {
        "exp": Form("y[i,j] = exp(x[i,j])", np.exp, of("torch", lambda t: t.exp), of("jax.numpy", lambda j: j.exp)),
        "tanh": Form("y[i,j] = tanh(x[i,j])", np.tanh, of("torch", lambda t: t.tanh), of("jax.numpy", lambda j: j.tanh)),
        "chain": Form(
            "y[i,j] = sin(x[i,j])^2 exp(-x[i,j]^2) + 0.5 x[i,j]",
            lambda x: np.sin(x) ** 2 * np.exp(-x * x) + np.asarray(0.5, x.dtype) * x,
            of("torch", lambda t: lambda x: t.sin(x) ** 2 * t.exp(-x * x) + 0.5 * x),
            of("jax.numpy", lambda j: lambda x: j.sin(x) ** 2 * j.exp(-x * x) + 0.5 * x),
        ),
        "gelu (tanh)": Form(
            "y[i,j] = 0.5 x[i,j] (1 + tanh(0.7978845608028654 (x[i,j] + 0.044715 x[i,j]^3)))",
            _numpy_gelu,
            of("torch.nn.functional", lambda f: lambda x: f.gelu(x, approximate="tanh")),
            of("jax.nn", lambda n: lambda x: n.gelu(x, approximate=True)),
        ),
        "softmax": Form(
            "y[i,j] = softmax[j](x[i,j])",
            _numpy_softmax,
            of("torch", lambda t: lambda x: t.softmax(x, 1)),
            of("jax.nn", lambda n: lambda x: n.softmax(x, axis=1)),
        ),
        "layer norm": Form(
            "c[i] = mean[J](x[i,J])\nq[i] = mean[J]((x[i,J] - c[i])^2)\ny[i,j] = (x[i,j] - c[i]) / sqrt(q[i] + 1e-5)\noutput y",
            _numpy_norm,
            of("torch.nn.functional", lambda f: lambda x: f.layer_norm(x, x.shape[1:])),
            _jax_norm,
        ),
        "logsumexp": Form(
            "y[i] = logsumexp[J](x[i,J])",
            _numpy_lse,
            of("torch", lambda t: lambda x: t.logsumexp(x, 1)),
            of("jax.nn", lambda n: lambda x: n.logsumexp(x, axis=1)),
        ),
    }


def _jax_norm(x: Any) -> Any:
    import jax.numpy as jnp

    m = x.mean(axis=1, keepdims=True)
    return (x - m) / jnp.sqrt(((x - m) ** 2).mean(axis=1, keepdims=True) + 1e-5)


def problems() -> Iterator[Problem]:
    for dtype in ("float32", "float64"):
        for m, n in SHAPES:
            for name, form in _forms().items():
                yield _value(name, form, m, n, dtype)
                yield _gradient(name, form, m, n, dtype)


def _value(name: str, form: Form, m: int, n: int, dtype: str) -> Problem:
    x = np.random.default_rng(0).standard_normal((m, n)).astype(dtype)
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(f"param x[m, n]\n{form.einlang}\n", {"x": x}),
        numpy=lambda: lambda: form.numpy(x),
        torch=lambda: peers.torch_run(form.torch, [x]),
        jax=lambda: peers.jax_run(form.jax, [x]),
        numba=lambda: _numba(name, x),
    )
    return Problem(f"{name} {m}x{n} {dtype}", {k: run for k, run in runs.items() if run}, dtype, bytes=2.0 * x.nbytes)


def _gradient(name: str, form: Form, m: int, n: int, dtype: str) -> Problem:
    """The gradient of y contracted with v."""
    random = np.random.default_rng(0)
    x = random.standard_normal((m, n)).astype(dtype)
    v = random.standard_normal(m if name == "logsumexp" else (m, n)).astype(dtype)
    definitions = form.einlang.replace("output y", "")
    text = f"input v[m{'' if v.ndim == 1 else ', n'}]\nparam x[m, n]\n{definitions}\n"
    text += f"L = v[{'I' if v.ndim == 1 else 'I,J'}] y[{'I' if v.ndim == 1 else 'I,J'}]\n"
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(text, {"x": x, "v": v}, lambda program: program.value_and_grad("L")),
        torch=lambda: peers.torch_gradient(lambda x, v: (form.torch(x) * v).sum(), [x, v], [0]),
        jax=lambda: peers.jax_gradient(lambda x, v: (form.jax(x) * v).sum(), [x, v], [0]),
    )
    tolerance = 1e-3 if dtype == "float32" else None
    return Problem(f"{name} with gradient {m}x{n} {dtype}", runs, dtype, bytes=3.0 * x.nbytes, tolerance=tolerance)


def _numba(name: str, x: np.ndarray) -> Callable[[], Any] | None:
    """A loop compiled by numba, for what is elementwise."""
    import math

    import numba

    element = {
        "exp": lambda v: math.exp(v),
        "tanh": lambda v: math.tanh(v),
        "chain": lambda v: math.sin(v) ** 2 * math.exp(-v * v) + 0.5 * v,
    }.get(name)
    if element is None:
        return None
    compiled, out = numba.njit(element), np.empty_like(x)

    flat, target = x.reshape(-1), out.reshape(-1)

    @numba.njit
    def run(x: Any, out: Any) -> None:
        for i in range(len(x)):
            out[i] = compiled(x[i])

    def call() -> Any:
        run(flat, target)
        return out

    return call


CLASSES = (Class("elementwise", "Elementwise chains, softmax, layer norm, logsumexp", problems, (mean_ratio(1.2),)),)
