"""Specialisation: what is read along a diagonal, or at one position, is computed there alone."""

import numpy as np
import pytest

from einlang.ir.build import access, add, mul, number, total
from einlang.ir.extent import sized
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Definition, Expr, Index, Tensor
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize.specialise import specialise
from einlang.source import Source, Span

N = sized("n")
A = Tensor("A", (N, N), "float", "input", None)
M = Tensor("M", (N, N), "float", "definition", None)
R = Tensor("R", (N, N), "float", "definition", None)
PLACE = Span(Source("a.ein", "M[i,j] = A[i,K] A[K,j]"), 0, 6)


def index(name: str) -> Index:
    return Index(name, N)


def product(tensor: Tensor, of: Tensor) -> Definition:
    """tensor[i,j] = sum[K](of[i,K] A[K,j])."""
    i, j, k = index("i"), index("j"), index("K")
    return Definition(tensor, (i, j), total((k,), mul(access(of, [i, k]), access(A, [k, j]))))


def scalar(name: str, body: Expr) -> Definition:
    return Definition(Tensor(name, (), "float", "definition", None), (), body)


def trace(tensor: Tensor) -> Expr:
    i = index("I")
    return total((i,), access(tensor, [i, i]))


def specialised(*definitions: Definition) -> list[str]:
    """The tensors that are left and their ranks, where the outputs, the scalars, stay as they were."""
    outputs = tuple(d.tensor for d in definitions if not d.tensor.rank)
    program = Program("test", (A,), definitions, outputs)
    made = specialise(program)
    verify(made, "test", strict=True)
    values = {"A": np.random.default_rng(0).normal(size=(3, 3))}
    before, after = interpret(program, values), interpret(made, values)
    for output in outputs:
        np.testing.assert_allclose(after[output.name], before[output.name], rtol=1e-12)
    return [f"{d.tensor.name} {d.tensor.rank}" for d in made.definitions if d.tensor.rank]


def test_a_matrix_of_which_the_trace_is_taken_is_its_diagonal() -> None:
    assert specialised(product(M, A), scalar("t", trace(M))) == ["M_diagonal 1"]


def test_what_it_reads_whole_stays_whole() -> None:
    assert specialised(product(R, A), product(M, R), scalar("t", trace(M))) == ["R 2", "M_diagonal 1"]


def test_what_it_reads_along_the_diagonal_is_its_diagonal_too() -> None:
    i, j = index("i"), index("j")
    scaled = Definition(R, (i, j), mul(number(2), access(M, [i, j])))
    assert specialised(product(M, A), scaled, scalar("t", trace(R))) == ["M_diagonal 1", "R_diagonal 1"]


def test_one_position_is_a_slice() -> None:
    i, j = index("I"), index("J")
    body = add(total((i,), access(M, [i, number(1)])), total((j,), access(M, [j, number(1)])))
    assert specialised(product(M, A), scalar("t", body)) == ["M_slice 1"]


KEPT = {
    "two positions": add(*(total((i := index("I"),), access(M, [i, number(n)])) for n in (0, 1))),
    "the whole beside the diagonal": add(trace(M), total((i := index("I"), j := index("J")), access(M, [i, j]))),
    "a row beside a column": add(access(M, [number(0), number(1)]), access(M, [number(1), number(0)])),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_is_read_elsewhere_too_stays(case) -> None:
    assert specialised(product(M, A), scalar("t", KEPT[case])) == ["M 2"]


def test_what_the_user_named_and_what_is_asked_for_stay() -> None:
    named = Tensor("M", (N, N), "float", "definition", PLACE)
    assert specialised(product(named, A), scalar("t", trace(named))) == ["M 2"]
    definitions = (product(M, A), scalar("t", trace(M)))
    program = Program("test", (A,), definitions, tuple(d.tensor for d in definitions))
    assert specialise(program) is program
