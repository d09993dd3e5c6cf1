"""Verification: well-formed programs pass, and each defect is found and named."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from property.expressions import INDICES, SIZES, TENSORS, expressions

from einlang.errors import InternalError
from einlang.ir.build import access, add, mul, number, total
from einlang.ir.extent import sized
from einlang.ir.kinds import kind
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Delta,
    Derivative,
    Expr,
    Index,
    Number,
    Reduce,
    Select,
    Size,
    Stack,
    Target,
    Tensor,
)
from einlang.ir.operators import OPERATORS, apply
from einlang.ir.program import DerivativeOf, Equation, Program
from einlang.ir.verify import verify

M, N = sized("m"), sized("n")
A = Tensor("A", (M, N), "float", "input", None)
X = Tensor("x", (N,), "float", "param", None)
T = Tensor("t", (M,), "int", "input", None)
Y = Tensor("y", (M,), "float", "definition", None)
Z = Tensor("z", (), "float", "definition", None)
I, J, K = Index("i", M), Index("j", N), Index("K", N)
I2 = Index("i", M)
PRODUCT = Definition(Y, (I,), total([K], mul(access(A, [I, K]), access(X, [K]))))
SUM = Definition(Z, (), total([I2], access(Y, [I2])))
GOOD = Program("p", (A, X, T), (PRODUCT, SUM), (Z, A))
HALF = Number(Fraction(1, 2))


def body(expr: Expr, tensor: Tensor = Y) -> Program:
    """The good program with another definition of y."""
    return replace(GOOD, definitions=(Definition(tensor, (I,)[: tensor.rank], expr),), outputs=(tensor,))


def test_a_good_program_passes() -> None:
    verify(GOOD, "test", strict=True)


@given(expressions(depth=3))
def test_generated_expressions_pass(expr: Expr) -> None:
    indices = tuple(INDICES)
    result = Tensor("r", tuple(i.extent for i in indices), "int" if kind(expr) == "int" else "float", "definition", None)
    if not any(index in indices for node in _reductions(expr) for index in node.indices):
        verify(Program("p", TENSORS, (Definition(result, indices, expr),), (result,), tuple(SIZES.items())), "test")


def _reductions(expr: Expr) -> list[Reduce]:
    below = [found for child in expr.children for found in _reductions(child)]
    return [expr, *below] if isinstance(expr, Reduce) else below


XI = access(X, [Index("i", N)])
DEFECTS = {
    "nothing binds j": body(access(X, [J])),
    "K is bound twice": body(total([K], mul(access(X, [K]), total([K], access(X, [K]))))),
    "i is bound twice": body(total([I], access(Y, [I]))),
    "j is bound twice": body(Reduce("sum", (J, J), access(X, [J]))),
    "x has rank 1 and 2 subscripts": body(total([K], access(X, [K, K]))),
    "i ranges over m, axis 0 over n": body(access(X, [I])),
    "exp(i, i)": body(Apply(OPERATORS["exp"], (I, I))),
    "it takes 1 arguments and has 2": body(Apply(OPERATORS["exp"], (I, I))),
    "a child has the kind float, not int: A[i,0.5]": body(access(A, [I, HALF])),
    "a child has the kind float, not int: δ[i,0.5]": body(Delta(I, HALF)),
    "a child has the kind int, not bool": body(Select(I, HALF, HALF)),
    "a child has the kind bool, not number": body(add(apply("<", I, I), HALF)),
    "a child has the kind int, not bool: not i": body(Select(Apply(OPERATORS["not"], (I,)), number(1), number(0))),
    "[i, 1][0.5]": body(Stack((I, number(1)), HALF)),
    "its kind is int, that of its body float": body(HALF, Tensor("w", (M,), "int", "definition", None)),
    "its kind is float, that of its body bool": body(apply("<", I, number(1))),
    "argmax has 2 indices": body(Reduce("argmax", (J, K), add(access(X, [J]), access(X, [K])))),
    "sum has 0 indices": body(Reduce("sum", (), HALF)),
    "nothing fixes the size q": body(Size(sized("q"))),
    "nothing fixes the size r": body(Reduce("sum", (Index("l", sized("r")),), HALF)),
    "its indices have the extents [n], its shape is [m]": replace(GOOD, definitions=(Definition(Y, (J,), HALF),), outputs=()),
    "its indices have the extents []": replace(GOOD, definitions=(Definition(Y, (), HALF),), outputs=()),
    "y is used before it is defined": replace(GOOD, definitions=(SUM, PRODUCT)),
    "y is defined twice": replace(GOOD, definitions=(PRODUCT, PRODUCT)),
    "x is defined twice": replace(GOOD, inputs=(A, X, X)),
    "y is called definition": replace(GOOD, inputs=(Y,), definitions=(), outputs=()),
    "v is called input": body(HALF, Tensor("v", (M,), "float", "input", None)),
    "b holds truth values": replace(GOOD, inputs=(*GOOD.inputs, Tensor("b", (), "bool", "input", None))),
    "the output w is not defined": replace(GOOD, outputs=(Tensor("w", (), "float", "definition", None),)),
    "w is used before it is defined": body(
        Derivative(access(X, [number(0)]), (Target(Tensor("w", (), "float", "input", None), ()),))
    ),
    "the derivative w is not defined": replace(
        GOOD, derivatives={Tensor("w", (N,), "float", "definition", None): DerivativeOf(Z, (X,))}
    ),
    "the derivative y has the shape [m], not [n]": replace(GOOD, derivatives={Y: DerivativeOf(Z, (X,))}),
    "in `x = y`": replace(GOOD, assumptions=(Equation((), (access(X, [J]), HALF), "x = y"),)),
}


@pytest.mark.parametrize(("message", "program"), DEFECTS.items())
def test_a_defect_is_found_and_named(message: str, program: Program) -> None:
    with pytest.raises(InternalError) as caught:
        verify(program, "calculus", strict=True)
    assert message in str(caught.value).partition("\n")[0]
    assert caught.value.stage == "calculus"
    assert caught.value.dump.startswith("program p\n")


def test_a_tensor_of_another_declaration_is_not_the_one_known() -> None:
    other = Tensor("x", (N,), "float", "input", None)
    with pytest.raises(InternalError, match="x is used before it is defined"):
        verify(body(total([K], access(other, [K]))), "test")


def test_without_strict_an_index_may_have_a_range_of_its_own() -> None:
    verify(body(access(X, [I])), "test")


def test_an_access_that_a_choice_guards_may_have_a_range_of_its_own() -> None:
    verify(body(Select(apply("<", I, Size(N)), access(X, [I]), HALF)), "test", strict=True)


def test_one_reduction_may_stand_in_two_places() -> None:
    shared = total([K], access(X, [K]))
    verify(body(Add((shared, mul(access(T, [I]), shared)))), "test", strict=True)


def test_siblings_may_bind_the_same_index() -> None:
    verify(body(Add((total([K], access(X, [K])), total([K], Access(A, (I, K)))))), "test", strict=True)
