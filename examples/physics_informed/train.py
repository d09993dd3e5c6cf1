"""Train physics_informed.ein to solve the heat equation, by Newton's method without the matrix; draw what it finds."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang
from einlang.training import Step

HERE = Path(__file__).parent
WIDTH, INSIDE, OUTSIDE, STEPS, NU = 16, 500, 40, 120, 0.1


def exact(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A wave and a shorter one, which fades faster; both vanish at the borders."""
    waves = ((1.0, np.pi), (0.5, 3 * np.pi))
    return sum(height * np.exp(-NU * wave**2 * t) * np.sin(wave * x) for height, wave in waves)


def points(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Points (t, x) inside, at random; those at the start and at the borders, with what u is there."""
    along = np.linspace(0, 1, OUTSIDE)
    zero = np.zeros(OUTSIDE)
    s = np.concatenate([np.stack(pair, axis=1) for pair in ((zero, along), (along, zero), (along, zero + 1))])
    return {"p": random.random((INSIDE, 2)), "s": s, "v": exact(*s.T)}


def start(random: np.random.Generator) -> dict[str, np.ndarray]:
    params = {"W1": 2 * random.normal(size=(2, WIDTH)), "c1": random.normal(size=WIDTH)}
    params |= {"W2": random.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH), "c2": np.zeros(WIDTH)}
    return params | {"w": random.normal(size=WIDTH) / np.sqrt(WIDTH), "c": np.array(0.0)}


def main() -> None:
    random = np.random.default_rng(0)
    model = einlang.load(HERE / "physics_informed.ein", consts={"ν": NU})
    given = points(random) | start(random)
    found = einlang.newton(model, "L", given, steps=STEPS, products=True, callback=tell)
    times = np.array([0.0, 0.1, 0.3, 1.0])
    x = np.linspace(0, 1, 101)
    grid = np.stack(np.meshgrid(times, x, indexing="ij"), axis=-1)
    u = model.only("u")(given | found.params | {"p": grid.reshape(-1, 2)}).u.reshape(len(times), -1)
    print(f"u differs from the exact solution by at most {np.abs(u - exact(*np.moveaxis(grid, -1, 0))).max():.4f}")
    if importlib.util.find_spec("matplotlib"):
        draw(times, x, u)


def tell(step: Step, _: object) -> None:
    if step.number % 15 == 0:
        print(f"step {step.number}  loss {step.value:.2e}", flush=True)


def draw(times: np.ndarray, x: np.ndarray, u: np.ndarray) -> None:
    """Draw the network at some times, and the exact solution in dashes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    for t, line in zip(times, u, strict=True):
        (drawn,) = axes.plot(x, line, linewidth=3, alpha=0.5, label=f"t = {t:g}")
        axes.plot(x, exact(t, x), "--", color=drawn.get_color())
    axes.plot([], [], "--", color="0.3", label="exact")
    axes.set(xlabel="x", ylabel="u(t, x)")
    axes.legend(ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False, columnspacing=1)
    figure.savefig(HERE / "heat.png", dpi=80)


if __name__ == "__main__":
    main()
