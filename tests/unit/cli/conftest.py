"""What tests of the command line share: calls in this process and in real ones, and a program with data."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from einlang.cli.group import einlang

ROOT = Path(__file__).parents[3]
LAYER = """\
input X[b, k0], T[b, k1]
param W[k0, k1], c[k1]
Z[i,j] = X[i,K] W[K,j] + c[j]
L = (Z[I,J] - T[I,J])^2 / b
output L, Z
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No colour wishes, a cache of the test's own, and the test's folder as the current one."""
    for name in ("NO_COLOR", "FORCE_COLOR", "EINLANG_CC", "EINLANG_BACKEND", "EINLANG_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def call() -> Callable[..., Result]:
    """The command in this process."""
    return lambda *arguments, **options: CliRunner().invoke(einlang, [str(word) for word in arguments], **options)


@pytest.fixture
def launch() -> Callable[..., "subprocess.CompletedProcess[bytes]"]:
    """The command in a process of its own."""

    def launched(
        *arguments: Any, environment: dict[str, str] | None = None, **options: Any
    ) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-m", "einlang", *map(str, arguments)]
        chosen = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        return subprocess.run(command, env=chosen, **{"capture_output": True, "check": False, "timeout": 120, **options})

    return launched


@pytest.fixture
def layer(tmp_path: Path) -> dict[str, Any]:
    """`layer.ein` and `in.npz` in the current folder; the arrays."""
    (tmp_path / "layer.ein").write_text(LAYER)
    random = np.random.default_rng(0)
    shapes = {"X": (4, 3), "T": (4, 2), "W": (3, 2), "c": (2,)}
    arrays = {name: random.normal(size=shape) for name, shape in shapes.items()}
    np.savez(tmp_path / "in.npz", **arrays)
    return arrays
