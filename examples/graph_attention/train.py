"""Train graph_attention.ein to tell the two sides of a karate club from its two leaders alone; draw who listens to whom."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
LEADERS, WIDTH, RIDGE, STEPS = (0, 33), 8, 0.03, 300

Arrays = dict[str, np.ndarray]


def graph(edges: np.ndarray, count: int) -> Arrays:
    """The edges both ways, and one from each node to itself; all that is known of a node is which one it is."""
    both = np.concatenate([edges, edges[:, ::-1], np.stack([np.arange(count)] * 2, axis=1)])
    return {"X": np.eye(count), "src": both[:, 0].copy(), "dst": both[:, 1].copy()}


def start(count: int, random: np.random.Generator) -> Arrays:
    widths = (count, WIDTH, 2)
    params: Arrays = {}
    for layer in (1, 2):
        params[f"W{{{layer}}}"] = 0.3 * random.normal(size=widths[layer - 1 : layer + 1])
        params |= {f"{name}{{{layer}}}": 0.3 * random.normal(size=widths[layer]) for name in "ab"}
    return params


def main() -> None:
    data = np.load(HERE / "karate.npz")
    side = data["officer"].astype(np.int64)
    model = einlang.load(HERE / "graph_attention.ein")
    known = np.array(LEADERS)
    given = {**graph(data["edges"].astype(np.int64), len(side)), "known": known, "label": side[known], "ridge": RIDGE}
    found = einlang.gradient_descent(model, "L", given | start(len(side), np.random.default_rng(0)), steps=STEPS)
    print(f"gradient descent: {found}")
    _, chosen, attention = model(given | found.params)
    right = chosen == side
    others = len(side) - len(LEADERS)
    print(f"side of {right.sum() - len(LEADERS)} of the {others} other members right, wrong of {np.flatnonzero(~right)}")
    totals = np.bincount(given["dst"], attention)
    print(
        f"attention to all neighbours sums to 1 but for {np.abs(totals - 1).max():.0e}, the most to one is {attention.max():.2f}"
    )
    if importlib.util.find_spec("matplotlib"):
        draw(data["place"][:, ::-1], given, attention, chosen, side)


def draw(place: np.ndarray, given: Arrays, attention: np.ndarray, chosen: np.ndarray, side: np.ndarray) -> None:
    """Draw the members, coloured inside as found and around as they were, and edges as wide as what is listened to."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.collections import LineCollection

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    apart = given["src"] != given["dst"]
    ends = place[np.stack([given["src"], given["dst"]], axis=1)[apart]]
    halves = np.stack([ends.mean(axis=1), ends[:, 1]], axis=1)  # the half of an edge at the one who listens
    axes.add_collection(LineCollection(list(halves), linewidths=0.3 + 7 * attention[apart], colors="0.6"))
    colours = np.array(["tab:blue", "tab:orange"])
    axes.scatter(*place.T, s=220, c=colours[chosen], edgecolors=colours[side], linewidths=3, zorder=2)
    for number, at in enumerate(place):
        weight = "bold" if number in LEADERS else "normal"
        axes.annotate(str(number), at, ha="center", va="center", color="white", fontsize=8, weight=weight)
    axes.set(title="found inside, true around; bold: told", aspect="equal")
    axes.axis("off")
    figure.savefig(HERE / "club.png", dpi=80)


if __name__ == "__main__":
    main()
