"""Find the two variances of the Nile's local-level model by the likelihood of kalman_filter.ein; filter, smooth, and draw."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
ONE = np.ones((1, 1))
LEVEL = {"F": ONE, "H": ONE, "x0": np.zeros(1), "P0": 1e7 * ONE}  # a level that wanders, of which nothing is known at first
START = {"q": np.log([1e4]), "r": np.log([1e4])}


def main() -> None:
    data = np.load(HERE / "nile.npz")
    year, flow = data["year"], data["flow"].astype(np.float64)
    model = einlang.load(HERE / "kalman_filter.ein")
    given = LEVEL | {"y": flow[:, None]}
    found = einlang.newton(model, "L", given | START)
    print(f"Newton's method: {found}")
    move, noise = (float(np.exp(found.params[name][0])) for name in "qr")
    print(f"variance of a measurement {noise:.0f}, of a move of the level {move:.0f}; log likelihood {-found.value:.4f}")
    out = model(given | found.params)
    level, deviation = out.xs[:, 0], np.sqrt(out.Ps[:, 0, 0])
    fall = -np.diff(level)
    print(f"the level falls most, by {fall.max():.0f}, from {year[fall.argmax()]} to {year[fall.argmax()] + 1}")
    print(f"after {year[-1]} it is {level[-1]:.0f}, give or take {2 * deviation[-1]:.0f}")
    if importlib.util.find_spec("matplotlib"):
        draw(year, flow, out.x[:, 0], level[:-1], deviation[:-1])


def draw(year: np.ndarray, flow: np.ndarray, filtered: np.ndarray, level: np.ndarray, deviation: np.ndarray) -> None:
    """Draw the flow, and its level as it is known in each year, and as it is known in the end."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    axes.fill_between(year, level - 2 * deviation, level + 2 * deviation, alpha=0.25, label="two deviations")
    axes.plot(year, level, label="smoothed level")
    axes.plot(year, filtered, "--", linewidth=1, color="tab:orange", label="filtered level")
    axes.plot(year, flow, "ko", markersize=3, label="flow")
    axes.set(xlabel="year", ylabel="flow at Aswan, $10^8$ m³ a year")
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    figure.savefig(HERE / "level.png", dpi=80)


if __name__ == "__main__":
    main()
