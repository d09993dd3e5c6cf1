"""A program's C taken apart: the parts, linked, are the whole, and the unit does not depend on the program."""

import pytest

from einlang.codegen import c
from einlang.codegen.c.separate import separate
from einlang.driver import stages
from einlang.dtypes import FLOATS
from einlang.options import options
from einlang.runtime.recipe import Recipe

PRODUCT = "input A[m, k], B[k, n]\nC[i,j] = A[i,K] B[K,j]\n"
NETWORK = "input A[m, k], B[k, n]\nH[i,j] = tanh(A[i,K] B[K,j])\nC[i,j] = H[i,K] B[j,K]\n"


def text(program: str, dtype: str = "float64") -> str:
    return c.emit(stages(Recipe("program", "<text>", program, options()), "lowered").lowered, FLOATS[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_programs_that_use_the_same_functions_share_a_unit(dtype: str) -> None:
    first, second = (separate(text(program, dtype), FLOATS[dtype]) for program in (PRODUCT, NETWORK))
    assert first.unit == second.unit != "" and first.own != second.own


def test_the_own_text_declares_what_the_unit_defines() -> None:
    whole, parts = text(PRODUCT), separate(text(PRODUCT), FLOATS["float64"])
    defined = "EIN_NOINLINE void EIN_NAME(rows)("
    assert defined in whole and defined in parts.own and defined in parts.unit
    assert len(parts.own) < len(whole) and "EIN_NAME(strip)(rows - i" in parts.unit
    assert "EIN_NAME(strip)(rows - i" not in parts.own


def test_a_program_without_shared_functions_stays_whole() -> None:
    whole = text("input x[n]\ny[i] = 2 x[i]\n")
    assert separate(whole, FLOATS["float64"]) == (whole, "")
