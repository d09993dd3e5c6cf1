"""Train networks of several depths, all from deep_network.ein, on real handwritten digits; write the deepest to trained.npz."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import einlang

HERE = Path(__file__).parent
DEPTHS, WIDTH = (1, 2, 4, 8), 48
EPOCHS, BATCH, RATE = 30, 32, 0.05

Arrays = dict[str, np.ndarray]


def initial_parameters(depth: int, random: np.random.Generator) -> Arrays:
    """Weights of variance 2 / (number of inputs), as suits relu; biases zero."""
    parameters = {}
    for m, (fan_in, fan_out) in enumerate(pairwise([64, *[WIDTH] * (depth - 1), 10]), start=1):
        parameters[f"W{{{m}}}"] = random.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out)).astype(np.float32)
        parameters[f"c{{{m}}}"] = np.zeros(fan_out, np.float32)
    return parameters


def train(model: Any, parameters: Arrays, images: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> float:
    """Change the parameters by minibatch gradient descent; the mean loss of the last epoch."""
    step = model.value_and_grad("L")
    for _ in range(EPOCHS):
        losses = []
        for rows in np.split(random.permutation(len(images)), range(BATCH, len(images), BATCH)):
            loss, gradients = step({"A": images[rows], "y": labels[rows], **parameters})
            losses.append(loss)
            for name, gradient in gradients.items():
                parameters[name] -= RATE * gradient
    return float(np.mean(losses))


def main() -> None:
    data = np.load(HERE.parent / "digits" / "digits.npz")
    images, labels = data["images"].astype(np.float32) / 16, data["labels"]
    held_out, training = np.split(np.random.default_rng(0).permutation(len(images)), [len(images) // 5])
    for depth in DEPTHS:
        random = np.random.default_rng(depth)
        model = einlang.load(HERE / "deep_network.ein", consts={"n": depth})
        parameters = initial_parameters(depth, random)
        loss = train(model, parameters, images[training], labels[training], random)
        (digit,) = model.only("digit")({"A": images[held_out], **parameters})
        accuracy = np.mean(digit == labels[held_out])
        print(f"{depth} layer{'s' if depth > 1 else ' '}  loss {loss:.4f}  held-out accuracy {accuracy:.1%}", flush=True)
    np.savez(HERE / "trained.npz", A=images[held_out], y=labels[held_out], **parameters)
    print(f"wrote {HERE / 'trained.npz'}: the parameters of {DEPTHS[-1]} layers, and the held-out images to classify")


if __name__ == "__main__":
    main()
