"""Fit newton.ein to the breast-cancer data by Newton's method and by gradient descent; draw how both converge."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang
from einlang.training import Step

HERE = Path(__file__).parent
DATA = HERE.parent / "logistic_regression" / "breast_cancer.npz"
RIDGE, STEPS = 1e-3, 2000


def main() -> None:
    data = np.load(DATA)
    X, y = data["features"], data["benign"].astype(np.float64)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = einlang.load(HERE / "newton.ein")
    given = {"X": X, "y": y, "ridge": RIDGE, "w": np.zeros(X.shape[1]), "c": 0.0}
    newton = einlang.newton(model, "L", given, callback=tell)
    print(f"Newton's method: {newton}")
    descent = einlang.gradient_descent(model, "L", given, steps=STEPS)
    print(f"gradient descent: {descent}")
    (p,) = model.only("p")(given | newton.params)
    print(f"accuracy {np.mean((p > 0.5) == y):.1%}")
    if importlib.util.find_spec("sklearn"):
        print(f"scikit-learn's solution differs by at most {difference(X, y, newton):.1g}")
    if importlib.util.find_spec("matplotlib"):
        draw(newton, descent)


def tell(step: Step, _: object) -> None:
    print(f"step {step.number}  loss {step.value:.12f}  gradient {step.gradient_norm:.1e}  length {step.length:g}", flush=True)


def difference(X: np.ndarray, y: np.ndarray, found: einlang.Minimisation) -> float:
    """The largest difference of a coefficient from scikit-learn's, whose loss is ours times n / C with C = 1 / (n ridge)."""
    from sklearn.linear_model import LogisticRegression

    theirs = LogisticRegression(C=1 / (len(X) * RIDGE), solver="newton-cholesky", tol=1e-12).fit(X, y)
    return float(max(np.abs(theirs.coef_[0] - found.params["w"]).max(), abs(theirs.intercept_[0] - found.params["c"])))


def draw(newton: einlang.Minimisation, descent: einlang.Minimisation) -> None:
    """Draw how far both are from the lowest loss, and how large the gradient is, after each step."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for found, name, style in ((newton, "Newton's method", "o-"), (descent, "gradient descent", "-")):
        gap = np.array(found.values) - min(newton.value, descent.value)
        left.plot(np.arange(len(gap))[gap > 0] + 1, gap[gap > 0], style, label=name)
        right.plot(np.arange(len(gap)) + 1, found.gradient_norms, style, label=name)
    for axes, title in ((left, "loss above the minimum"), (right, "norm of the gradient")):
        axes.set(xscale="log", yscale="log", xlabel="step (the start is 1)", title=title)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(HERE / "convergence.png", dpi=100)


if __name__ == "__main__":
    main()
