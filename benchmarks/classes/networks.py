"""Networks and attention with all gradients; in goes nothing, out come problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.problem import Class, Problem, mean_ratio

NETWORKS = [
    (1, (4, 8, 3)),
    (32, (64, 32, 10)),
    (128, (784, 128, 10)),
    (256, (784, 512, 10)),
    (512, (1024, 1024, 1024)),
    (256, (128,) * 7),
]
ATTENTION = [(1, 12, 128, 64), (1, 12, 512, 64), (2, 8, 256, 64)]


def mlp_text(layers: int) -> str:
    """A network with tanh between its layers and a cross-entropy with given probabilities."""
    lines = [f"const n = {layers}", "input X[b, k{0}], Y[b, k{n}]", "param W{m}[k{m-1}, k{m}], c{m}[k{m}]    for m in 1..n"]
    lines += ["H{0}[i,j] = X[i,j]", "Z{m}[i,j] = H{m-1}[i,K] W{m}[K,j] + c{m}[j]    for m in 1..n"]
    lines += ["H{m}[i,j] = tanh(Z{m}[i,j])    for m in 1..n-1", "L = -Y[I,J] log_softmax[J](Z{n}[I,J]) / b"]
    return "\n".join(lines) + "\n"


def networks() -> Iterator[Problem]:
    """Loss and all gradients, f32."""
    for batch, widths in NETWORKS:
        yield _network(batch, widths)


def _network(batch: int, widths: Sequence[int]) -> Problem:
    random = np.random.default_rng(0)
    x = random.standard_normal((batch, widths[0])).astype(np.float32)
    y = np.eye(widths[-1], dtype=np.float32)[random.integers(0, widths[-1], batch)]
    pairs = list(pairwise(widths))
    weights = [(random.standard_normal(pair) / np.sqrt(pair[0])).astype(np.float32) for pair in pairs]
    biases = [np.zeros(width, np.float32) for width in widths[1:]]
    layers = range(1, len(widths))
    named = {"X": x, "Y": y, **{f"W{{{m}}}": weights[m - 1] for m in layers}, **{f"c{{{m}}}": biases[m - 1] for m in layers}}
    wrt = [name for m in layers for name in (f"W{{{m}}}", f"c{{{m}}}")]
    given = [x, y, *(array for pair in zip(weights, biases, strict=True) for array in pair)]
    params = range(2, len(given))
    runs = peers.runs(
        einlang=lambda: peers.einlang_run(mlp_text(len(pairs)), named, lambda program: program.value_and_grad("L", wrt=wrt)),
        numpy=lambda: lambda: numpy_step(x, y, weights, biases),
        torch=lambda: peers.torch_gradient(_torch_loss, given, params),
        torch_compiled=("torch", lambda: peers.torch_gradient(_torch_loss, given, params, compiled=True)),
        jax=lambda: peers.jax_gradient(_jax_loss, given, params),
    )
    operations = 6.0 * batch * sum(a * b for a, b in pairs) - 2.0 * batch * widths[0] * widths[1]
    return Problem(f"{batch}, {'-'.join(map(str, widths))}", runs, "float32", operations, tolerance=1e-3)


def numpy_step(x: np.ndarray, y: np.ndarray, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> list[Any]:
    """The loss, then for each layer the gradients by weights and biases."""
    hidden = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        hidden.append(np.tanh(hidden[-1] @ weight + bias))
    z = hidden[-1] @ weights[-1] + biases[-1]
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    loss = -np.sum(y * (z - np.log(total))) / len(x)
    back = (e / total - y) / len(x)
    found: list[list[Any]] = []
    for layer in reversed(range(len(weights))):
        found.append([hidden[layer].T @ back, back.sum(axis=0)])
        if layer:
            back = (back @ weights[layer].T) * (1 - hidden[layer] * hidden[layer])
    return [loss, *(array for pair in reversed(found) for array in pair)]


def _torch_loss(x: Any, y: Any, *params: Any) -> Any:
    import torch

    hidden = x
    for number in range(0, len(params), 2):
        hidden = hidden @ params[number] + params[number + 1]
        hidden = torch.tanh(hidden) if number + 2 < len(params) else hidden
    return -(y * torch.log_softmax(hidden, 1)).sum() / x.shape[0]


def _jax_loss(x: Any, y: Any, *params: Any) -> Any:
    import jax

    hidden = x
    for number in range(0, len(params), 2):
        hidden = hidden @ params[number] + params[number + 1]
        hidden = jax.numpy.tanh(hidden) if number + 2 < len(params) else hidden
    return -(y * jax.nn.log_softmax(hidden, axis=1)).sum() / x.shape[0]


def attention_text(causal: bool) -> str:
    """Attention over batch b, heads h, positions q and k, and depth."""
    score = "S[b,h,q,k] = Q[b,h,q,D] K[b,h,k,D] / sqrt(size(Q, 3))"
    mask = "M[b,h,q,k] = S[b,h,q,k] if k <= q else -inf" if causal else "M[b,h,q,k] = S[b,h,q,k]"
    lines = ["param Q[nb, nh, nq, nd], K[nb, nh, nq, nd], V[nb, nh, nq, nd]", "input G[nb, nh, nq, nd]", score, mask]
    lines += ["P[b,h,q,k] = softmax[k](M[b,h,q,k])", "O[b,h,q,d] = P[b,h,q,K] V[b,h,K,d]", "L = G[B,H,Q,D] O[B,H,Q,D]"]
    return "\n".join(lines) + "\n"


def attention() -> Iterator[Problem]:
    """Forward alone, and the gradients of the output contracted with given numbers, f32."""
    for causal in (False, True):
        for shape in ATTENTION:
            yield _attention(shape, causal, False)
            yield _attention(shape, causal, True)


def _attention(shape: tuple[int, int, int, int], causal: bool, gradient: bool) -> Problem:
    random = np.random.default_rng(0)
    q, k, v, g = (random.standard_normal(shape).astype(np.float32) for _ in range(4))
    named = {"Q": q, "K": k, "V": v, "G": g}
    text = attention_text(causal)
    if gradient:
        runs = peers.runs(
            einlang=lambda: peers.einlang_run(text, named, lambda program: program.value_and_grad("L", wrt=["Q", "K", "V"])),
            torch=lambda: peers.torch_gradient(_torch_attention(causal, True), [q, k, v, g], range(3)),
            jax=lambda: peers.jax_gradient(_jax_attention(causal, True), [q, k, v, g], range(3)),
        )
    else:
        del named["G"]
        runs = peers.runs(
            einlang=lambda: peers.einlang_run(text, named, lambda program: program.only("O")),
            torch=lambda: peers.torch_run(_torch_attention(causal, False), [q, k, v]),
            jax=lambda: peers.jax_run(_jax_attention(causal, False), [q, k, v]),
        )
    b, h, n, d = shape
    operations = (12.0 if gradient else 4.0) * b * h * n * n * d / (2 if causal else 1)
    name = f"{'gradient' if gradient else 'forward'}{', causal' if causal else ''} {shape}"
    return Problem(name, runs, "float32", operations, tolerance=1e-3)


def _torch_attention(causal: bool, contracted: bool) -> Callable[..., Any]:
    import torch

    attend = torch.nn.functional.scaled_dot_product_attention
    if contracted:
        return lambda q, k, v, g: (attend(q, k, v, is_causal=causal) * g).sum()
    return lambda q, k, v: attend(q, k, v, is_causal=causal)


def _jax_attention(causal: bool, contracted: bool) -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def attend(q: Any, k: Any, v: Any) -> Any:
        scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / jnp.sqrt(jnp.float32(q.shape[-1]))
        if causal:
            scores = jnp.where(jnp.tril(jnp.ones(scores.shape[-2:], bool)), scores, -jnp.inf)
        return jnp.einsum("bhqk,bhkd->bhqd", jax.nn.softmax(scores, axis=-1), v)

    return (lambda q, k, v, g: (attend(q, k, v) * g).sum()) if contracted else attend


CLASSES = (
    Class(
        "networks",
        "Networks, loss and all gradients",
        networks,
        (
            mean_ratio(5.0, among="4-8-3"),
            mean_ratio(5.0, among="64-32-10"),
            mean_ratio(1.5, among="784-128-10"),
            mean_ratio(1.15, among="784-512-10"),
            mean_ratio(1.4, among="1024-1024-1024"),
            mean_ratio(1.5, among="128-128-128-128-128-128-128"),
        ),
    ),
    Class("attention", "Attention, forward and gradient", attention, (mean_ratio(1.5),)),
)
