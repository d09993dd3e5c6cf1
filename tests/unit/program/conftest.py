"""A cache that the tests of programs share, and the article's network with data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einlang.runtime import cache, engine

MLP = """\
# mlp.ein
input X[b, k0], Y[b, k2]
param W1[k0, k1], c1[k1]
param W2[k1, k2], c2[k2]
Z1[i,j] = X[i,K] W1[K,j] + c1[j]
H[i,j] = tanh(Z1[i,j])
Z2[i,j] = H[i,K] W2[K,j] + c2[j]
L = -Y[I,J] log_softmax[J](Z2[I,J]) / size(X, 0)
P[i,j] = softmax[j](Z2[i,j])
output L, P
"""


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs") / "cache"


@pytest.fixture(autouse=True)
def cache_folder(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared cache; and a process that has not warned of anything yet."""
    for name, value in (("private", None), ("broken", frozenset()), ("warned", False)):
        monkeypatch.setattr(cache._State, name, value)
    monkeypatch.setattr(engine._Warned, "done", False)
    for variable in ("EINLANG_CC", "CC", "EINLANG_BACKEND", "EINLANG_NUM_THREADS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(shared_cache))
    return shared_cache


@pytest.fixture(scope="session")
def network() -> str:
    """The text of the network."""
    return MLP


@pytest.fixture
def data() -> Callable[..., dict[str, Any]]:
    """Arrays for the network."""

    def make(dtype: str = "float64", seed: int = 0) -> dict[str, Any]:
        random = np.random.default_rng(seed)
        shapes = {"X": (7, 5), "Y": (7, 3), "W1": (5, 4), "c1": (4,), "W2": (4, 3), "c2": (3,)}
        arrays = {name: random.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
        arrays["Y"] = np.eye(3, dtype=dtype)[random.integers(3, size=7)]
        return arrays

    return make
