"""Train convolutional_network.ein, and the dense network of ../digits, on real digits; compare what they get wrong."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
PARTS = 3
WIDTHS = (64, 128, 64, 10)
SHAPES = {"F1": (16, 3, 3), "c1": 16, "F2": (32, 16, 3, 3), "c2": 32, "W": (32, 3, 3, 10), "c3": 10}
INPUTS = {"F1": 3 * 3, "F2": 16 * 3 * 3, "W": 32 * 3 * 3}

Arrays = dict[str, np.ndarray]


def minibatches(count: int, size: int, random: np.random.Generator) -> list[np.ndarray]:
    return np.split(random.permutation(count), range(size, count, size))


def train_convolutional(step: einlang.Program, X: np.ndarray, y: np.ndarray, random: np.random.Generator) -> Arrays:
    """The parameters after 12 epochs with a falling rate; weights start with variance 2 / (number of inputs), as suits relu."""
    parameters = {name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}
    for name, inputs in INPUTS.items():
        parameters[name] += random.normal(0, (2 / inputs) ** 0.5, SHAPES[name])
    for epoch in range(12):
        for rows in minibatches(len(X), 16, random):
            step(X=X[rows], y=y[rows], rate=0.1 * (1 - epoch / 12), **parameters)
    return parameters


def train_dense(model: einlang.Program, X: np.ndarray, y: np.ndarray, random: np.random.Generator) -> Arrays:
    """The parameters after 40 epochs, as in ../digits."""
    step, labels, parameters = model.value_and_grad("L"), np.eye(10, dtype=np.float32)[y], {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(WIDTHS), start=1):
        parameters[f"W{layer}"] = random.normal(0, fan_in**-0.5, (fan_in, fan_out)).astype(np.float32)
        parameters[f"c{layer}"] = np.zeros(fan_out, np.float32)
    for _ in range(40):
        for rows in minibatches(len(X), 32, random):
            for name, gradient in step(X=X[rows], Y=labels[rows], **parameters)[1].items():
                parameters[name] -= 0.2 * gradient
    return parameters


def main() -> None:
    data = np.load(HERE.parent / "digits" / "digits.npz")
    images, y = data["images"].astype(np.float32) / 16, data["labels"].astype(np.int64)
    networks = {
        "dense": (einlang.load(HERE.parent / "digits" / "digits.ein"), train_dense, images),
        "convolutional": (einlang.load(HERE / "convolutional_network.ein"), train_convolutional, images.reshape(-1, 8, 8)),
    }
    guesses = {name: np.zeros_like(y) for name in networks}
    parts = np.array_split(np.random.default_rng(0).permutation(len(y)), PARTS)
    for number, held_out in enumerate(parts, start=1):
        training = np.setdiff1d(np.arange(len(y)), held_out)
        for name, (model, train, X) in networks.items():
            parameters = train(model, X[training], y[training], np.random.default_rng(number))
            (guesses[name][held_out],) = model.only("digit")(X=X[held_out], **parameters)
            wrong = np.sum(guesses[name][held_out] != y[held_out])
            print(f"part {number}/{PARTS} held out  {name:13}  {wrong:2} of {len(held_out)} wrong", flush=True)
    for name, guess in guesses.items():
        print(f"{name:13}  accuracy {np.mean(guess == y):.2%}: {np.sum(guess != y)} of {len(y)} wrong")
    np.savez(HERE / "trained.npz", X=X[held_out], y=y[held_out], rate=np.float32(0), **parameters)
    print(f"wrote {HERE / 'trained.npz'}: the last parameters of the convolutional network, and the images held out from it")
    if importlib.util.find_spec("matplotlib"):
        draw(parameters["F1"], X[guesses["convolutional"] != y], guesses["convolutional"][guesses["convolutional"] != y])


def draw(filters: np.ndarray, images: np.ndarray, guesses: np.ndarray) -> None:
    """Draw the filters of the first layer, and images that the network got wrong, each with its guess."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(10, 4.4), layout="constrained")
    left, right = figure.subfigures(1, 2)
    left.suptitle("filters of the first convolution")
    right.suptitle("wrong: what was read")
    for axes, image in zip(left.subplots(4, 4).flat, filters, strict=True):
        axes.imshow(image, cmap="RdBu", vmin=-1.5, vmax=1.5)
        axes.axis("off")
    for axes, image, guess in zip(right.subplots(3, 5).flat, images, guesses, strict=False):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(guess, fontsize=10)
        axes.axis("off")
    figure.savefig(HERE / "filters.png", dpi=80)


if __name__ == "__main__":
    main()
