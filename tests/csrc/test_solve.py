"""Linear equations in C: solutions, several right sides, singular matrices, nothing outside of the arrays."""

import ctypes

import numpy as np
import pytest

TEXT = """
#include <math.h>
#include <stdint.h>
#define EIN_TYPE REAL
#define EIN_NAME(word) ein_##word
#include <einlang_solve.h>

int solve(int64_t n, int64_t count, REAL *a, const REAL *right, REAL *x) { return ein_solve(n, count, a, right, x); }
"""
TYPES = {"float": "float32", "double": "float64"}


def solved(library, type: str, a: np.ndarray, right: np.ndarray, *flags: str) -> tuple[int, np.ndarray]:
    """The status, and the solutions of one row of `right` each, between guards that must stay."""
    solve, dtype = library(TEXT.replace("REAL", type), *flags).solve, TYPES[type]
    n, x = len(a), np.full(right.size + 2, 7, dtype)
    arrays = [np.ascontiguousarray(array, dtype).copy() for array in (a, right)]
    places = [ctypes.c_void_p(place) for place in (arrays[0].ctypes.data, arrays[1].ctypes.data, x[1:].ctypes.data)]
    status = solve(ctypes.c_int64(n), ctypes.c_int64(len(right)), *places)
    assert (x[0], x[-1]) == (7, 7)
    assert (arrays[1] == right.astype(dtype)).all()
    return status, x[1:-1].reshape(right.shape)


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 8, 33])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_solutions(type: str, n: int, count: int, library) -> None:
    rng = np.random.default_rng([n, count])
    a, right = rng.normal(size=(n, n)), rng.normal(size=(count, n))
    status, x = solved(library, type, a, right)
    assert status == 0
    assert np.abs(x @ a.T - right).max(initial=0) < (1e-3 if type == "float" else 1e-10) * (1 + np.abs(x).max(initial=0))


PERMUTATION = np.eye(4)[[2, 0, 3, 1]]


def test_rows_are_interchanged(library) -> None:
    status, x = solved(library, "double", PERMUTATION, np.arange(8.0).reshape(2, 4))
    assert status == 0
    assert (x @ PERMUTATION.T == np.arange(8).reshape(2, 4)).all()


@pytest.mark.parametrize("a", [np.zeros((1, 1)), np.ones((2, 2)), np.outer([1, 2, 4], [1, 2, 4]), np.diag([1.0, 0, 1])], ids=str)
def test_a_pivot_of_zero_is_singular(a: np.ndarray, library) -> None:
    status, _ = solved(library, "double", a, np.ones((1, len(a))), "-fsanitize=undefined", "-static-libubsan")
    assert status == 1


def test_what_is_not_a_number_is_not_singular(library) -> None:
    status, x = solved(library, "double", np.array([[np.nan, 1], [1, 1]]), np.ones((1, 2)))
    assert status == 0
    assert np.isnan(x).all()


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("n", [1, 2, 7, 40])
@pytest.mark.parametrize("shift", [0.5, -0.5])
def test_a_symmetric_matrix_definite_or_not(type: str, n: int, shift: float, library) -> None:
    rng = np.random.default_rng(n)
    root = rng.normal(size=(n, n)) / n**0.5
    a, right = root @ root.T + shift * np.eye(n), rng.normal(size=(3, n))
    a = (a + a.T) / 2
    status, x = solved(library, type, a, right, "-fsanitize=undefined", "-static-libubsan")
    assert status == 0
    assert np.abs(x @ a - right).max() < (1e-3 if type == "float" else 1e-10) * (1 + np.abs(x).max())


def test_what_is_found_late_not_to_be_definite_is_eliminated_as_ever(library) -> None:
    a = np.array([[3.0, 1, 2], [1, 1, 5], [2, 5, 1]])
    status, x = solved(library, "double", a, np.array([[1.0, 2, 3]]))
    assert status == 0
    assert x[0] == pytest.approx(np.linalg.solve(a, [1, 2, 3]), rel=1e-14)
