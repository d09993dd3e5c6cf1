"""Train networks of several depths, all from deep_network.ein, on real handwritten digits; write the deepest to trained.npz."""

import importlib.util
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


def train(model: Any, parameters: Arrays, images: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> list[float]:
    """Change the parameters by minibatch gradient descent; the mean loss of each epoch."""
    step, means = model.value_and_grad("L"), []
    for _ in range(EPOCHS):
        losses = []
        for rows in np.split(random.permutation(len(images)), range(BATCH, len(images), BATCH)):
            loss, gradients = step({"A": images[rows], "y": labels[rows], **parameters})
            losses.append(loss)
            for name, gradient in gradients.items():
                parameters[name] -= RATE * gradient
        means.append(float(np.mean(losses)))
    return means


def main() -> None:
    data = np.load(HERE.parent / "digits" / "digits.npz")
    images, labels = data["images"].astype(np.float32) / 16, data["labels"]
    held_out, training = np.split(np.random.default_rng(0).permutation(len(images)), [len(images) // 5])
    losses = {}
    for depth in DEPTHS:
        random = np.random.default_rng(depth)
        model = einlang.load(HERE / "deep_network.ein", consts={"n": depth})
        parameters = initial_parameters(depth, random)
        losses[depth] = train(model, parameters, images[training], labels[training], random)
        (digit,) = model.only("digit")({"A": images[held_out], **parameters})
        accuracy = np.mean(digit == labels[held_out])
        print(
            f"{depth} layer{'s' if depth > 1 else ' '}  loss {losses[depth][-1]:.4f}  held-out accuracy {accuracy:.1%}",
            flush=True,
        )
    np.savez(HERE / "trained.npz", A=images[held_out], y=labels[held_out], **parameters)
    print(f"wrote {HERE / 'trained.npz'}: the parameters of {DEPTHS[-1]} layers, and the held-out images to classify")
    if importlib.util.find_spec("matplotlib"):
        draw(losses)


def draw(losses: dict[int, list[float]]) -> None:
    """Draw how the loss of each network falls."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for (depth, found), colour in zip(losses.items(), pyplot.cm.Blues(np.linspace(0.4, 1, len(losses))), strict=True):
        axes.plot(np.arange(len(found)) + 1, found, "-", color=colour, label=f"{depth} layer{'s' if depth > 1 else ''}")
    axes.set(yscale="log", xlabel="epoch", ylabel="loss", xlim=(1, EPOCHS))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(HERE / "losses.png", dpi=100)


if __name__ == "__main__":
    main()
