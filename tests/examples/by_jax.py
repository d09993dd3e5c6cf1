"""Losses of examples as JAX has them: in goes a folder of `NAME.npz` with data and params, out come `NAME.out.npz`.

A program of its own, `python by_jax.py FOLDER`, so that JAX's threads are in no process that forks.
"""

import sys
from pathlib import Path

import jax
import numpy as np
from jax import lax, nn
from jax import numpy as jnp

Arrays = dict[str, jax.Array]


def attention(data: Arrays, p: Arrays) -> jax.Array:
    def norm(x: jax.Array, number: int) -> jax.Array:
        centred = x - x.mean(-1, keepdims=True)
        return p[f"g{number}"] * centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) + p[f"b{number}"]

    def of_a_text(text: jax.Array, following: jax.Array) -> jax.Array:
        x = p["E"][text] + p["P"]
        query, key, value = (norm(x, 1) @ p[name] for name in ("Wq", "Wk", "Wv"))
        score = query @ key.swapaxes(1, 2) / query.shape[-1] ** 0.5
        looks = nn.softmax(jnp.where(jnp.tri(len(text)), score, -jnp.inf))
        x = x + (looks @ value @ p["Wo"]).sum(0)
        x = x + nn.gelu(norm(x, 2) @ p["W1"] + p["c1"], approximate=False) @ p["W2"] + p["c2"]
        guesses = nn.log_softmax(norm(x, 3) @ p["E"].T)
        return -jnp.take_along_axis(guesses, following[:, None], 1).mean()

    return jax.vmap(of_a_text)(data["text"], data["next"]).mean()


def convolutional_network(data: Arrays, p: Arrays) -> jax.Array:
    x = jnp.pad(data["X"], ((0, 0), (1, 1), (1, 1)))[:, None]
    x = nn.relu(lax.conv(x, p["F1"][:, None], (1, 1), "VALID") + p["c1"][:, None, None])
    x = nn.relu(lax.conv(x, p["F2"], (1, 1), "VALID") + p["c2"][:, None, None])
    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    scores = nn.log_softmax(jnp.tensordot(x, p["W"], 3) + p["c3"])
    return -jnp.take_along_axis(scores, data["y"][:, None], 1).mean()


def recurrent_network(data: Arrays, p: Arrays) -> jax.Array:
    def step(h: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        h = jnp.tanh(x * p["V"] + (h[:, None] @ p["U"])[:, 0] + p["b"])
        return h, x + (h * p["w"]).sum(1) + p["c"]

    x = data["x"]
    _, found = lax.scan(step, jnp.zeros_like(p["b"]), x[:-1])
    return ((x[1:, None] - found) ** 2).sum() / (len(x) - 1)


def gaussian_process(data: Arrays, p: Arrays) -> jax.Array:
    x, y = data["x"], data["y"]
    alike = jnp.exp(2 * p["a"] - (x[:, None] - x) ** 2 * jnp.exp(-2 * p["l"]) / 2)
    root = jnp.linalg.cholesky(alike + jnp.exp(2 * p["s"]) * jnp.eye(len(x)))
    white = jax.scipy.linalg.solve_triangular(root, y, lower=True)
    return white @ white / 2 + jnp.log(jnp.diag(root)).sum() + len(x) * jnp.log(2 * jnp.pi) / 2


def kalman_filter(data: Arrays, p: Arrays) -> jax.Array:
    F, H, moves, noise = data["F"], data["H"], jnp.diag(jnp.exp(p["q"])), jnp.diag(jnp.exp(p["r"]))

    def step(state: tuple[jax.Array, jax.Array], y: jax.Array) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        mean, spread = state
        new, S = y - H @ mean, H @ spread @ H.T + noise
        gain = jnp.linalg.solve(S, H @ spread).T
        loss = (new @ jnp.linalg.solve(S, new) + jnp.linalg.slogdet(2 * jnp.pi * S)[1]) / 2
        return (F @ (mean + gain @ new), F @ (spread - gain @ H @ spread) @ F.T + moves), loss

    _, losses = lax.scan(step, (data["x0"], data["P0"]), data["y"])
    return losses.sum()


LOSSES = {loss.__name__: loss for loss in (attention, convolutional_network, recurrent_network, gaussian_process, kalman_filter)}


def main(folder: Path) -> None:
    jax.config.update("jax_enable_x64", True)
    for name, loss in LOSSES.items():
        with np.load(folder / f"{name}.npz") as file:
            data, params = ({key[5:]: file[key] for key in file if key.startswith(start)} for start in ("data.", "para."))
        value, gradients = jax.jit(jax.value_and_grad(loss, argnums=1))(data, params)
        np.savez(folder / f"{name}.out.npz", value=value, **gradients)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
