"""Formulas that nest too deeply or repeat too much are written in parts."""

from functools import reduce as fold

import numpy as np
from property.stages import analysed
from unit.codegen.numpy.running import run

from einlang.codegen.ein import emit
from einlang.ir.build import access, add, mul, number, reduce
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Expr, Index, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program

X = Tensor("x", (sized("n"),), "float", "input", None)


def check(body: Expr, free: tuple[Index, ...]) -> str:
    tensor = Tensor("f", tuple(index.extent for index in free), "float", "definition", None)
    program = Program("p", (X,), (Definition(tensor, free, body),), (tensor,))
    text = emit(program)
    values = {"x": np.array([0.5, -1.0, 2.0])}
    np.testing.assert_array_equal(run(analysed(text), values)[0], run(program, values)[0])
    return text


def test_a_deep_formula() -> None:
    index = Index("i", sized("n"))
    body = fold(lambda inner, _: apply("sin", add(inner, number(1))), range(500), access(X, [index]))
    text = check(body, (index,))
    assert "f_part[i] = " in text and max(map(len, text.splitlines())) < 1000


def test_a_formula_whose_parts_repeat() -> None:
    k = Index("k", sized("n"))
    inner = fold(lambda part, _: apply("sin", add(part, mul(number(2), part))), range(40), access(X, [k]))
    text = check(reduce("sum", [k], inner), ())
    assert len(text) < 20_000


def test_a_short_formula_stays_whole() -> None:
    index = Index("i", sized("n"))
    assert "part" not in check(apply("sin", access(X, [index])), (index,))
