"""The entry of a kernel: it takes Python's objects where nothing is odd about them, and leaves the outputs alone otherwise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import einlang

TEXT = """
size f = 2
input X[b, k], V[f], W[k, 2 * b - 1], y[b] : int, lr
c[i : k + 1] = x[i+1] - x[i]
G[i,j] = lr X[i,j] + W[j,2 i] + y[i] + V[0] + c[0]
L = G[I,J]
input x[n]
output L, G
"""


def arrays(dtype: str = "float64", **changed: Any) -> dict[str, Any]:
    good = {
        "X": np.ones((3, 2), dtype),
        "V": np.ones(2, dtype),
        "W": np.ones((2, 5), dtype),
        "y": np.arange(3),
        "lr": 0.5,
        "x": np.ones(4, dtype),
    }
    return {**good, **changed}


@pytest.fixture(scope="module")
def straight() -> Callable[..., Any]:
    """Calls of a program that has its kernels, "general" where these are not what computed."""
    program = einlang.compile(TEXT)
    for dtype in ("float32", "float64"):
        program(**arrays(dtype))
    names = program._engine.names
    if names["kernel_float64"] is None:
        pytest.skip("there is no compiler here, or Python's objects cannot be read")
    call = names["call"]
    names["general"] = lambda mapping, given: "general"
    return lambda **given: call(None, given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exact_arrays_and_python_floats_are_taken_as_they_are(straight: Callable[..., Any], dtype: str) -> None:
    found = straight(**arrays(dtype))
    assert found.G.dtype == dtype and found.G.tolist() == [[2.5, 2.5], [3.5, 3.5], [4.5, 4.5]] and found.L == 21
    assert straight(**arrays(dtype, lr=np.full((), 0.5, dtype))).L == 21


def test_a_number_is_rounded_to_the_type_of_the_arrays(straight: Callable[..., Any]) -> None:
    quiet = {"V": np.zeros(2, "f4"), "W": np.zeros((2, 5), "f4"), "y": np.zeros(3, int)}
    assert straight(**arrays("float32", lr=0.1, **quiet)).G[0, 0] == np.float32(0.1)


def test_what_is_given_to_write_into_is_written(straight: Callable[..., Any]) -> None:
    targets = {"L": np.zeros(()), "G": np.zeros((3, 2))}
    found = straight(**arrays(), out=targets)
    assert found.G is targets["G"] and targets["G"][2, 1] == 4.5 and targets["L"] == 21


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _misaligned(*shape: int) -> np.ndarray:
    return np.zeros(8 * int(np.prod(shape)) + 1, np.uint8)[1:].view(float).reshape(shape)


ODD: dict[str, dict[str, Any]] = {
    "list": {"V": [1.0, 1.0]},
    "subclass": {"W": np.ones((2, 5)).view(np.memmap)},
    "rank": {"V": np.ones((2, 1))},
    "size": {"y": np.arange(4)},
    "expression": {"W": np.ones((2, 6))},
    "fixed size": {"V": np.ones(3)},
    "two types": {"W": np.ones((2, 5), "f4")},
    "no float type": {"X": np.ones((3, 2), "f2")},
    "byte order": {"W": np.ones((2, 5), ">f8")},
    "integers": {"X": np.ones((3, 2), int)},
    "narrow integers": {"y": np.arange(3, dtype="i4")},
    "a number for a vector": {"V": 1.0},
    "a whole number for a float": {"lr": 1},
    "a truth for a float": {"lr": True},
    "scalar of NumPy": {"lr": np.float64(1)},
    "a float for whole numbers": {"y": 1.0},
    "strides": {"W": np.ones((5, 2)).T},
    "alignment": {"W": _misaligned(2, 5)},
    "requirement": {"x": np.ones(2)},
    "out shape": {"out": {"L": np.ones(()), "G": np.ones((2, 3))}},
    "out rank": {"out": {"L": np.ones(()), "G": np.ones(6)}},
    "out type": {"out": {"L": np.ones(()), "G": np.ones((3, 2), "f4")}},
    "out scalar": {"out": {"L": np.float64(1), "G": np.ones((3, 2))}},
    "out number": {"out": {"L": 1.0, "G": np.ones((3, 2))}},
    "out read-only": {"out": {"L": np.ones(()), "G": _frozen(np.ones((3, 2)))}},
    "out strides": {"out": {"L": np.ones(()), "G": np.ones((2, 3)).T}},
    "out alignment": {"out": {"L": np.ones(()), "G": _misaligned(3, 2)}},
}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
def test_whatever_is_odd_is_left_to_the_general_way(straight: Callable[..., Any], changed: dict[str, Any]) -> None:
    assert straight(**arrays(**changed)) == "general"


def test_arrays_that_overlap_are_left_to_the_general_way(straight: Callable[..., Any]) -> None:
    given = arrays()
    assert straight(**given, out={"L": np.ones(()), "G": given["X"]}) == "general"
    assert (given["X"] == 1).all()
    buffer = np.zeros(7)
    assert straight(**given, out={"L": buffer[2:3].reshape(()), "G": buffer[:6].reshape(3, 2)}) == "general"


def test_read_only_inputs_are_taken(straight: Callable[..., Any]) -> None:
    assert straight(**arrays(X=_frozen(np.ones((3, 2))))).L == 21


def test_empty_arrays_are_taken(straight: Callable[..., Any]) -> None:
    given = arrays(X=np.ones((3, 0)), W=np.ones((0, 5)))
    assert straight(**given).G.shape == (3, 0)


def test_lengths_whose_product_is_too_large_for_64_bits_are_left_to_the_general_way() -> None:
    program = einlang.compile("input X[m, p], Y[n, p], Z[m * n, p]\ns = X[I,K] + Y[I,K] + Z[I,K]")
    assert program(X=np.ones((2, 1)), Y=np.ones((3, 1)), Z=np.ones((6, 1))).s == 11
    with pytest.raises(einlang.CallError, match="axis 0 of Z is 0, but `m\\*n` is 18446744073709551616"):
        program(X=np.ones((2**32, 0)), Y=np.ones((2**32, 0)), Z=np.ones((0, 0)))
