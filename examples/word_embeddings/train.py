"""Train word_embeddings.ein on the help texts that Python ships with; print neighbours of some words, draw who is near whom."""

import importlib.util
import re
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

import einlang

HERE = Path(__file__).parent
RARE, WINDOW, WIDTH, NOISE, BATCH, STEPS, RATE = 25, 4, 40, 5, 1024, 1500, 0.1
ASKED = ("list", "int", "import", "if", "class", "left", "true", "async")
GROUPS = (
    *("int", "float", "complex", "list", "tuple", "dictionary", "string", "bytes", "true", "false", "left", "right"),
    *("try", "except", "finally", "raise", "async", "await", "import", "module", "class", "base", "method", "instance"),
)


def read() -> tuple[list[str], np.ndarray, np.ndarray]:
    """The words that are not rare, how often they come, and the text as their numbers, common ones left out more often."""
    text = re.findall(r"[a-z]+", " ".join(topics[name] for name in sorted(topics)).lower())
    counted = [(word, count) for word, count in Counter(text).most_common() if count >= RARE]
    numbers = {word: number for number, (word, _) in enumerate(counted)}
    counts = np.array([count for _, count in counted])
    return list(numbers), counts, np.array([numbers[word] for word in text if word in numbers])


def pairs(text: np.ndarray) -> np.ndarray:
    """Each word with each that stands at most WINDOW words after it, and the other way round."""
    after = np.concatenate([np.stack([text[:-gap], text[gap:]], axis=1) for gap in range(1, WINDOW + 1)])
    return np.concatenate([after, after[:, ::-1]])


def main() -> None:
    random = np.random.default_rng(0)
    words, counts, text = read()
    share = counts / counts.sum()
    text = text[random.random(len(text)) < np.sqrt(1e-3 / share)[text]]
    near = pairs(text)
    print(f"{len(words)} words, {len(near)} pairs")
    noise = counts**0.75 / np.sum(counts**0.75)
    shape = (len(words), WIDTH)
    state = {"U": random.normal(0, 0.1, shape), "V": random.normal(0, 0.1, shape)}
    state |= {"S": np.full(shape, 1e-8), "T": np.full(shape, 1e-8)}
    model = einlang.load(HERE / "word_embeddings.ein")
    losses = []
    for step in range(1, STEPS + 1):
        word, other = near[random.integers(0, len(near), BATCH)].T
        far = random.choice(len(words), (BATCH, NOISE), p=noise)
        losses.append(model(state | {"word": word, "near": other, "random": far, "rate": RATE}).L)
        if step % 250 == 0:
            print(f"step {step}  loss {np.mean(losses[-250:]):.3f}", flush=True)
    asked = [words.index(word) for word in ASKED]
    (cosine,) = model.only("cosine")(U=state["U"])
    for word, row in zip(ASKED, cosine[asked], strict=True):
        print(f"{word}: " + " ".join(f"{words[other]} {row[other]:.2f}" for other in np.argsort(-row)[1:6]))
    if importlib.util.find_spec("matplotlib"):
        drawn = [words.index(word) for word in GROUPS if word in words]
        draw([words[number] for number in drawn], cosine[np.ix_(drawn, drawn)])


def draw(words: list[str], cosine: np.ndarray) -> None:
    """Draw the cosines of the vectors of some words, those that belong together side by side."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 5.2), layout="constrained")
    image = axes.imshow(cosine, cmap="Blues", vmin=0, vmax=1)
    places = range(len(words))
    axes.set_xticks(places, words, rotation=90)
    axes.set_yticks(places, words)
    figure.colorbar(image, label="cosine of the vectors")
    figure.savefig(HERE / "words.png", dpi=80)


if __name__ == "__main__":
    main()
