"""Words of a program's text: names that the language takes, indices told apart, sizes that are mistaken for nothing else."""

import numpy as np
import pytest
from property.stages import analysed
from unit.codegen.numpy.running import run
from unit.codegen.numpy.test_names import HOSTILE, everywhere

from einlang.codegen.ein import emit
from einlang.ir.build import access, add, mul, reduce
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Expr, Index, Reduce, Size, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program

N = sized("n")
X = Tensor("x", (N,), "float", "input", None)
A = Tensor("A", (N, N), "float", "input", None)


def body_text(body: Expr, free: tuple[Index, ...] = (), inputs: tuple[Tensor, ...] = (X, A)) -> str:
    tensor = Tensor("f", tuple(index.extent for index in free), "float", "definition", None)
    text = emit(Program("p", inputs, (Definition(tensor, free, body),), (tensor,)))
    analysed(text)
    return text.split("\n\n")[1]


def test_indices_are_lowercase_where_free_and_capital_where_bound() -> None:
    i, k = Index("Row", N), Index("k", N)
    assert body_text(reduce("sum", [k], mul(access(A, [i, k]), access(X, [k]))), (i,)) == "f[row] = A[row,K] x[K]"


def test_nested_sums_get_different_indices_and_sums_side_by_side_the_same() -> None:
    k, inner = Index("K", N), Index("K", N)
    nested = reduce("sum", [inner], mul(access(A, [k, inner]), access(X, [inner])))
    assert body_text(reduce("sum", [k], mul(access(X, [k]), nested))) == "f = x[K] (A[K,L] x[L])"
    one = reduce("sum", [k], power(k))
    other = reduce("sum", [inner], power(inner))
    assert body_text(add(apply("exp", one), other)) == "f = exp(x[K] x[K]) + x[K] x[K]"


def power(index: Index) -> Expr:
    return mul(access(X, [index]), access(X, [index]))


def test_a_position_is_told_apart_from_sizes_and_scalars() -> None:
    n, s = Index("n", N), Tensor("s", (), "float", "input", None)
    assert body_text(mul(n, access(X, [n])), (n,)) == "f[n1] = n1 x[n1]"
    index = Index("s", N)
    assert body_text(mul(access(s, []), access(X, [index])), (index,), (X, s)) == "f[s1] = s x[s1]"


def test_a_size_that_shares_its_name_is_said_otherwise() -> None:
    index, n = Index("n", N), Tensor("n", (), "float", "input", None)
    assert body_text(mul(Size(N), access(X, [index])), (index,)) == "f[n] = size(x, 0) x[n]"
    assert body_text(mul(Size(N), access(n, [])), (), (X, n)) == "f = m n"


def test_an_index_that_nothing_carries_is_carried_by_ones() -> None:
    k = Index("k", N)
    assert body_text(Reduce("sum", (k,), access(X, [i := Index("i", N)])), (i,)) == "f[i] = sum[K : n](x[i] 1[K])"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_comes_back_as_a_program_of_the_same_values(name: str) -> None:
    program = everywhere(name)
    text = emit(program)
    assert all(line.isprintable() for line in text.split("\n"))
    if "{" in text:
        return
    back = analysed(text)
    assert len(back.definitions) == len(program.definitions)
    values = np.array([0.5, -1.0, 2.0])
    for found, wanted in zip(run(back, {back.inputs[0].name: values}), run(program, {name: values}), strict=True):
        np.testing.assert_array_equal(found, wanted)
