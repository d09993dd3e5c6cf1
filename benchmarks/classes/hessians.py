"""Whole Hessians; in goes nothing, out come problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio

QUADRATIC = "input A[n, n]\nparam x[n]\nL = x[I] A[I,J] x[J]\n"
LOGISTIC = "input X[m, n], y[m]\nparam w[n]\nz[i] = X[i,J] w[J]\nL = sum[I](softplus(z[I]) - y[I] z[I])\n"
LOG_SUM_EXP = "input X[m, n]\nparam w[n]\nL = logsumexp[I](X[I,J] w[J])\n"
MASKED = "input M[m, n], R[m, n], V[n, r]\nparam U[m, r]\nL = M[I,J] (U[I,K] V[J,K] - R[I,J])^2\n"


def problems() -> Iterator[Problem]:
    for n in (64, 512, 2048):
        yield _quadratic(n)
    for n in (32, 128, 512):
        yield _logistic(2 * n, n)
    yield _logistic(2000, 200)
    yield _log_sum_exp(400, 200)
    yield _masked(30, 40, 5)


def _hessian(text: str, named: dict[str, np.ndarray], wrt: str) -> Callable[[], Any]:
    return peers.einlang_run(text, named, lambda program: program.hessian("L", wrt=wrt))


def _jax(function: Callable[..., Any], given: list[np.ndarray]) -> Callable[[], Any]:
    import jax

    return peers.jax_run(jax.hessian(function), given)


def _torch(function: Callable[..., Any], given: list[np.ndarray]) -> Callable[[], Any]:
    import torch

    tensors = peers.torch_arrays(given)
    hessian = torch.func.hessian(function)
    return lambda: hessian(*tensors)


def _quadratic(n: int) -> Problem:
    random = np.random.default_rng(0)
    A, x = random.standard_normal((n, n)), random.standard_normal(n)
    runs = peers.runs(
        einlang=lambda: _hessian(QUADRATIC, {"A": A, "x": x}, "x"),
        numpy=lambda: lambda: A + A.T,
        jax=lambda: _jax(lambda x, A: x @ A @ x, [x, A]),
        torch=lambda: _torch(lambda x, A: x @ A @ x, [x, A]),
    )
    return Problem(f"quadratic {n} float64", runs, "float64", bytes=16.0 * n * n)


def _logistic(m: int, n: int) -> Problem:
    random = np.random.default_rng(0)
    X, w = random.standard_normal((m, n)), random.standard_normal(n) / n
    y = random.integers(0, 2, m).astype(np.float64)

    def by_hand() -> Any:
        p = 1 / (1 + np.exp(-(X @ w)))
        return X.T @ ((p * (1 - p))[:, None] * X)

    def jax_loss(w: Any, X: Any, y: Any) -> Any:
        import jax

        z = X @ w
        return (jax.nn.softplus(z) - y * z).sum()

    def torch_loss(w: Any, X: Any, y: Any) -> Any:
        import torch

        z = X @ w
        return (torch.nn.functional.softplus(z) - y * z).sum()

    runs = peers.runs(
        einlang=lambda: _hessian(LOGISTIC, {"X": X, "y": y, "w": w}, "w"),
        numpy=lambda: by_hand,
        jax=lambda: _jax(jax_loss, [w, X, y]),
        torch=lambda: _torch(torch_loss, [w, X, y]),
    )
    return Problem(f"logistic {m}x{n} float64", runs, "float64", 1.0 * m * n * n, tolerance=1e-6)


def _log_sum_exp(m: int, n: int) -> Problem:
    random = np.random.default_rng(0)
    X, w = random.standard_normal((m, n)), random.standard_normal(n) / n

    def by_hand() -> Any:
        e = np.exp(X @ w)
        p = e / e.sum()
        mean = X.T @ p
        return X.T @ (p[:, None] * X) - np.outer(mean, mean)

    def jax_loss(w: Any, X: Any) -> Any:
        import jax

        return jax.nn.logsumexp(X @ w)

    def torch_loss(w: Any, X: Any) -> Any:
        import torch

        return torch.logsumexp(X @ w, 0)

    runs = peers.runs(
        einlang=lambda: _hessian(LOG_SUM_EXP, {"X": X, "w": w}, "w"),
        numpy=lambda: by_hand,
        jax=lambda: _jax(jax_loss, [w, X]),
        torch=lambda: _torch(torch_loss, [w, X]),
    )
    return Problem(f"log-sum-exp {m}x{n} float64", runs, "float64", 1.0 * m * n * n, tolerance=1e-8)


def _masked(m: int, n: int, r: int) -> Problem:
    random = np.random.default_rng(0)
    M, R = random.integers(0, 2, (m, n)).astype(np.float64), random.standard_normal((m, n))
    U, V = random.standard_normal((m, r)), random.standard_normal((n, r))

    def loss(U: Any, M: Any, R: Any, V: Any) -> Any:
        return (M * (U @ V.T - R) ** 2).sum()

    def by_hand() -> Any:
        found = np.zeros((m, r, m, r))
        found[np.arange(m), :, np.arange(m), :] = 2 * np.einsum("ij,jk,jl->ikl", M, V, V, optimize=True)
        return found

    runs = peers.runs(
        einlang=lambda: _hessian(MASKED, {"M": M, "R": R, "U": U, "V": V}, "U"),
        numpy=lambda: by_hand,
        jax=lambda: _jax(loss, [U, M, R, V]),
        torch=lambda: _torch(loss, [U, M, R, V]),
    )
    return Problem(f"masked factorisation {m}x{n}x{r} float64", runs, "float64")


CLASSES = (
    Class(
        "hessians",
        "Whole Hessians",
        problems,
        (
            mean_ratio(10.0, "jax", among="quadratic"),
            mean_ratio(4.0, "jax", among="logistic"),
            mean_ratio(2.0, "numpy", among="logistic"),
        ),
    ),
)
