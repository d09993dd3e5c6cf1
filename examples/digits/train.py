"""Train the network of digits.ein on real handwritten digits by minibatch gradient descent; write trained.npz."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
WIDTHS = (64, 128, 64, 10)
EPOCHS, BATCH, RATE = 40, 32, 0.2


def initial_parameters(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of variance 1 / (number of inputs), biases zero."""
    parameters = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(WIDTHS), start=1):
        parameters[f"W{layer}"] = random.normal(0, fan_in**-0.5, (fan_in, fan_out)).astype(np.float32)
        parameters[f"c{layer}"] = np.zeros(fan_out, np.float32)
    return parameters


def main() -> None:
    data = np.load(HERE / "digits.npz")
    X = data["images"].astype(np.float32) / 16
    Y = np.eye(10, dtype=np.float32)[data["labels"]]
    random = np.random.default_rng(0)
    held_out, training = np.split(random.permutation(len(X)), [len(X) // 5])

    model = einlang.load(HERE / "digits.ein")
    step, classify = model.value_and_grad("L"), model.only("digit")
    parameters = initial_parameters(random)
    history = []
    for epoch in range(1, EPOCHS + 1):
        losses = []
        order = random.permutation(training)
        for rows in np.split(order, range(BATCH, len(order), BATCH)):
            loss, gradients = step(X=X[rows], Y=Y[rows], **parameters)
            losses.append(loss)
            for name, gradient in gradients.items():
                parameters[name] -= RATE * gradient
        (digit,) = classify(X=X[held_out], **parameters)
        accuracy = np.mean(digit == data["labels"][held_out])
        history.append((np.mean(losses), 1 - accuracy))
        print(f"epoch {epoch:2}/{EPOCHS}  loss {np.mean(losses):.4f}  held-out accuracy {accuracy:.1%}", flush=True)

    np.savez(HERE / "trained.npz", X=X[held_out], Y=Y[held_out], **parameters)
    print(f"wrote {HERE / 'trained.npz'}: the parameters, and the held-out images to classify")
    if importlib.util.find_spec("matplotlib"):
        draw(np.array(history), X[held_out].reshape(-1, 8, 8), digit)


def draw(history: np.ndarray, images: np.ndarray, digit: np.ndarray) -> None:
    """Draw the loss and the share of wrong digits after each epoch, and the first images with what was read."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    epochs = np.arange(len(history)) + 1
    axes.plot(epochs, history[:, 0], label="loss")
    axes.plot(epochs, history[:, 1], label="held out and read wrong")
    axes.set(yscale="log", xlabel="epoch", xlim=(1, EPOCHS))
    axes.grid(alpha=0.3)
    axes.legend()
    for place, image, read in zip(right.subplots(3, 6).flat, images, digit, strict=False):
        place.imshow(image, cmap="gray_r")
        place.set_title(str(read), fontsize=9, pad=2)
        place.axis("off")
    figure.savefig(HERE / "read.png", dpi=100)


if __name__ == "__main__":
    main()
