"""Builders keep the value of what they build, NaN and infinity included, structural zeros excepted."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einlang.ir import build
from einlang.ir.extent import sized
from einlang.ir.interpret import interpret
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Div,
    Expr,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Select,
    Tensor,
    Zero,
)
from einlang.ir.operators import OPERATORS
from einlang.ir.program import Program

TENSORS = tuple(Tensor(name, (), "float", "input", None) for name in "abc")
A, B, C = (Access(tensor, ()) for tensor in TENSORS)
NUMBERS = [build.number(value) for value in (Fraction(-2), Fraction(-1), Fraction(0), Fraction(1), Fraction(1, 2), Fraction(3))]

operands = st.sampled_from([A, B, C, *NUMBERS, Add((A, B)), Mul((NUMBERS[0], A)), Mul((B, NUMBERS[5]))])
values = st.sampled_from([0.0, 1.0, -2.0, 0.25, 3.0, math.inf, -math.inf, math.nan])
environments = st.tuples(values, values, values)


def evaluate(expr: Expr, environment: tuple[float, ...]) -> float:
    result = Tensor("result", (), "float", "definition", None)
    program = Program("p", TENSORS, (Definition(result, (), expr),), (result,))
    return float(interpret(program, dict(zip("abc", environment, strict=True)))["result"])


def check(built: Expr, plain: Expr, environment: tuple[float, ...]) -> None:
    np.testing.assert_allclose(evaluate(built, environment), evaluate(plain, environment), rtol=1e-14)


@given(st.lists(operands, min_size=2, max_size=4), environments)
def test_add(terms: list[Expr], environment: tuple[float, ...]) -> None:
    check(build.add(*terms), Add(tuple(terms)), environment)


@given(st.lists(operands, min_size=2, max_size=4), environments)
def test_mul(factors: list[Expr], environment: tuple[float, ...]) -> None:
    check(build.mul(*factors), Mul(tuple(factors)), environment)


@given(operands, operands, environments)
def test_div(left: Expr, right: Expr, environment: tuple[float, ...]) -> None:
    check(build.div(left, right), Div(left, right), environment)


@given(operands, operands, environments)
def test_sub_and_neg(left: Expr, right: Expr, environment: tuple[float, ...]) -> None:
    check(build.sub(left, right), Add((left, Mul((build.MINUS_ONE, right)))), environment)
    check(build.neg(left), Mul((build.MINUS_ONE, left)), environment)


@given(operands, operands, environments)
def test_power(base: Expr, exponent: Expr, environment: tuple[float, ...]) -> None:
    check(build.power(base, exponent), Pow(base, exponent), environment)


@given(operands, operands, operands, environments)
def test_select(left: Expr, then: Expr, otherwise: Expr, environment: tuple[float, ...]) -> None:
    condition = Apply(OPERATORS["<"], (left, A))
    check(build.select(condition, then, otherwise), Select(condition, then, otherwise), environment)


def test_structural_zeros_prune() -> None:
    zero = Zero()
    assert build.add(zero, A, zero) is A
    assert build.add(zero, zero) is zero
    assert build.add() is zero
    assert build.mul(A, zero, B) is zero
    assert build.div(zero, A) is zero
    assert build.total([Index("i", sized("n"))], zero) is zero
    assert evaluate(build.mul(A, zero), (math.nan, 0, 0)) == 0


def test_a_literal_zero_hides_nothing() -> None:
    assert math.isnan(evaluate(build.mul(A, build.number(0)), (math.nan, 0, 0)))


def test_sums_and_products_are_flat() -> None:
    assert build.add(build.add(A, B), C) is Add((A, B, C))
    assert build.mul(A, build.mul(B, C)) is Mul((A, B, C))


def test_a_coefficient_stands_first_and_one_is_not_written() -> None:
    assert build.mul(A, build.number(2), B, build.number(3)) is Mul((build.number(6), A, B))
    assert build.neg(build.neg(A)) is A
    assert build.mul(build.number(2), build.number(Fraction(1, 2))) is build.ONE
    assert build.mul() is build.ONE


def test_literals_that_floats_cannot_tell_from_infinity_or_zero_are_not_folded() -> None:
    large, small = build.number(10**300), build.number(Fraction(1, 10**300))
    assert evaluate(build.mul(large, A, large), (0.0, 0, 0)) == 0
    assert evaluate(build.mul(small, A, small), (1e300, 0, 0)) == pytest.approx(1e-300)


def test_delta() -> None:
    i, j = Index("i", sized("n")), Index("j", sized("n"))
    assert build.delta(i, i) is build.ONE
    assert build.delta(i, j) is Delta(i, j)
    assert build.delta(build.number(1), build.number(1)) is build.ONE
    assert build.delta(build.number(1), build.number(2)) is Zero()


def test_reduce() -> None:
    i = Index("i", sized("n"))
    assert build.reduce("max", [], A) is A
    assert build.reduce("max", [i], Zero()) is Reduce("max", (i,), Zero()), "over an empty range it is -∞"
    assert build.total([i], i) is Reduce("sum", (i,), i)


@given(st.sampled_from(NUMBERS))
def test_number(literal: Number) -> None:
    assert build.number(literal.value) is literal
