"""Restore a map of heights of which most places are missing with matrix_factorisation.ein; draw it."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
RANK, KNOWN, RIDGE, SWEEPS = 8, 0.4, 1.0, 100


def main() -> None:
    heights = np.load(HERE / "jacksboro.npz")["metres"].astype(np.float64)
    random = np.random.default_rng(0)
    M = (random.random(heights.shape) < KNOWN).astype(np.float64)
    middle, spread = heights[M == 1].mean(), heights[M == 1].std()
    X = M * (heights - middle) / spread  # what is not known is not there
    U, V = (random.normal(size=(length, RANK)) for length in X.shape)
    step = einlang.load(HERE / "matrix_factorisation.ein")
    losses = [float(step(X=X, M=M, ridge=RIDGE, U=U, V=V).L) for _ in range(SWEEPS)]
    print(f"{M.mean():.0%} of {M.size} places are known, rank {RANK}")
    print(f"loss {losses[0]:.1f}, after {SWEEPS} calls {losses[-1]:.3f}; never rose {bool(np.all(np.diff(losses) < 1e-9))}")
    gradients = step.grad("L")(X=X, M=M, ridge=RIDGE, U=U, V=V)
    print(f"gradient by V {np.abs(gradients['V']).max():.1e}, by U {np.abs(gradients['U']).max():.1e}")
    restored = middle + spread * (U @ V.T)
    miss, by_mean = ((guess - heights)[M == 0] for guess in (restored, middle))
    print(f"missing places differ by {np.sqrt(np.mean(miss**2)):.0f} m, from the mean by {np.sqrt(np.mean(by_mean**2)):.0f} m")
    if importlib.util.find_spec("matplotlib"):
        draw(heights, np.where(M == 1, heights, np.nan), restored)


def draw(heights: np.ndarray, known: np.ndarray, restored: np.ndarray) -> None:
    """Draw what is known, what is made of it, and what it is."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, row = pyplot.subplots(1, 3, figsize=(10, 3), layout="constrained")
    colours = pyplot.get_cmap("gist_earth", 16)
    maps = (("known", known), (f"restored, rank {RANK}", restored), ("the heights", heights))
    for axes, (title, values) in zip(row, maps, strict=True):
        image = axes.imshow(values, cmap=colours, interpolation="nearest", vmin=200, vmax=1000)
        axes.set_title(title)
        axes.axis("off")
    figure.colorbar(image, label="metres above the sea")
    figure.savefig(HERE / "heights.png", dpi=56)


if __name__ == "__main__":
    main()
