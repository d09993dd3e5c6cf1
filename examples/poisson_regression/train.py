"""Fit poisson_regression.ein to how often men can do chin-ups, by the Newton-Raphson steps it takes itself; draw the fit."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
NAMES = ("weight", "waist", "pulse")

Arrays = dict[str, np.ndarray]


def main() -> None:
    data = np.load(HERE / "linnerud.npz")
    X, y = data["features"], data["counts"][:, 0]
    model = einlang.load(HERE / "poisson_regression.ein")
    start = np.array([0.0, 0.0, 0.0, np.log(y.mean())])
    given = {"X": (X - X.mean(axis=0)) / X.std(axis=0), "y": y, "w": start}
    decrements, rate = fit(model, given)
    print("coefficients " + "  ".join(f"{name} {w:+.3f}" for name, w in zip(NAMES, given["w"], strict=False)))
    print(f"deviance {deviance(y, rate):.2f}, of the constant alone {deviance(y, np.full_like(y, y.mean())):.2f}")
    if importlib.util.find_spec("sklearn"):
        print(f"scikit-learn's solution differs by at most {difference(given):.1g}")
    if importlib.util.find_spec("matplotlib"):
        draw(X[:, 1], y, rate, decrements)


def fit(model: einlang.Program, given: Arrays) -> tuple[list[float], np.ndarray]:
    """Take steps, which change the coefficients in place, until one is expected to change nothing."""
    decrements: list[float] = []
    while not decrements or decrements[-1] > 1e-24:
        out = model(given)
        decrements.append(float(out.decrement))
        print(f"step {len(decrements)}  loss {out.L:.12f}  decrement {out.decrement:.1e}")
    return decrements, out.rate


def deviance(y: np.ndarray, rate: np.ndarray) -> float:
    return float(2 * np.sum(y * np.log(y / rate) - y + rate))


def difference(given: Arrays) -> float:
    """The largest difference of a coefficient from scikit-learn's."""
    from sklearn.linear_model import PoissonRegressor

    theirs = PoissonRegressor(alpha=0, solver="newton-cholesky", tol=1e-12).fit(given["X"], given["y"])
    return float(np.abs(np.append(theirs.coef_, theirs.intercept_) - given["w"]).max())


def draw(waist: np.ndarray, y: np.ndarray, rate: np.ndarray, decrements: list[float]) -> None:
    """Draw how the steps converge, and what they converge to."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.semilogy(range(1, len(decrements) + 1), decrements, "o-")
    left.set(xlabel="step", title="the decrement: its digits double with each step")
    left.grid(alpha=0.3)
    right.vlines(waist, y, rate, color="0.8", linewidth=1)
    right.plot(waist, y, "ko", markersize=4, label="counted")
    right.plot(waist, rate, "o", markersize=5, label="expected")
    right.set(xlabel="waist in inches", title="chin-ups of twenty men")
    right.legend()
    figure.savefig(HERE / "chinups.png", dpi=80)


if __name__ == "__main__":
    main()
