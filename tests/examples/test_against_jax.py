"""Values and gradients of examples are those that JAX finds, in both backends: another program that knows derivatives."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import einlang

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed: pip install 'einlang[jax]'"
)

FLOATS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "attention": ({}, {"E": (7, 4), "P": (5, 4), "Wo": (2, 3, 4), "W1": (4, 6), "c1": 6, "W2": (6, 4), "c2": 4}),
    "convolutional_network": (
        {"X": (5, 8, 8)},
        {"F1": (4, 3, 3), "c1": 4, "F2": (6, 4, 3, 3), "c2": 6, "W": (6, 3, 3, 10), "c3": 10},
    ),
    "recurrent_network": ({"x": 9}, {"V": (2, 4), "U": (2, 4, 4), "b": (2, 4), "w": (2, 4), "c": 2}),
    "gaussian_process": ({"x": 9, "y": 9}, {"a": (), "l": (), "s": ()}),
    "kalman_filter": ({"y": (6, 2), "F": (3, 3), "H": (2, 3), "x0": 3}, {"q": 3, "r": 2}),
}
"""The shapes of data and params of each example."""
FLOATS["attention"][1].update(dict.fromkeys(("Wq", "Wk", "Wv"), (2, 4, 3)))
FLOATS["attention"][1].update(dict.fromkeys(("g1", "b1", "g2", "b2", "g3", "b3"), 4))


def given(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Data and params of an example, random but for what has to be of some kind."""
    random = np.random.default_rng(0)
    data, params = ({key: random.normal(size=shape) for key, shape in shapes.items()} for shapes in FLOATS[name])
    whole = {"attention": {"text": (3, 5), "next": (3, 5)}, "convolutional_network": {"y": 5}}.get(name, {})
    data |= {key: random.integers(0, 7, shape) for key, shape in whole.items()}
    if name == "kalman_filter":
        root = random.normal(size=(3, 3))
        data["P0"] = root @ root.T + np.eye(3)
    return data, params


@pytest.fixture(scope="module")
def by_jax(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what JAX finds."""
    folder = tmp_path_factory.mktemp("jax")
    for name in FLOATS:
        data, params = given(name)
        np.savez(
            folder / f"{name}.npz", **{f"data.{k}": v for k, v in data.items()}, **{f"para.{k}": v for k, v in params.items()}
        )
    command = [sys.executable, Path(__file__).parent / "by_jax.py", folder]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("name", FLOATS)
def test_value_and_gradients(name: str, backend: str, by_jax: Path) -> None:
    data, params = given(name)
    program = einlang.load(EXAMPLES / name / f"{name}.ein", backend=backend)
    value, gradients = program.value_and_grad("L")(data | params)
    with np.load(by_jax / f"{name}.out.npz") as found:
        assert sorted(gradients) == sorted(found.keys() - {"value"})
        np.testing.assert_allclose(value, found["value"], rtol=1e-10)
        for wrt, gradient in gradients.items():
            np.testing.assert_allclose(gradient, found[wrt], rtol=1e-8, atol=1e-11, err_msg=wrt)
