"""The built wheel, installed into a clean environment, compiles an example there, and the module runs without Einlang."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

USE = """
import numpy as np, sys
sys.path.insert(0, "build")
import digits
data = np.load(sys.argv[1])
random = np.random.default_rng(0)
widths = (64, 16, 8, 10)
parameters = {}
for m, (a, b) in enumerate(zip(widths, widths[1:]), start=1):
    parameters[f"W{m}"], parameters[f"c{m}"] = random.normal(size=(a, b)), random.normal(size=b)
X, Y = data["images"][:50] / 16, np.eye(10)[data["labels"][:50]]
out = digits.run(X=X, Y=Y, **parameters)
print("einlang" in sys.modules, np.isfinite(out.L), out.digit.shape, out.dL_dW1.shape)
"""


def run(*command: str | Path, directory: Path) -> str:
    """What a command prints; its failure is the test's."""
    result = subprocess.run([str(word) for word in command], cwd=directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that has the built wheel and what it depends on, and nothing else."""
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", directory, ROOT, directory=directory)
    (wheel,) = directory.glob("einlang-*.whl")
    run(sys.executable, "-m", "venv", directory / "venv", directory=directory)
    interpreter = directory / "venv" / "bin" / "python"
    run(interpreter, "-m", "pip", "install", "--quiet", wheel, directory=directory)
    return interpreter


def test_the_wheel_compiles_an_example_that_runs_without_einlang(python: Path, tmp_path: Path) -> None:
    program, data = ROOT / "examples/digits/digits.ein", ROOT / "examples/digits/digits.npz"
    run(python.parent / "einlang", "compile", program, "-o", "build", "--grad", "L", directory=tmp_path)
    assert sorted(path.suffix for path in (tmp_path / "build").iterdir()) == [".py", ".pyi", ".so"]
    assert run(python, "-W", "error", "-c", USE, data, directory=tmp_path) == "False True (50,) (64, 16)\n"


def test_the_wheel_explains_checks_and_shows(python: Path, tmp_path: Path) -> None:
    einlang = python.parent / "einlang"
    program = ROOT / "examples/logistic_regression/logistic_regression.ein"
    assert "capital" in run(einlang, "explain", "index-not-summed", directory=tmp_path)
    assert run(einlang, "check", program, directory=tmp_path) == ""
    assert "for (" in run(einlang, "show", program, "--stage", "c", directory=tmp_path)
