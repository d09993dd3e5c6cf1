"""Fit gaussian_process.ein to the heights of a few places along a line, and say how high the others are; draw both."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
MEASURED = 50  # of 201 places
START = {"a": 0.0, "l": 0.0, "s": -1.0}

Arrays = dict[str, np.ndarray]


def main() -> None:
    data = np.load(HERE / "jacksboro.npz")
    x, height = data["kilometres"], data["metres"].astype(np.float64)
    known = np.sort(np.random.default_rng(0).choice(len(x), MEASURED, replace=False))
    middle, spread = height[known].mean(), height[known].std()
    model = einlang.load(HERE / "gaussian_process.ein")
    given = {"x": x[known], "y": (height[known] - middle) / spread, "q": x}
    if importlib.util.find_spec("sklearn"):
        print(f"likelihood and gradient differ from scikit-learn's by at most {difference(model, given):.1g}")
    found = einlang.newton(model, "L", given | START)
    print(f"Newton's method: {found}")
    a, length, noise = (float(np.exp(found.params[name])) for name in "als")
    print(f"amplitude {a * spread:.0f} m  length {length:.2f} km  noise {noise * spread:.0f} m")
    _, mean, deviation = model(given | found.params)
    mean, deviation = middle + spread * mean, spread * np.hypot(deviation, noise)
    report(height, mean, deviation, np.setdiff1d(np.arange(len(x)), known))
    if importlib.util.find_spec("matplotlib"):
        draw(x, height, known, mean, deviation)


def report(height: np.ndarray, mean: np.ndarray, deviation: np.ndarray, others: np.ndarray) -> None:
    """Print how well the places are foretold that were not measured."""
    miss, spread = (mean - height)[others], height[others].std()
    print(f"{len(others)} other places differ by {np.sqrt(np.mean(miss**2)):.0f} m, from their mean by {spread:.0f} m")
    print(f"within two deviations {np.mean(np.abs(miss) < 2 * deviation[others]):.1%}")


def difference(model: einlang.Program, given: Arrays) -> float:
    """The largest difference of the likelihood and its gradient, whose parameters there are logarithms of squares."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    a, length, noise = np.exp(list(START.values()))
    kernel = ConstantKernel(a**2) * RBF(length) + WhiteKernel(noise**2)
    theirs = GaussianProcessRegressor(kernel, alpha=0, optimizer=None).fit(given["x"][:, None], given["y"])
    likelihood, gradient = theirs.log_marginal_likelihood(kernel.theta, eval_gradient=True)
    value, ours = model.value_and_grad("L")(given | START)
    differences = [value + likelihood, *(np.array([ours["a"] / 2, ours["l"], ours["s"] / 2]) + gradient)]
    return float(np.abs(differences).max())


def draw(x: np.ndarray, height: np.ndarray, known: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> None:
    """Draw the heights, those that were measured, and what the process says of the others."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    axes.fill_between(x, mean - 2 * deviation, mean + 2 * deviation, alpha=0.25, label="two deviations")
    axes.plot(x, mean, label="mean")
    axes.plot(x, height, "k", linewidth=0.6, label="the heights")
    axes.plot(x[known], height[known], "ko", markersize=4, label="measured")
    axes.set(xlabel="kilometres", ylabel="metres above the sea")
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    figure.savefig(HERE / "heights.png", dpi=80)


if __name__ == "__main__":
    main()
