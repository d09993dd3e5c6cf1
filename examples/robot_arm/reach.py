"""Let the arm of robot_arm.ein follow a curve with its hand, by the steps that the program takes; draw it."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
LENGTHS = np.array([1.0, 0.8, 0.6, 0.4, 0.2])
DAMPING, TOLERANCE, POINTS = 1e-3, 1e-9, 200


def heart(t: np.ndarray) -> np.ndarray:
    """Points of a curve, as [point, axis]."""
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([1.3 + 0.05 * x, 1.0 + 0.05 * y], axis=1)


def reach(arm: einlang.Program, target: np.ndarray, q: np.ndarray) -> tuple[einlang.Outputs, int]:
    """Turn the links, in place, until the hand is at the target: where the links end then, and after how many steps."""
    steps = 0
    out = arm(l=LENGTHS, target=target, damping=DAMPING, q=q)
    while out.distance > TOLERANCE and steps < 100:
        out = arm(l=LENGTHS, target=target, damping=DAMPING, q=q)
        steps += 1
    return out, steps


def main() -> None:
    arm = einlang.load(HERE / "robot_arm.ein")
    curve = heart(np.linspace(0, 2 * np.pi, POINTS))
    q = np.full(len(LENGTHS), 0.3)
    found, steps = zip(*(reach(arm, target, q) for target in curve), strict=True)
    print(f"the first of {POINTS} points after {steps[0]} steps, each of the others after {max(steps[1:])} at most")
    print(f"the hand is at most {max(out.distance for out in found):.0e} from its point")
    if importlib.util.find_spec("matplotlib"):
        draw(curve, np.array([out.end for out in found]))


def draw(curve: np.ndarray, ends: np.ndarray) -> None:
    """Draw the curve and the arm at some of its points."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4.2), layout="constrained")
    axes.plot(*curve.T, color="tab:red", linewidth=2, label="the curve")
    shoulder = np.zeros((1, 2))
    for point in range(0, POINTS, 20):
        colour = pyplot.get_cmap("Blues")(0.35 + 0.6 * point / POINTS)
        axes.plot(*np.concatenate([shoulder, ends[point]]).T, "o-", color=colour, linewidth=1.5, markersize=3)
    axes.plot(0, 0, "ks", markersize=8)
    axes.set(aspect="equal", title=f"an arm of {len(LENGTHS)} links, from light to dark")
    axes.legend()
    figure.savefig(HERE / "arm.png", dpi=80)


if __name__ == "__main__":
    main()
