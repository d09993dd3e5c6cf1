"""Follow the temperature of a rod with heat_equation.ein; compare it with the exact solution, and draw it."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
CELLS, R, END = 100, 0.4, 0.2
HOT = (0.2, 0.4)  # at the start this part of a rod of length 1 is at 1, the rest at 0


def exact(x: np.ndarray, time: float, terms: int = 400) -> np.ndarray:
    """The solution as a series of cosines, each of which dies out at a rate of its own."""
    wave = np.pi * np.arange(1, terms)
    weights = 2 * (np.sin(wave * HOT[1]) - np.sin(wave * HOT[0])) / wave
    return HOT[1] - HOT[0] + np.cos(np.outer(x, wave)) @ (weights * np.exp(-(wave**2) * time))


def main() -> None:
    x = (np.arange(CELLS) + 0.5) / CELLS
    u = ((HOT[0] < x) & (x < HOT[1])).astype(np.float64)
    step = einlang.load(HERE / "heat_equation.ein")
    dt = R / CELLS**2
    count = round(END / dt)
    history, energies, heats = [u.copy()], [], []
    for _ in range(count):
        heat, energy, _ = step(u=u, r=R)
        history.append(u.copy())
        heats.append(heat)
        energies.append(energy)
    rod = np.array(history)
    print(f"{count} steps of {dt:g}, {CELLS} cells")
    print(f"the heat changes by at most {np.ptp(heats):.1e}")
    print(f"the energy falls in every step: {bool(np.all(np.diff(energies) < 0))}")
    hottest, coldest = rod.max(axis=1), rod.min(axis=1)
    never = np.all(np.diff(hottest) <= 0) and np.all(np.diff(coldest) >= 0)
    print(f"the hottest cell never warms, the coldest never cools: {bool(never)}")
    for time in (0.002, 0.02, END):
        now = round(time / dt)
        print(f"time {time:<5g}  differs from the exact solution by at most {np.abs(rod[now] - exact(x, now * dt)).max():.1e}")
    if importlib.util.find_spec("matplotlib"):
        draw(x, rod, dt)


def draw(x: np.ndarray, rod: np.ndarray, dt: float) -> None:
    """Draw the temperature over place and time, and along the rod at some times, beside the exact solution."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    shown = rod[: round(0.06 / dt) : 10]
    image = left.imshow(shown, origin="lower", aspect="auto", extent=(0, 1, 0, 0.06), cmap="inferno", interpolation="nearest")
    left.set(xlabel="place", ylabel="time", title="temperature")
    figure.colorbar(image)
    for number, time in enumerate((0.0, 0.001, 0.01, 0.04, 0.2)):
        now, colour = round(time / dt), f"C{number}"
        right.plot(x, rod[now], color=colour, label=f"time {time:g}")
        if time:
            right.plot(x[::4], exact(x[::4], now * dt), ".", color=colour)
    right.set(xlabel="place", ylabel="temperature", title="along the rod; dots: the exact solution")
    right.legend()
    figure.savefig(HERE / "rod.png", dpi=64)


if __name__ == "__main__":
    main()
