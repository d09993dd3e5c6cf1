"""Conditions that became ranges: values against the oracle at odd extents and over empty ranges, and what the loops look like."""

import re

import numpy as np
import pytest

import einlang
from einlang.ir.interpret import interpret
from einlang.loops import text as loops_text
from einlang.plan import text as plan_text

PROGRAMS = {
    "shifted product": "s[j, i] = sum[T : n](x[T - 1, j] y[T, i] if T >= 1 else 0)",
    "shifted by more": "s[j, i] = sum[T : n](x[T - 2, j] y[T, i] if T > 1 else 0)",
    "next": "s[j, i] = sum[T : n](x[T + 1, j] y[T, i] if T < n - 1 else 0)",
    "vector and matrix": "s[j] = sum[T : n](x[T - 1, 0] y[T, j] if m > 0 and T >= 1 else 0)",
    "first ones": "s[j] = sum[T](x[T, j] if T < 3 else 0)",
    "one": "s[j] = sum[T](x[T, j] if T == 2 else 0)",
    "both ends": "s[j] = sum[T : n](x[T - 1, j] x[T + 1, j] if T > 0 and T < n - 1 else 0)",
    "otherwise": "s[j] = sum[T : n](0 if T < 1 else x[T - 1, j])",
    "triangle": "s[q : n, j] = sum[K](exp(x[K, j] y[q, j]) if K <= q else 0)",
    "band": "s[q : n, j] = sum[K : n](x[q - K, j] y[K, j] if q - K >= 0 and q - K < n - 1 else 0)",
    "every second": "s[q : n, j] = sum[K : 3](x[q - 2 * K, j] if 2 * K <= q else 0)",
    "largest": "s[q : n] = max[K](x[K, J] y[K, J] if K <= q else -inf)",
    "smallest": "s[q : n] = min[K](x[q, J] y[K, J] if K > q else inf)",
    "all of them": "s[q : n] = prod[K](x[q, J] y[K, J] if K < q else 1)",
    "softmax": "s[q, r] = softmax[r](x[q, J] y[r, J] if r <= q else -inf)",
    "of no index": "s[j] = sum[T](x[T, j] if not T > T else 0) + sum[T](x[T, j] if T < T else 0)",
    "data too": "s[q : n] = sum[K](x[K, J] y[q, J] if K <= q and z[K] > 0 else 0)",
    "gradient": "c[p, j] = z[p + K] y[K, j]\nL = c[P, J]^2\ns[i] = ∂L/∂z[i]",
    "gradient in steps of two": "c[p] = z[2 * p + K] w[K]\nL = c[P]^3\ns[i] = ∂L/∂z[i]",
}
SIZES = [
    {"n": 7, "m": 5, "k": 3},
    {"n": 301, "m": 1, "k": 3},
    {"n": 3, "m": 2, "k": 1},
    {"n": 1, "m": 3, "k": 1},
    {"n": 0, "m": 2, "k": 0},
]


def program(name: str, backend: str) -> einlang.Program:
    return einlang.compile(f"input x[n, m], y[n, m], z[n], w[k]\n{PROGRAMS[name]}\noutput s", backend=backend)


def arrays(sizes: dict[str, int]) -> dict[str, np.ndarray]:
    rng, shapes = np.random.default_rng(1), {"x": "nm", "y": "nm", "z": "n", "w": "k"}
    return {name: rng.normal(size=[sizes[size] for size in shape]) for name, shape in shapes.items()}


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_values(name: str, backend: str) -> None:
    made = program(name, backend)
    for sizes in SIZES:
        given = arrays(sizes)
        if name == "one" and sizes["n"] < 3:
            continue
        with np.errstate(all="ignore"):
            expected = interpret(made.stages.ir, given)["s"]
        np.testing.assert_allclose(made(**given).s, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("name", ["shifted product", "band"])
def test_what_is_not_chosen_contributes_nothing(name: str, backend: str) -> None:
    made, given = program(name, backend), arrays(SIZES[0])
    given["x"][-1], given["y"][0] = np.nan, np.inf
    with np.errstate(all="ignore"):
        expected = interpret(made.stages.ir, given)["s"]
    np.testing.assert_allclose(made(**given).s, expected, rtol=1e-9)
    assert not np.isnan(expected).all()


def test_a_bound_of_the_sizes_leaves_a_matrix_product_of_what_lies_there() -> None:
    text = plan_text(program("shifted product", "c").stages.planned)
    assert "sum[T : extent 1](x[T,j] y[T + 1,i])" in text and "contraction: rows j, columns i, summed T" in text
    assert "operand" not in text


@pytest.mark.parametrize("name", ["triangle", "band", "every second", "largest", "gradient", "gradient in steps of two"])
def test_a_bound_that_moves_is_one_of_a_loop(name: str) -> None:
    text = loops_text(program(name, "c").stages.lowered).split("fills s")[-1]
    assert re.search(r"for .* (from .*ein_max|below .*ein_min)", text) and "?" not in text


def test_what_is_no_bound_is_asked() -> None:
    text = loops_text(program("data too", "c").stages.lowered).split("fills s\n")[-1]
    assert re.search(r"z\[K\] > 0\) \?", text) and "<=" not in text


def test_a_mask_is_no_work_in_a_softmax() -> None:
    text = loops_text(program("softmax", "c").stages.lowered)
    for name in ("s_logsumexp_shift", "s_logsumexp_sum"):
        assert "below ein_min(n, (q + 1)) by" in text.split(f"fills {name}\n")[1].split("fills")[0]
