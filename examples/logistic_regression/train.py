"""Fit logistic_regression.ein to the breast-cancer data by gradient descent; print loss and held-out accuracy."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
STEPS, RATE, RIDGE = 500, 0.5, 1e-2


def main() -> None:
    data = np.load(HERE / "breast_cancer.npz")
    X, y = data["features"], data["benign"].astype(np.float64)
    held_out, training = np.split(np.random.default_rng(0).permutation(len(X)), [len(X) // 5])
    X = (X - X[training].mean(axis=0)) / X[training].std(axis=0)
    model = einlang.load(HERE / "logistic_regression.ein")
    step, predict = model.value_and_grad("L"), model.only("p")
    w, c = np.zeros(X.shape[1]), 0.0
    for count in range(STEPS + 1):
        loss, gradients = step(X=X[training], y=y[training], ridge=RIDGE, w=w, c=c)
        if count % 50 == 0:
            (p,) = predict(X=X[held_out], w=w, c=c)
            accuracy = np.mean((p > 0.5) == y[held_out])
            print(f"step {count:3}  loss {float(loss):.4f}  held-out accuracy {accuracy:.1%}", flush=True)
        w -= RATE * gradients["w"]
        c -= RATE * gradients["c"]
    if importlib.util.find_spec("matplotlib"):
        draw(X[held_out] @ w + c, y[held_out])


def draw(z: np.ndarray, y: np.ndarray) -> None:
    """Draw what the model gives for the tumours that were held out, with the probability over it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.2), layout="constrained")
    places = np.linspace(z.min() - 1, z.max() + 1, 200)
    axes.plot(places, 1 / (1 + np.exp(-places)), color="black", linewidth=1, label="probability that it is benign")
    scatter = np.random.default_rng(0).uniform(-0.04, 0.04, len(z))
    for kind, name, colour in ((0, "malignant", "tab:red"), (1, "benign", "tab:blue")):
        axes.plot(z[y == kind], y[y == kind] + scatter[y == kind], ".", color=colour, alpha=0.6, label=name)
    axes.set(xlabel="z, of thirty measurements", ylabel="benign", xlim=places[[0, -1]])
    axes.legend(loc="center left")
    figure.savefig(HERE / "tumours.png", dpi=100)


if __name__ == "__main__":
    main()
