"""Operations and sizes of expressions, and what may be computed anywhere."""

import pytest

from einlang.ir.build import access, add, mul, number, select, sub
from einlang.ir.extent import sized
from einlang.ir.measure import EXPENSIVE, REDUCTION, is_cheap, is_constant, operations, operations_of_all, tree_size
from einlang.ir.nodes import Div, Index, Pow, Reduce, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.safety import unsafe_nodes

n = sized("n")
x = Tensor("x", (n,), "float", "input", None)
i = Index("i", n)
a = access(x, [i])

COSTS = [
    (a, 0),
    (add(a, a, a), 2),
    (sub(a, number(1)), 1),
    (mul(number(-1), a), 0),
    (mul(number(2), a), 1),
    (Pow(a, number(2)), 1),
    (Pow(a, number(3)), 1),
    (Pow(a, number(-2)), 2),
    (Pow(a, a), EXPENSIVE),
    (Div(a, a), 1),
    (apply("exp", a), EXPENSIVE),
    (apply("max", a, a), 1),
    (select(apply(">", a, number(0)), a, number(0)), 2),
    (Reduce("sum", (i,), a), REDUCTION),
    (access(x, [add(i, number(1))]), 2),
]


@pytest.mark.parametrize(("expr", "expected"), COSTS, ids=lambda value: repr(value)[:60])
def test_operations(expr, expected) -> None:
    assert operations(expr) == expected
    assert operations_of_all(expr)[expr] == expected


def test_shared_parts_count_as_often_as_they_occur() -> None:
    doubled = a
    for _ in range(64):
        doubled = add(mul(number(2), doubled), mul(number(3), doubled))
    assert operations(doubled) > 2**64 and tree_size(doubled) > 2**64


def test_cheap() -> None:
    assert is_cheap(sub(number(1), Pow(a, number(2))))
    assert not is_cheap(apply("tanh", a)) and not is_cheap(Reduce("sum", (i,), a))


def test_constant() -> None:
    assert is_constant(apply("sqrt", Size(n)))
    assert not is_constant(a) and not is_constant(add(i, number(1)))


def test_what_only_a_branch_keeps_in_bounds() -> None:
    before = access(x, [sub(i, number(1))])
    guarded = select(apply(">", i, number(0)), apply("exp", before), a)
    unsafe = unsafe_nodes(guarded)
    assert before in unsafe and apply("exp", before) in unsafe and a not in unsafe
    assert unsafe_nodes(apply("exp", before)) == set()
