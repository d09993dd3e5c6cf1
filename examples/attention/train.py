"""Train attention.ein to guess the next character of a text; compare it with counts of pairs; draw where it looks."""

import importlib.util
from pathlib import Path

import numpy as np

import einlang

HERE = Path(__file__).parent
T, K, HEADS, D, WIDE = 24, 32, 4, 8, 64  # positions, numbers of a character, heads, numbers of a head, width of the network
STEPS, BATCH, RATE = 750, 32, 6e-3

Arrays = dict[str, np.ndarray]


def start(characters: int, random: np.random.Generator) -> Arrays:
    """Random weights of variance 1 / (number of inputs), scales of 1, shifts of 0."""
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("Wq", "Wk", "Wv"), (HEADS, K, D))
    shapes |= {"Wo": (HEADS, D, K), "W1": (K, WIDE), "W2": (WIDE, K)}
    inputs = {"Wo": HEADS * D, "W2": WIDE}
    params = {name: random.normal(0, inputs.get(name, K) ** -0.5, shape) for name, shape in shapes.items()}
    params |= {"E": random.normal(0, 0.2, (characters, K)), "P": random.normal(0, 0.2, (T, K))}
    params |= {"c1": np.zeros(WIDE), "c2": np.zeros(K)}
    params |= {f"{name}{n}": np.full(K, value) for n in (1, 2, 3) for name, value in (("g", 1.0), ("b", 0.0))}
    return {name: array.astype(np.float32) for name, array in params.items()}


def windows(text: np.ndarray, at: np.ndarray) -> Arrays:
    """T characters from each place, and the characters that follow each of them."""
    rows = text[at[:, None] + np.arange(T + 1)]
    return {"text": rows[:, :-1], "next": rows[:, 1:]}


def adam(params: Arrays, gradients: Arrays, moments: tuple[Arrays, Arrays], step: int) -> None:
    """One step of Adam, with a rate that falls to 0."""
    for name, gradient in gradients.items():
        mean, square = moments[0][name], moments[1][name]
        mean += 0.1 * (gradient - mean)
        square += 0.01 * (gradient**2 - square)
        rate = RATE * min(1, step / 50) * (1 - step / (STEPS + 1))
        params[name] -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)


def by_pairs(known: np.ndarray, other: np.ndarray, characters: int) -> float:
    """The cross-entropy of guesses by how often one character followed another, each count with the best of some additions."""
    counts = np.zeros((characters, characters))
    np.add.at(counts, (known[:-1], known[1:]), 1)
    losses = []
    for more in (0.01, 0.03, 0.1, 0.3, 1.0):
        p = (counts + more) / (counts + more).sum(axis=1, keepdims=True)
        losses.append(-np.log(p[other[:-1], other[1:]]).mean())
    return float(min(losses))


def main() -> None:
    characters, text = np.unique(list((HERE / "text.txt").read_text(encoding="utf-8")), return_inverse=True)
    known, other = np.split(text, [len(text) * 9 // 10])
    random = np.random.default_rng(0)
    params = start(len(characters), random)
    moments = tuple({name: np.zeros_like(array) for name, array in params.items()} for _ in range(2))
    model = einlang.load(HERE / "attention.ein")
    train = model.value_and_grad("L")
    test = windows(other, np.arange(0, len(other) - T, T))
    print(f"{len(known)} characters of {len(characters)} kinds to learn from, {len(other)} to guess")
    for step in range(1, STEPS + 1):
        loss, gradients = train({**windows(known, random.integers(0, len(known) - T, BATCH)), **params})
        adam(params, gradients, moments, step)
        if step % 150 == 0:
            print(f"step {step}  loss {loss:.3f}  on the rest {model(test | params).L:.3f}", flush=True)
    pairs = by_pairs(known, other, len(characters))
    print(f"cross-entropy on the rest: attention {model(test | params).L:.3f}, counts of pairs {pairs:.3f}")
    if importlib.util.find_spec("matplotlib"):
        row = windows(other, np.array([200]))
        draw(characters[row["text"][0]], model(row | params).attention[0])


def draw(characters: np.ndarray, attention: np.ndarray) -> None:
    """Draw how much each position looks at each, for each head."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, row = pyplot.subplots(1, HEADS, figsize=(14, 4), layout="constrained", sharey=True)
    shown = ["␣" if c == " " else "↵" if c == "\n" else c for c in characters]
    for head, axes in enumerate(row):
        axes.imshow(attention[head], cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        axes.set_xticks(range(T), shown, fontsize=8)
        axes.set_yticks(range(T), shown, fontsize=8)
        axes.set(title=f"head {head + 1}", xlabel="looked at")
    row[0].set_ylabel("who looks")
    figure.savefig(HERE / "heads.png", dpi=90)


if __name__ == "__main__":
    main()
