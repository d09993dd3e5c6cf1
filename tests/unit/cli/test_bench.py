"""`einlang bench`: the table has a row for each definition and the whole; times themselves are not looked at."""

import re
from pathlib import Path

import pytest

PRODUCT = "input A[m, k], B[k, n], t[m] : int\nC[i,j] = tanh(A[i,K] B[K,j])\ny[i] = C[i,t[i]]\n"
TIME = r"[\d.e+]+ (?:s|ms|µs|ns)"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that take no time."""
    monkeypatch.setattr("einlang.timing.ROUNDS", 1)
    monkeypatch.setattr("einlang.timing.LEAST", 0.0)
    Path("product.ein").write_text(PRODUCT)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_row_for_each_definition_and_one_for_the_whole(call, dtype: str) -> None:
    result = call("bench", "product.ein", "m=10", "k=20", "n=30", "--dtype", dtype)
    assert result.exit_code == 0 and result.stderr == ""
    lines = result.stdout.rstrip("\n").split("\n")
    assert lines[0].split() == ["time", "share", "Gop/s", "of", "peak", "GB/s"]
    texts = [line for line in lines if line.endswith("in all") or " = " in line]
    assert [re.split(r"  +", text)[-1].split("[")[0] for text in texts[-3:]] == ["C", "y", "in all"]
    assert all(re.match(rf" *{TIME} ", line) for line in texts)
    assert re.fullmatch(rf"NumPy: {TIME}, [\d.]+ times as long", lines[-2])
    assert re.fullmatch(r"peak of one core: \d+ Gop/s", lines[-1])


def test_loops_over_positions_add_up(call) -> None:
    Path("recurrence.ein").write_text("input x[n]\nh[0] = x[0]\nh[t+1] = tanh(h[t] + x[t+1])\ny = h[I]^2\n")
    result = call("bench", "recurrence.ein", "n=10", "--grad", "y:x")
    assert result.exit_code == 0 and "h[" in result.stdout and "dy_dx[" in result.stdout


def test_on_numpy_there_is_its_time_alone(call) -> None:
    result = call("bench", "product.ein", "m=10", "k=20", "n=30", "--backend", "numpy")
    assert result.exit_code == 0 and re.fullmatch(rf"NumPy: {TIME}\n", result.stdout)


@pytest.mark.parametrize(("sizes", "code"), [(["m=1"], 1), (["m=1", "k=2", "n=3", "q=1"], 1), (["m"], 2)])
def test_sizes_that_cannot_be(call, sizes: list[str], code: int) -> None:
    result = call("bench", "product.ein", *sizes)
    assert result.exit_code == code and result.stdout == "" and "Traceback" not in result.stderr
