"""Find the states behind the yearly numbers of earthquakes by the steps that hidden_markov.ein takes; draw them."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
STEPS = 100


def start(count: np.ndarray, states: int) -> dict[str, np.ndarray]:
    """Rates across the counts, and states that last."""
    rates = np.quantile(count, (np.arange(states) + 0.5) / states)
    return {"a": np.zeros(states), "b": 2 * np.eye(states), "c": np.log(rates)}


def main() -> None:
    data = np.load(HERE / "earthquakes.npz")
    year, count = data["year"], data["count"].astype(np.int64)
    model = einlang.load(HERE / "hidden_markov.ein")
    for states in (1, 2, 3):
        params = start(count, states)
        losses = [float(model({"y": count} | params).L) for _ in range(STEPS)]
        out = model.only("p", "state", "L")({"y": count} | params)
        falls = bool(np.all(np.diff(losses) < 1e-9))
        print(f"states {states}  log likelihood {-losses[0]:.4f}, after {STEPS} steps {-out.L:.4f}, never fell {falls}")
    print("rates", *(f"{rate:.3f}" for rate in np.exp(params["c"])))
    begins = np.flatnonzero(np.diff(out.state, prepend=-1))
    print("most likely", *(f"{out.state[t]} from {year[t]}" for t in begins), sep="  ")
    if importlib.util.find_spec("matplotlib"):
        draw(year, count, out.p, out.state, np.exp(params["c"]))


def draw(year: np.ndarray, count: np.ndarray, p: np.ndarray, state: np.ndarray, rates: np.ndarray) -> None:
    """Draw the counts, the rates of the most likely states, and how probable each state is in each year."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, figsize=(8, 5), sharex=True, height_ratios=[2, 1], layout="constrained")
    above.plot(year, count, "ko", markersize=3, label="earthquakes")
    above.step(year, rates[state], where="mid", label="rate of the most likely states")
    above.step(year, p @ rates, where="mid", linewidth=0.8, label="expected rate")
    above.set(ylabel="a year")
    above.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
    colours = pyplot.get_cmap("Blues")(np.linspace(0.25, 0.9, len(rates)))
    below.stackplot(year, p.T, colors=colours, labels=[f"rate {rate:.0f}" for rate in rates])
    below.set(xlabel="year", ylabel="probability", ylim=(0, 1), xlim=(year[0], year[-1]))
    below.legend(loc="center right")
    figure.savefig(HERE / "states.png", dpi=80)


if __name__ == "__main__":
    main()
