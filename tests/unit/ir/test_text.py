"""The text of programs: what each node looks like, names of indices, shared parts, and that nothing blows up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.expressions import expressions

from einlang.ir.build import access, add, div, mul, neg, number, power, select, sub, total
from einlang.ir.extent import sized
from einlang.ir.nodes import (
    Add,
    Apply,
    Definition,
    Delta,
    Derivative,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Size,
    Stack,
    Stop,
    Target,
    Tensor,
    Zero,
)
from einlang.ir.operators import OPERATORS, apply
from einlang.ir.program import Equation, Program
from einlang.ir.text import definition_text, expression_text, number_text, text

M, N = sized("m"), sized("n")
A = Tensor("A", (M, N), "float", "input", None)
X, Y = (Tensor(name, (N,), "float", "param", None) for name in "xy")
S = Tensor("s", (), "float", "param", None)
T = Tensor("t", (M,), "int", "input", None)
I, J, K = Index("i", M), Index("j", N), Index("K", N)
XJ, YJ, SCALAR, AIJ = access(X, [J]), access(Y, [J]), access(S, []), access(A, [I, J])
HALF = Number(Fraction(1, 2))


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (add(XJ, YJ), "x[j] + y[j]"),
        (sub(XJ, mul(number(2), YJ)), "x[j] - 2 y[j]"),
        (sub(XJ, YJ), "x[j] - y[j]"),
        (add(XJ, number(-1)), "x[j] - 1"),
        (neg(mul(XJ, YJ)), "-x[j] y[j]"),
        (neg(add(XJ, YJ)), "-(x[j] + y[j])"),
        (mul(Number(Fraction(-1, 3)), XJ), "-(1/3) x[j]"),
        (mul(Number(Fraction(1, 3)), XJ), "(1/3) x[j]"),
        (Mul((XJ, number(2), YJ)), "x[j] * 2 y[j]"),
        (Mul((XJ, Mul((YJ, SCALAR)))), "x[j] (y[j] s)"),
        (Mul((XJ, neg(YJ))), "x[j] (-y[j])"),
        (Mul((number(-1), number(2))), "-2"),
        (div(mul(XJ, YJ), SCALAR), "x[j] y[j] / s"),
        (Mul((div(XJ, YJ), SCALAR)), "(x[j] / y[j]) s"),
        (div(XJ, mul(YJ, SCALAR)), "x[j] / (y[j] s)"),
        (div(XJ, div(YJ, SCALAR)), "x[j] / (y[j] / s)"),
        (Div(XJ, power(YJ, number(2))), "x[j] / y[j]^2"),
        (add(XJ, neg(div(XJ, YJ))), "x[j] - x[j] / y[j]"),
        (Pow(XJ, number(-1)), "x[j]^-1"),
        (Pow(XJ, HALF), "x[j]^0.5"),
        (Pow(XJ, Number(Fraction(1, 3))), "x[j]^(1/3)"),
        (Pow(Pow(XJ, number(2)), number(3)), "(x[j]^2)^3"),
        (Pow(number(-2), XJ), "(-2)^x[j]"),
        (Pow(XJ, add(YJ, SCALAR)), "x[j]^(y[j] + s)"),
        (apply("exp", add(XJ, YJ)), "exp(x[j] + y[j])"),
        (apply("max", XJ, YJ), "max(x[j], y[j])"),
        (select(apply("<=", I, J), XJ, neg(Infinity())), "x[j] if i <= j else -inf"),
        (mul(SCALAR, select(apply("<=", I, J), XJ, YJ)), "s (x[j] if i <= j else y[j])"),
        (
            select(apply("and", apply("<", I, J), apply("not", apply("==", I, J))), XJ, YJ),
            "x[j] if (i < j) and (not (i == j)) else y[j]",
        ),
        (Stack((XJ, number(3)), J), "[x[j], 3][j]"),
        (Mul((XJ, Stack((XJ, number(3)), J))), "x[j] * [x[j], 3][j]"),
        (Stop(XJ), "stop(x[j])"),
        (Delta(Add((I, number(1))), J), "δ[i + 1,j]"),
        (access(A, [access(T, [I]), J]), "A[t[i],j]"),
        (Mul((Pi(), Zero())), "pi zero"),
        (Mul((Size(M), Size(M + 1))), "m (m + 1)"),
        (Reduce("sum", (I, J), AIJ), "sum[i : m, j : n](A[i,j])"),
        (total([K], mul(access(A, [I, K]), access(X, [K]))), "sum[K : n](A[i,K] x[K])"),
        (Derivative(SCALAR, (Target(X, (J,)),)), "∂s/∂x[j]"),
        (Derivative(SCALAR, (Target(X, (J,)), Target(X, (number(0),)))), "∂²s/∂x[j]∂x[0]"),
        (Derivative(apply("exp", XJ), (Target(X, (J,)),)), "∂(exp(x[j]))/∂x[j]"),
    ],
)
def test_expressions(expr: Expr, expected: str) -> None:
    assert expression_text(expr) == expected


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_every_operator_has_a_text(row: object) -> None:
    expr = Apply(row, (XJ, YJ)[: row.arity])
    assert row.name in expression_text(expr)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("-3", "-3"),
        ("0.1", "0.1"),
        ("-1/8", "-0.125"),
        ("1/3", "1/3"),
        ("1e-6", "0.000001"),
        ("1e15", "1000000000000000"),
        ("1e16", "1e16"),
        ("1.5e300", "15e299"),
        ("2e-300", "2e-300"),
        ("123456789012345678901", "123456789012345678901"),
    ],
)
def test_numbers(value: str, expected: str) -> None:
    assert number_text(Fraction(value)) == expected


@given(
    st.fractions() | st.builds(lambda digits, exponent: Fraction(f"{digits}e{exponent}"), st.integers(), st.integers(-400, 400))
)
def test_numbers_are_exact(value: Fraction) -> None:
    assert Fraction(number_text(value)) == value


def test_a_program() -> None:
    z, r = Tensor("z", (M,), "float", "definition", None), Tensor("r", (), "int", "definition", None)
    i, k, k2 = Index("i", M), Index("K", N), Index("K", M)
    product = Definition(z, (i,), total([k], mul(access(A, [i, k]), access(X, [k]))))
    best = Definition(r, (), Reduce("argmax", (k2,), access(z, [k2])))
    facts = (Equation((), (total([K], access(X, [K])), number(1)), "sum[K](x[K]) = 1"),)
    claims = (Equation((J,), (XJ, mul(number(1), XJ), XJ), ""),)
    program = Program("p", (A, X, S, T), (product, best), (r, z), (("m", 3),), facts, claims)
    assert text(program) == (
        "program p\n"
        "size m = 3\n"
        "input A[m, n]\n"
        "param x[n]\n"
        "param s\n"
        "input t[m] : int\n"
        "assume sum[K : n](x[K]) = 1\n"
        "check x[j] = x[j] = x[j]\n"
        "z[i : m] = sum[K : n](A[i,K] x[K])\n"
        "r : int = argmax[K : m](z[K])\n"
        "output r, z\n"
    )


def test_indices_of_one_name_are_numbered_by_first_visit() -> None:
    first, second, third, named = Index("K", N), Index("K", N), Index("K", N), Index("K1", N)
    expr = mul(*(total([index], access(X, [index])) for index in (first, named, second, third)))
    assert expression_text(expr) == "sum[K : n](x[K]) sum[K1 : n](x[K1]) sum[K2 : n](x[K2]) sum[K3 : n](x[K3])"
    z = Tensor("z", (N,), "float", "definition", None)
    assert definition_text(Definition(z, (first,), total([second], mul(access(X, [second]), access(X, [first]))))) == (
        "z[K : n] = sum[K1 : n](x[K1] x[K])"
    )


def test_index_names_that_end_in_a_digit_are_numbered_apart() -> None:
    first, second = Index("k0", N), Index("k0", N)
    assert expression_text(mul(access(X, [first]), access(X, [second]))) == "x[k0] x[k0_1]"


def test_a_large_shared_part_is_written_once() -> None:
    part = apply("exp", add(mul(XJ, YJ), mul(YJ, YJ), neg(XJ)))
    small = apply("exp", XJ)
    z = Tensor("z", (N,), "float", "definition", None)
    assert definition_text(Definition(z, (J,), div(mul(part, small), add(part, small)))) == (
        "z[j : n] = %1 exp(x[j]) / (%1 + exp(x[j]))\n    where %1 = exp(x[j] y[j] + y[j] y[j] - x[j])"
    )


def test_the_text_of_shared_and_of_deep_trees_stays_small() -> None:
    shared: Expr = XJ
    deep: Expr = XJ
    for _ in range(300):
        shared = Div(Add((shared, shared)), shared)
        deep = Div(deep, YJ)
    assert len(expression_text(shared)) < 300 * 60
    assert len(expression_text(deep)) < 300 * 20


@given(expressions())
def test_every_expression_has_a_text_with_balanced_brackets(expr: Expr) -> None:
    words = expression_text(expr)
    for opening, closing in ("()", "[]"):
        assert words.count(opening) == words.count(closing)
