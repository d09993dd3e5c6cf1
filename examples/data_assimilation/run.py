"""Find a start of the weather of data_assimilation.ein that fits measurements of half of the places; forecast from it; draw."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
PLACES, MEASURED, TIMES, LATER, EVERY = 40, 20, 8, 16, 4  # later: so many times more to forecast
WEATHER = {"F": 8.0, "h": 0.05}
TRUST, NOISE = 1.0, 0.2

Arrays = dict[str, np.ndarray]


def weather(model: einlang.Program, start: np.ndarray, times: int) -> np.ndarray:
    """What becomes of a start, step by step."""
    nothing = {"y": np.zeros((times, 0)), "place": np.zeros(0, dtype=np.int64), "guess": start, "noise": 1.0, "trust": 1.0}
    return model.only("x")(WEATHER | nothing | {"start": start}).x


def main() -> None:
    random = np.random.default_rng(0)
    model = einlang.load(HERE / "data_assimilation.ein")
    before = weather(model, WEATHER["F"] + random.normal(size=PLACES), 60)[-1]
    truth = weather(model, before, TIMES + LATER)
    place = np.sort(random.choice(PLACES, MEASURED, replace=False))
    measured = truth[EVERY : EVERY * TIMES + 1 : EVERY, place] + random.normal(0, NOISE, (TIMES, MEASURED))
    guess = truth[0] + random.normal(0, TRUST, PLACES)
    start = guess
    for times in range(2, TIMES + 1, 2):  # more and more measurements, since all of them at once have many local minima
        given = {"y": measured[:times], "place": place, "guess": guess, "noise": NOISE, "trust": TRUST, "start": start}
        found = einlang.newton(model, "L", WEATHER | given, products=True, tolerance=1e-6)
        start = found.params["start"]
        print(f"{times} times: {found}")
    runs = {"guess": weather(model, guess, TIMES + LATER), "found": weather(model, start, TIMES + LATER)}
    for name, run in runs.items():
        miss = np.sqrt(np.mean((run - truth) ** 2, axis=1))
        at = (0, EVERY * TIMES, 2 * EVERY * TIMES)
        print(f"from the start that was {name}, misses after {at} steps:", *(f"{miss[t]:.2f}" for t in at))
    print(f"two times of the same weather differ by {np.std(truth) * 2**0.5:.2f}")
    if importlib.util.find_spec("matplotlib"):
        draw(truth, place, runs)


def draw(truth: np.ndarray, place: np.ndarray, runs: Arrays) -> None:
    """Draw the weather over place and time, as it was and as it was forecast, and how far off the forecasts are."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    days = np.arange(len(truth)) * WEATHER["h"] * 5  # Lorenz takes a unit of time for five days
    figure, axes = pyplot.subplots(1, 4, figsize=(8.5, 3.6), sharey=True, layout="constrained")
    shown = {"the weather": truth, "from the guess": runs["guess"], "from what was found": runs["found"]}
    for axis, (title, run) in zip(axes, shown.items(), strict=False):
        axis.pcolormesh(np.arange(PLACES), days, run, vmin=-10, vmax=14, cmap="RdBu_r")
        axis.set(title=title, xlabel="place")
    times = days[EVERY : EVERY * TIMES + 1 : EVERY]
    axes[0].plot(*np.meshgrid(place, times), "k.", markersize=2)
    axes[0].set(ylabel="days")
    for name, run in runs.items():
        axes[3].plot(np.sqrt(np.mean((run - truth) ** 2, axis=1)), days, label=name)
    axes[3].axhspan(0, times[-1], alpha=0.15)
    axes[3].set(title="misses", xlabel="root mean square")
    axes[3].legend(loc="upper left")
    figure.savefig(HERE / "weather.png", dpi=80)


if __name__ == "__main__":
    main()
