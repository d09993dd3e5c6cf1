"""Kinds, and that the oracle's arrays have them."""

from fractions import Fraction

import numpy as np
import pytest

from einlang.ir.build import access, number
from einlang.ir.extent import sized
from einlang.ir.interpret import interpret
from einlang.ir.kinds import kind, kinds_of_all
from einlang.ir.nodes import (
    Add,
    Definition,
    Delta,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Stack,
    Stop,
    Tensor,
    Zero,
)
from einlang.ir.operators import apply
from einlang.ir.program import Program

N = sized("n")
X, T = Tensor("x", (N,), "float", "input", None), Tensor("t", (N,), "int", "input", None)
I, K = Index("i", N), Index("K", N)
XI, TI, TK = access(X, [I]), access(T, [I]), access(T, [K])
HALF, TWO = Number(Fraction(1, 2)), number(2)
CONDITION = apply("<", I, TWO)

CASES: list[tuple[Expr, str]] = [
    *((expr, "int") for expr in (I, Size(N), TWO, Zero(), Delta(I, TWO), TI, Add((TI, I)), Mul((TI, TWO)), Stop(TI))),
    *((expr, "float") for expr in (HALF, number(2**63), Pi(), Infinity(), XI, Add((TI, XI)), Mul((TI, HALF)), Div(TI, TWO))),
    (Pow(TI, TWO), "float"),
    (apply("max", TI, TWO), "int"),
    (apply("max", TI, XI), "float"),
    (apply("abs", TI), "int"),
    (apply("exp", TI), "float"),
    (CONDITION, "bool"),
    (apply("not", CONDITION), "bool"),
    (Select(CONDITION, TI, TWO), "int"),
    (Select(CONDITION, TI, HALF), "float"),
    (Stack((TI, TWO), Delta(I, I)), "int"),
    (Stack((XI, TWO), Delta(I, I)), "float"),
    *((Reduce(operation, (K,), TK), "int") for operation in ("sum", "prod", "argmax", "argmin")),
    *((Reduce(operation, (K,), TK), "float") for operation in ("max", "min", "logsumexp")),
    (Reduce("sum", (K,), access(X, [K])), "float"),
    (Reduce("argmax", (K,), access(X, [K])), "int"),
]


@pytest.mark.parametrize(("expr", "expected"), CASES)
def test_kind(expr: Expr, expected: str) -> None:
    assert kind(expr) == expected
    assert kinds_of_all(expr)[expr] == expected


@pytest.mark.parametrize(("expr", "expected"), [case for case in CASES if case[1] == "int"])
def test_the_oracle_keeps_whole_numbers(expr: Expr, expected: str) -> None:
    result = Tensor("r", (N,), "int", "definition", None)
    program = Program("p", (X, T), (Definition(result, (I,), expr),), (result,))
    found = interpret(program, {"x": np.array([0.5, 1]), "t": np.array([3, 4])})["r"]
    assert found.dtype == np.int64
