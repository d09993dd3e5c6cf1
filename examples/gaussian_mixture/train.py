"""Fit gaussian_mixture.ein to measurements of iris flowers, by gradient descent, then Newton's method; draw the Gaussians."""

import importlib.util
from itertools import permutations
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
K, DESCENT = 3, 150


def start(x: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Equal weights, means at samples, and covariances of one."""
    d = x.shape[1]
    return {"a": np.zeros(K), "mu": x[random.choice(len(x), K, replace=False)], "r": np.zeros((K, d, d))}


def agreement(found: np.ndarray, species: np.ndarray) -> float:
    """The part of the flowers whose Gaussian is their species', under the best naming of the Gaussians."""
    return max(float(np.mean(np.array(names)[found] == species)) for names in permutations(range(K)))


def main() -> None:
    data = np.load(HERE / "iris.npz")
    x = (data["features"] - data["features"].mean(axis=0)) / data["features"].std(axis=0)
    model = einlang.load(HERE / "gaussian_mixture.ein")
    params = start(x, np.random.default_rng(0))
    for method, steps in ((einlang.gradient_descent, DESCENT), (einlang.newton, 200)):
        found = method(model, "L", {"x": x, **params}, steps=steps, tolerance=1e-6)
        params = found.params
        print(f"{method.__name__}: {found}")
    (p,) = model.only("p")({"x": x, **params})
    weights = np.exp(params["a"]) / np.exp(params["a"]).sum()
    print("weights " + " ".join(f"{weight:.3f}" for weight in sorted(weights)))
    print(f"flowers in the Gaussian of their species {agreement(p.argmax(axis=1), data['species']):.1%}")
    if importlib.util.find_spec("sklearn"):
        print(f"the likelihood differs from scikit-learn's by {difference(x, found.value):.1g}")
    if importlib.util.find_spec("matplotlib"):
        draw(x, p, params)


def difference(x: np.ndarray, value: float) -> float:
    """How far the log-likelihood of a sample is from what expectation maximisation finds."""
    from sklearn.mixture import GaussianMixture

    theirs = GaussianMixture(K, reg_covar=0, tol=1e-12, max_iter=10000, random_state=0).fit(x)
    return abs(float(theirs.score(x)) + value)


def ellipse(mu: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Points at two standard deviations around a mean, in the plane of the last two measurements."""
    R = np.tril(r, -1) + np.diag(np.exp(np.diag(r)))
    covariance = np.linalg.inv(R.T @ R)[2:, 2:]
    turn = np.linspace(0, 2 * np.pi, 100)
    return mu[2:] + 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1) @ np.linalg.cholesky(covariance).T


def draw(x: np.ndarray, p: np.ndarray, params: dict[str, np.ndarray]) -> None:
    """Draw the flowers in the colours of their Gaussians, with the Gaussians around them."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
    colours = pyplot.get_cmap("Set2")(range(K))[:, :3]
    axes.scatter(x[:, 2], x[:, 3], c=np.clip(p @ colours, 0, 1), s=18)
    for mu, r, colour in zip(params["mu"], params["r"], colours, strict=True):
        axes.plot(*ellipse(mu, r).T, color=colour)
    axes.set(xlabel="length of the petals (standardised)", ylabel="width of the petals (standardised)")
    figure.savefig(HERE / "mixture.png", dpi=80)


if __name__ == "__main__":
    main()
