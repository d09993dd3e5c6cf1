"""Exact evaluation: against fractions, and what it refuses."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einlang.ir.build import access, add, div, mul, number, power, reduce, sub, total
from einlang.ir.exact import PRIME, Residue, interpret_exact, rational
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Delta, Expr, Index, Mul, Pi, Pow, Select, Stack, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program

N = sized("n")
X = Tensor("x", (N,), "float", "input", None)
T = Tensor("t", (N,), "int", "input", None)
I, K = Index("i", N), Index("K", N)
XI, XK, TI = access(X, [I]), access(X, [K]), access(T, [I])


def program(expr: Expr) -> Program:
    result = Tensor("r", (N,), "float", "definition", None)
    return Program("p", (X, T), (Definition(result, (I,), expr),), (result,))


def run(expr: Expr, x: list[int], t: list[int] | None = None) -> list[int]:
    return interpret_exact(program(expr), {"x": np.array(x, int), "t": np.array(t or [0] * len(x), int)})["r"].tolist()


def residue(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


whole = st.integers(-10, 10)


@given(whole, whole, st.integers(-3, 3).filter(bool))
def test_residues_follow_the_field(a: int, b: int, exponent: int) -> None:
    x, y = Residue(a % 101, 101), Residue(b % 101, 101)
    assert (x + y, 1 + x, x * y, 2 * x) == (a + b, 1 + a, a * b, 2 * a)
    if b % 101:
        assert x / y * y == x
        assert y**exponent * y**-exponent == 1


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        (sub(mul(XI, XI), number(3)), lambda x, i: x[i] ** 2 - 3),
        (div(add(XI, number(7)), number(3)), lambda x, i: Fraction(x[i] + 7, 3)),
        (div(number(Fraction(2, 5)), add(XI, number(100))), lambda x, i: Fraction(2, 5) / (x[i] + 100)),
        (total([K], mul(XK, XI)), lambda x, i: sum(x) * x[i]),
        (total([K], mul(Delta(I, K), XK)), lambda x, i: x[i]),
        (reduce("prod", [K], XK), lambda x, i: x[0] * x[1] * x[2]),
        (power(add(XI, number(50)), number(-2)), lambda x, i: Fraction(1, (x[i] + 50) ** 2)),
        (Select(apply("<", I, number(1)), XI, number(Fraction(1, 2))), lambda x, i: x[i] if i < 1 else Fraction(1, 2)),
        (Stack((XI, number(2), XI), I), lambda x, i: (x[i], 2, x[i])[i]),
        (mul(I, XI), lambda x, i: i * x[i]),
    ],
)
@given(x=st.lists(whole, min_size=3, max_size=3))
def test_agrees_with_fractions(expr: Expr, value: object, x: list[int]) -> None:
    assert run(expr, x) == [residue(Fraction(value(x, i))) for i in range(3)]


def test_integer_tensors_and_empty_ranges() -> None:
    assert run(mul(TI, TI, XI), [2, 3], [4, -1]) == [32, 3]
    assert run(total([K], XK), []) == []


def test_equal_rational_functions_agree() -> None:
    left = div(sub(mul(XI, XI), number(1)), sub(XI, number(1)))
    assert run(left, [5, 6, 7]) == run(add(XI, number(1)), [5, 6, 7])


def test_scalars_and_structural_zeros() -> None:
    scalar = Tensor("s", (), "float", "input", None)
    result = Tensor("r", (), "float", "definition", None)
    body = add(Mul((Zero(), access(scalar, []))), access(scalar, []), access(scalar, []))
    found = interpret_exact(Program("p", (scalar,), (Definition(result, (), body),), (result,)), {"s": np.array(3)})
    assert found["r"].shape == () and found["r"].item() == 6


def test_division_by_zero() -> None:
    for expr in (div(number(1), XI), power(XI, number(-1))):
        with pytest.raises(ZeroDivisionError):
            run(expr, [1, 0])


@pytest.mark.parametrize("expr", [apply("exp", XI), apply("<", XI, TI), reduce("max", [K], XK), Pow(XI, XI), mul(Pi(), XI)])
def test_what_is_not_rational_is_refused(expr: Expr) -> None:
    if apply("<", XI, TI) is expr:
        expr = Select(expr, XI, XI)
    assert not rational(program(expr))
    with pytest.raises(ValueError, match="not rational"):
        run(expr, [1, 2])
