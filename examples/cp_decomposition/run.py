"""Take a tensor of rank 3 apart with cp_decomposition.ein, and find what it was made from; draw that."""

import importlib.util
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
SIZES, RANK, NOISE = (40, 50, 12), 3, 0.02

Arrays = dict[str, np.ndarray]


def peaks(size: int, centres: list[float], widths: list[float]) -> np.ndarray:
    """Bell curves over 0 to 1, one a column."""
    x = np.linspace(0, 1, size)[:, None]
    return np.exp(-(((x - np.array(centres)) / np.array(widths)) ** 2))


def mixtures(random: np.random.Generator) -> Arrays:
    """What three substances take in (A) and give off (B) at each wavelength, and how much of them is in each mixture (C)."""
    A = peaks(SIZES[0], [0.25, 0.4, 0.7], [0.15, 0.1, 0.2])
    B = peaks(SIZES[1], [0.3, 0.55, 0.65], [0.1, 0.2, 0.1])
    return {"A": A, "B": B, "C": random.random((SIZES[2], RANK))}


def cosines(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Of each true column (row of the result) with each found one; a factor is known up to its length."""
    scaled = [columns / np.linalg.norm(columns, axis=0) for columns in (true, found)]
    return scaled[0].T @ scaled[1]


def in_order(true: Arrays, found: Arrays) -> Arrays:
    """The found columns in the order and of the signs of the true ones, which nothing else fixes."""
    alike = np.prod([np.abs(cosines(true[name], found[name])) for name in true], axis=0)
    best = list(max(permutations(range(RANK)), key=lambda order: sum(alike[r, q] for r, q in enumerate(order))))
    return {name: found[name][:, best] * np.sign(np.diag(cosines(true[name], found[name][:, best]))) for name in true}


def main() -> None:
    random = np.random.default_rng(0)
    true = mixtures(random)
    X = np.einsum("ir,jr,kr->ijk", *true.values())
    X += random.normal(0, NOISE, X.shape)
    found = {name: random.random(array.shape) for name, array in true.items()}
    step = einlang.load(HERE / "cp_decomposition.ein")
    losses = [float(step({"X": X, **found}).L)]
    while len(losses) < 2 or losses[-2] - losses[-1] > 1e-10 * losses[-1]:
        losses.append(float(step({"X": X, **found}).L))
    gradients = step.grad("L")({"X": X, **found})
    print(f"converged after {len(losses)} calls; never rose {all(b <= a for a, b in pairwise(losses))}")
    print(f"differs by {np.sqrt(losses[-1] / X.size):.4f} in the mean, the noise is {NOISE}")
    print(f"largest gradient {max(np.abs(gradient).max() for gradient in gradients.values()):.1e}")
    found = in_order(true, found)
    for name in true:
        print(f"{name}: cosines with the true ones " + " ".join(f"{c:.4f}" for c in np.diag(cosines(true[name], found[name]))))
    if importlib.util.find_spec("matplotlib"):
        draw(true, found)


def draw(true: Arrays, found: Arrays) -> None:
    """Draw the true factors as lines and those found as dots, each scaled to its largest."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, row = pyplot.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    labels = (("taken in (A)", "wavelength"), ("given off (B)", "wavelength"), ("amount (C)", "mixture"))
    for axes, name, (title, along) in zip(row, true, labels, strict=True):
        for r in range(RANK):
            scale = np.linalg.norm(true[name][:, r]) / np.linalg.norm(found[name][:, r])
            axes.plot(true[name][:, r], color=f"C{r}", label=f"substance {r + 1}" if name == "A" else None)
            axes.plot(found[name][:, r] * scale, ".", color=f"C{r}")
        axes.set(title=title, xlabel=along)
    figure.legend(ncols=RANK, loc="outside lower center", title="lines: as made; dots: as found")
    figure.savefig(HERE / "factors.png", dpi=64)


if __name__ == "__main__":
    main()
