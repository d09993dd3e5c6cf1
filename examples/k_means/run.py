"""Find clusters of handwritten digits, without their labels, with k_means.ein; draw their centres."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
K, STARTS = 10, 10


def cluster(step: einlang.Program, x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The centres that no call moves any more, the cluster of each sample, and the loss before each call."""
    losses: list[float] = []
    while len(losses) < 2 or losses[-1] < losses[-2]:
        loss, nearest, _ = step(x=x, m=m)
        losses.append(float(loss))
    return m, nearest, losses


def main() -> None:
    data = np.load(HERE.parent / "digits" / "digits.npz")
    x, labels = data["images"].astype(np.float64), data["labels"]
    step = einlang.load(HERE / "k_means.ein")
    random = np.random.default_rng(0)
    starts = [x[random.choice(len(x), K, replace=False)] for _ in range(STARTS)]
    runs = [cluster(step, x, m) for m in starts]
    for number, (_, _, losses) in enumerate(runs):
        falls = all(after <= before for before, after in pairwise(losses))
        print(f"start {number}  calls {len(losses):2}  loss {losses[-1]:.0f}  never rose {falls}")
    m, nearest, losses = min(runs, key=lambda run: run[2][-1])
    names = np.array([np.bincount(labels[nearest == c]).argmax() for c in range(K)])
    print(f"digits in a cluster where most are the same digit: {np.mean(names[nearest] == labels):.1%}")
    if importlib.util.find_spec("sklearn"):
        print(f"the best loss is scikit-learn's from there times {losses[-1] / theirs(x, m):.12f}")
    if importlib.util.find_spec("matplotlib"):
        draw(m[np.argsort(names)], np.sort(names), np.bincount(nearest)[np.argsort(names)])


def theirs(x: np.ndarray, m: np.ndarray) -> float:
    """The loss where scikit-learn ends that starts at our centres."""
    from sklearn.cluster import KMeans

    return float(KMeans(K, init=m, n_init=1, tol=0).fit(x).inertia_)


def draw(m: np.ndarray, names: np.ndarray, sizes: np.ndarray) -> None:
    """Draw each centre as an image, with the digit that most of its samples are, and how many samples it has."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(2, 5, figsize=(8, 4), layout="constrained")
    for axes, centre, name, size in zip(grid.flat, m, names, sizes, strict=True):
        axes.imshow(centre.reshape(8, 8), cmap="gray_r")
        axes.set_title(f"mostly {name}, {size} images", fontsize=9)
        axes.axis("off")
    figure.savefig(HERE / "centres.png", dpi=80)


if __name__ == "__main__":
    main()
