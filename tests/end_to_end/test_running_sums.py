"""Running sums: work that is linear in their length, and the values of the interpreter in both backends, derivatives too."""

from collections.abc import Callable

import numpy as np
import pytest

import einlang
from einlang import Program
from einlang.driver import Stages
from einlang.ir.interpret import interpret
from einlang.runtime.recipe import Recipe

DATA = "input x[n], y[n], X[n, m]\nparam w[n], v[m]\n"
SUMS = {
    "up to here": "r[j] = cumsum[j](w[j] y[j])",
    "below": "r[i : n] = sum[K](w[K]^2 if K < i else 0)",
    "from here on": "r[i : n] = sum[K](w[K] x[K] if K >= i else 0)",
    "behind": "r[i : n] = sum[K](sin(w[K]) if i < K else 0)",
    "further on": "r[i : n] = sum[K](w[K]^2 if K <= i + 2 else 0)",
    "further back": "r[i : n] = sum[K](w[K]^2 if K <= i - 2 else 0)",
    "from further on": "r[i : n] = sum[K](w[K]^2 if K - 2 >= i else 0)",
    "from further back": "r[i : n] = sum[K](w[K]^2 if K >= i - 2 else 0)",
    "from the end": "r[i : n] = sum[K](w[K]^2 if K + i < n else 0)",
    "neighbours": "r[i : n] = sum[K : n](x[K + 1] w[K] if K < i else 0)",
    "a batch": "r[i,j] = cumsum[j](X[i,j] v[j])",
    "the other axis": "r[j,i] = cumsum[i](X[i,j] w[i])",
    "both axes": "r[i,j] = cumsum[i](cumsum[j](X[i,j] v[j]))",
    "both axes at once": "r[i : n, j : m] = sum[K, J](X[K,J] v[J] if K <= i and J <= j else 0)",
    "products before": "r[i : n] = sum[K, J](X[K,J] v[J] if K <= i else 0)",
    "products behind": "r[j] = X[I,j] cumsum[I](w[I])",
    "pairs": "r = w[I] cumsum[I](sin(w[I]))",
    "a quotient": "r[i] = w[i] / (3 + sum[K](cos(w[K]) if K <= i else 0))",
    "a condition of its own": "r[i : n] = sum[K](w[K] if K <= i and x[K] > 0 else 0)",
    "counted": "r[i : n] = w[i] sum[K : n](1 if K <= i else 0)",
    "whole numbers": "r[i : n] = w[i] * cumsum[i](1 if x[i] > 0 else 2)",
    "in a recurrence": "r[0] = w[0]\nr[t+1 : n] = 0.5 r[t] + sum[K](w[K]^2 if K <= t else 0)",
}
STAY = {
    "steps of two": "r[i : n] = sum[K](w[K]^2 if 2 K >= i else 0)",
    "a window": "r[i : n] = sum[K](w[K] if K <= i and K > i - 3 else 0)",
    "what moves with it": "r[i : n] = sum[K](w[K] cos(x[i] - x[K]) if K <= i else 0)",
    "of what it defines": "r[0,i] = w[i]\nr[t+1 : 3, i] = sum[K](sin(r[t,K]) if K <= i else 0)",
}
SCALARS = ("S = sin(r)", "S = sum[I](sin(r[I]))", "S = sum[I,J](sin(r[I,J]))")
DERIVED: dict[str, Callable[[Program], Program]] = {
    "value": lambda program: program.only("r"),
    "gradient": lambda program: program.grad("S"),
    "tangent": lambda program: program.jvp("r"),
    "second": lambda program: program.hvp("S"),
}


def whole(text: str) -> str:
    """The program of a sum, with a scalar that is made of it."""
    left = text.split(" = ")[0]
    return f"{DATA}{text}\n{SCALARS[left.count(',') + left.count('[')]}\n"


def work(program: Program, n: int) -> float:
    sizes = {"n": n, "m": 4}
    return program.cost({size: sizes[size] for size in program.signature.sizes}).operations


@pytest.mark.parametrize("derived", DERIVED)
@pytest.mark.parametrize("text", SUMS.values(), ids=SUMS)
def test_the_work_is_linear(text: str, derived: str) -> None:
    program = DERIVED[derived](einlang.compile(whole(text)))
    assert 0 < work(program, 4000) < 4.5 * work(program, 1000)


@pytest.mark.parametrize("text", STAY.values(), ids=STAY)
def test_other_sums_stay(text: str) -> None:
    recipe = Recipe("test", "test.ein", whole(text))
    assert not [d.tensor.name for d in Stages(recipe).optimised.definitions if "running" in d.tensor.name]


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("derived", DERIVED)
@pytest.mark.parametrize("text", [*SUMS.values(), *STAY.values()], ids=[*SUMS, *STAY])
def test_values_are_those_of_the_interpreter(text: str, derived: str, backend: str) -> None:
    stated = DERIVED[derived](einlang.compile(whole(text), backend=backend))
    oracle = Stages(Recipe("test", "test.ein", stated.source)).analysed
    for n in (5, 1, 2, 0):
        rng = np.random.default_rng(n)
        lengths = {"n": n, "m": 3}
        data = {t.name: rng.normal(size=[extent.evaluate(lengths) for extent in t.shape]) for t in oracle.inputs}
        if n == 0 and "[0]" in text:
            continue
        expected = interpret(oracle, data)
        found = stated(data)
        arrays = (
            [found] if isinstance(found, np.ndarray | np.generic) else list(found.values() if isinstance(found, dict) else found)
        )
        for tensor, array in zip(oracle.outputs, arrays, strict=True):
            np.testing.assert_allclose(array, expected[tensor.name], rtol=1e-11, atol=1e-12)


def test_what_is_printed_keeps_the_sums() -> None:
    program = einlang.compile("input x[n]\nparam w[n]\nL = cumsum[I](sin(w[I])) x[I]").grad("L")
    assert "sum[I](cos(w[i]) x[I] if i ≤ I else 0)" in program.source
    assert "running" not in program.source


def test_numpy_has_no_loop() -> None:
    text = einlang.compile(
        "input x[n, m], y[n]\nr[i,j] = cumsum[i](x[i,j])\nq[i : n] = sum[K](y[K] if K >= i else 0)"
    ).numpy_source
    assert "np.cumsum(r, 0)" in text and "np.flip(np.cumsum(np.flip(q)))" in text
    assert "for " not in text
