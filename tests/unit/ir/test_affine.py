"""What is linear in a tensor, and with which coefficients."""

import pytest

from einlang.ir.affine import affine, equation, without_deltas
from einlang.ir.build import access, add, div, mul, number, power, select, total
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Expr, Index, Solve, Stack, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.text import expression_text

n = sized("n")
i, j, J = (Index(name, n) for name in "ijJ")
A = Tensor("A", (n, n), "float", "input", None)
x = Tensor("x", (n,), "float", "definition", None)
b = Tensor("b", (n,), "float", "input", None)
at_i, known = access(x, [i]), access(b, [i])
whole = total((J,), mul(access(A, [i, J]), access(x, [J])))

LINEAR = {
    "an element": (at_i, "δ[i,j]", "zero"),
    "what is known": (known, "zero", "b[i]"),
    "a sum": (add(at_i, known, at_i), "δ[i,j] + δ[i,j]", "b[i]"),
    "a multiple": (mul(known, add(at_i, number(2)), known), "b[i] δ[i,j] b[i]", "2 b[i] b[i]"),
    "a quotient": (div(add(at_i, known), known), "δ[i,j] (1 / b[i])", "b[i] / b[i]"),
    "a product of matrices": (whole, "A[i,j]", "zero"),
    "a sum of terms": (total((J,), add(access(x, [J]), access(b, [J]))), "1", "sum[J : n](b[J])"),
    "a choice": (select(apply(">", known, number(0)), at_i, known), "δ[i,j] if b[i] > 0 else zero", "zero if b[i] > 0 else b[i]"),
    "what is written out": (Stack((at_i, known), i), "[δ[i,j], zero][i]", "[zero, b[i]][i]"),
}


@pytest.mark.parametrize("name", LINEAR)
def test_coefficients_and_the_rest(name: str) -> None:
    expr, coefficient, rest = LINEAR[name]
    found = affine(expr, x, [j])
    assert found is not None
    assert (expression_text(without_deltas(found.coefficient)), expression_text(found.rest)) == (coefficient, rest)


NOT_LINEAR = {
    "a square": power(at_i, number(2)),
    "a product": mul(at_i, known, at_i),
    "a denominator": div(known, at_i),
    "a function": apply("exp", at_i),
    "a condition": select(apply(">", at_i, number(0)), at_i, known),
    "a sum of squares": total((J,), power(access(x, [J]), number(2))),
}


@pytest.mark.parametrize("name", NOT_LINEAR)
@pytest.mark.parametrize("inside", [lambda expr: expr, lambda expr: add(known, mul(number(2), expr))])
def test_what_is_not_linear(name: str, inside) -> None:
    assert affine(inside(NOT_LINEAR[name]), x, [j]) is None


def test_along_a_batch_there_is_no_delta() -> None:
    found = affine(mul(known, at_i), x, [None])
    assert found is not None
    assert (found.coefficient, found.rest) == (known, Zero())


def test_an_equation_is_what_was_solved() -> None:
    column = Index("j", n)
    system: Expr = Solve((i,), (column,), access(A, [i, column]), known, (j,))
    left, right = equation(Definition(x, (j,), system))
    assert (expression_text(left), right) == ("sum[j : n](A[i,j] x[j])", known)
