"""Train recurrent_network.ein on the sunspots of 1700 to 1920; foretell each of the years after, compare, and draw."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
TRAINED, HELD_OUT = 1921, ((1921, 1956), (1956, 2009))
NETWORKS, CELLS, STEPS, RATE, LAGS = 32, 12, 250, 0.01, 9

Arrays = dict[str, np.ndarray]


def root(spots: np.ndarray) -> np.ndarray:
    """What the network sees: a count varies by about the root of it."""
    return np.sqrt(spots) / 10


def number(root: np.ndarray) -> np.ndarray:
    return (10 * np.maximum(root, 0)) ** 2


def start(random: np.random.Generator) -> Arrays:
    """Random weights of variance 1 / (number of inputs), small ones for what is read, shifts of 0."""
    cells = (NETWORKS, CELLS)
    params = {"V": random.normal(size=cells), "U": random.normal(0, CELLS**-0.5, (*cells, CELLS))}
    return params | {"w": random.normal(0, 0.1, cells), "b": np.zeros(cells), "c": np.zeros(NETWORKS)}


def train(model: einlang.Program, x: np.ndarray, params: Arrays) -> None:
    """Steps of Adam with a rate that falls to 0, in place."""
    gradient = model.value_and_grad("L")
    means, squares = ({name: np.zeros_like(array) for name, array in params.items()} for _ in range(2))
    for step in range(1, STEPS + 1):
        loss, gradients = gradient({"x": x} | params)
        for name, g in gradients.items():
            means[name] += 0.1 * (g - means[name])
            squares[name] += 0.01 * (g**2 - squares[name])
            deviation = np.sqrt(squares[name] / (1 - 0.99**step))
            params[name] -= RATE * (1 - step / STEPS) * means[name] / (1 - 0.9**step) / (deviation + 1e-8)
        if step % 50 == 0:
            print(f"step {step}  loss {loss / NETWORKS:.5f}")


def autoregression(x: np.ndarray, known: int) -> np.ndarray:
    """Each number but the first from the LAGS before it and a constant, by least squares over the known ones."""
    lags = np.array([[*x[t - LAGS : t], 1] for t in range(LAGS, len(x))])
    weights = np.linalg.lstsq(lags[: known - LAGS], x[LAGS:known], rcond=None)[0]
    return np.concatenate([np.full(LAGS - 1, np.nan), lags @ weights])


def main() -> None:
    data = np.load(HERE / "sunspots.npz")
    year, spots = data["year"], data["number"].astype(np.float64)
    x = root(spots)
    known = int(np.sum(year < TRAINED))
    params = start(np.random.default_rng(0))
    model = einlang.load(HERE / "recurrent_network.ein")
    train(model, x[:known], params)
    found = {
        "network": number(model({"x": x} | params).forecast[:-1]),
        "autoregression": autoregression(spots, known),
        "of the roots": number(autoregression(x, known)),
        "as last year": spots[:-1],
    }
    for first, end in HELD_OUT:
        asked = (year[1:] >= first) & (year[1:] < end)
        misses = (f"{name} {np.sqrt(np.mean((by - spots[1:])[asked] ** 2)):.2f}" for name, by in found.items())
        print(f"root mean square miss in {first} to {end - 1}:", ", ".join(misses))
    if importlib.util.find_spec("matplotlib"):
        draw(year, spots, found)


def draw(year: np.ndarray, spots: np.ndarray, found: Arrays) -> None:
    """Draw the numbers, and those that were foretold."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (whole, part) = pyplot.subplots(2, figsize=(8, 5), layout="constrained")
    whole.plot(year, spots, "k", linewidth=0.8)
    whole.axvspan(year[0], TRAINED - 0.5, alpha=0.15)
    whole.set(
        xlim=(year[0], year[-1]), ylabel="sunspots", title="trained on the shaded years; then each year from those before it"
    )
    shown = year[1:] >= TRAINED
    part.plot(year[1:][shown], spots[1:][shown], "ko", markersize=3, label="sunspots")
    part.plot(year[1:][shown], found["network"][shown], label="network")
    part.plot(year[1:][shown], found["autoregression"][shown], "--", linewidth=1, label="autoregression")
    part.set(xlabel="year", ylabel="sunspots", ylim=(-5, 250))
    part.legend(ncols=3, loc="upper left", frameon=False)
    figure.savefig(HERE / "sunspots.png", dpi=80)


if __name__ == "__main__":
    main()
