"""`einlang cost`: what it prints, and sizes that cannot be."""

from pathlib import Path

import pytest

PRODUCT = "input A[m, k], B[k, n]\nC[i,j] = A[i,K] B[K,j]\n"


def test_the_table_of_a_file_and_of_a_text(call) -> None:
    Path("product.ein").write_text(PRODUCT)
    result = call("cost", "product.ein", "m=10", "k=20", "n=30", "--dtype", "float32")
    assert result.exit_code == 0 and result.stderr == ""
    assert "12,000  4,400  in all" in result.stdout
    texts = [part for line in PRODUCT.splitlines() for part in ("-e", line)]
    assert call("cost", *texts, "--dtype", "float32", "m=10", "k=20", "n=30").stdout == result.stdout


def test_derivatives_are_counted_with_the_program(call) -> None:
    Path("f.ein").write_text("input A[m, k]\nparam x[k]\nf = sum[I]((A[I,K] x[K])^2)\n")
    assert "df_dx[" in call("cost", "f.ein", "m=10", "k=20", "--grad", "f").stdout


@pytest.mark.parametrize(
    ("sizes", "code", "message"),
    [
        (["m=1", "k=2"], 1, "product needs the size n"),
        (["m=1", "k=2", "n=3", "q=4"], 1, "product has no size 'q'"),
        (["m=1", "k=2", "n=x"], 2, "'n=x' is not a size"),
        (["m=1", "m=1"], 2, "the size m is given twice"),
        (["m=-1"], 2, "'m=-1' is not a size"),
    ],
)
def test_sizes_that_cannot_be(call, sizes: list[str], code: int, message: str) -> None:
    Path("product.ein").write_text(PRODUCT)
    result = call("cost", "product.ein", *sizes)
    assert result.exit_code == code and message in result.stderr and "Traceback" not in result.stderr
