"""Functions to minimise."""

import pytest

ROSENBROCK = "param x, y\nf = (1 - x)^2 + 100 (y - x^2)^2\n"
SQUARES = """\
input A[n, k], B[n, m]
param W[k, m], c[m]
R[i,j] = A[i,K] W[K,j] + c[j] - B[i,j]
L = R[I,J]^2 / n
"""


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of this session's own."""
    monkeypatch.setenv("EINLANG_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def rosenbrock() -> str:
    """The banana-shaped valley of Rosenbrock (1960), with its minimum 0 at (1, 1)."""
    return ROSENBROCK


@pytest.fixture(scope="session")
def squares() -> str:
    """Linear least squares with an offset."""
    return SQUARES
