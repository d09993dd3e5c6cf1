"""Rank the modules of Python's standard library by what imports them, with pagerank.ein; draw the highest."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
D = 0.85


def google(src: np.ndarray, dst: np.ndarray, n: int) -> np.ndarray:
    """The whole matrix of the steps, from each page (column) to each page."""
    links = np.zeros((n, n))
    np.add.at(links, (dst, src), 1)
    counts = links.sum(axis=0)
    links[:, counts == 0] = 1
    return (1 - D) / n + D * links / links.sum(axis=0)


def eigenvector(matrix: np.ndarray) -> np.ndarray:
    """The eigenvector of the largest eigenvalue, scaled to a sum of 1."""
    values, vectors = np.linalg.eig(matrix)
    largest = vectors[:, values.real.argmax()].real
    return largest / largest.sum()


def main() -> None:
    data = np.load(HERE / "imports.npz")
    modules, src, dst = data["modules"], data["src"], data["dst"]
    n = len(modules)
    step = einlang.load(HERE / "pagerank.ein")
    p, distances = np.full(n, 1 / n), [1.0]
    while distances[-1] > 1e-15:
        change, _, _ = step(src=src, dst=dst, d=D, p=p)
        distances.append(float(change) ** 0.5)
    print(f"{n} modules, {len(src)} imports")
    print(f"converged after {len(distances) - 1} steps, the sum of p is {p.sum():.12f}")
    print(f"differs from the eigenvector by at most {np.abs(p - eigenvector(google(src, dst, n))).max():.1e}")
    order, imported = np.argsort(-p), np.bincount(dst, minlength=n)
    for v in order[:10]:
        print(f"{modules[v]:12} {p[v]:.4f}  imported by {imported[v]}")
    if importlib.util.find_spec("matplotlib"):
        draw(modules, p, imported, order[:12])


def draw(modules: np.ndarray, p: np.ndarray, imported: np.ndarray, best: np.ndarray) -> None:
    """Draw the rank of each module over how many import it, the best with their names."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(imported, p, "o", markersize=4, alpha=0.6)
    for number, v in enumerate(best):
        above = -8 if number % 3 == 1 else 4  # neighbours in rank may be neighbours here
        axes.annotate(modules[v], (imported[v], p[v]), xytext=(5, above), textcoords="offset points", fontsize=8)
    axes.set(xlabel="modules that import it", ylabel="probability", title="PageRank of the modules of the standard library")
    axes.margins(x=0.12, y=0.08)
    figure.savefig(HERE / "ranks.png", dpi=80)


if __name__ == "__main__":
    main()
