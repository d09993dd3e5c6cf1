"""Fit linear_regression.ein to the diabetes data by gradient descent, and compare with the exact solution."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
STEPS, RATE, RIDGE = 5000, 0.2, 1e-3
MEASURED = (
    "age",
    "sex",
    "body mass",
    "blood pressure",
    "cholesterol",
    "LDL",
    "HDL",
    "cholesterol / HDL",
    "triglycerides",
    "glucose",
)


def exact(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """The minimum by the normal equations, the intercept unpenalised: (X'X / n + ridge) w = X'(y - mean y) / n."""
    n, k = X.shape
    centred = X - X.mean(axis=0)
    w = np.linalg.solve(centred.T @ centred / n + RIDGE * np.eye(k), centred.T @ (y - y.mean()) / n)
    return w, y.mean() - X.mean(axis=0) @ w


def main() -> None:
    data = np.load(HERE / "diabetes.npz")
    X, y = data["features"], data["progression"]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = einlang.load(HERE / "linear_regression.ein")
    step = model.value_and_grad("L")
    w, c = np.zeros(X.shape[1]), 0.0
    for count in range(STEPS + 1):
        loss, gradients = step(X=X, y=y, ridge=RIDGE, w=w, c=c)
        if count % 500 == 0:
            print(f"step {count:4}  loss {float(loss):10.4f}", flush=True)
        w -= RATE * gradients["w"]
        c -= RATE * gradients["c"]
    w_exact, c_exact = exact(X, y)
    print(f"largest difference from the exact solution: {max(np.abs(w - w_exact).max(), abs(c - c_exact)):.1e}")
    prediction = model(X=X, y=y, ridge=RIDGE, w=w, c=c).prediction
    residual = y - prediction
    print(f"explained variance R² = {1 - residual.var() / y.var():.3f}")
    if importlib.util.find_spec("matplotlib"):
        draw(y, prediction, w)


def draw(y: np.ndarray, prediction: np.ndarray, w: np.ndarray) -> None:
    """Draw what was predicted over what was observed, and the weight of each measurement."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    left.plot(y, prediction, ".", alpha=0.5)
    left.axline((150, 150), slope=1, color="black", linewidth=0.8)
    left.set(xlabel="progression after a year", ylabel="predicted")
    right.barh(MEASURED[::-1], w[::-1])
    right.axvline(0, color="black", linewidth=0.8)
    right.set_xlabel("weight, by standard deviations")
    figure.savefig(HERE / "progression.png", dpi=100)


if __name__ == "__main__":
    main()
