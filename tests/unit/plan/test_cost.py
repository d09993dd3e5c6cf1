"""What a program costs for given sizes, against counts by hand; and sizes that cannot be."""

import pytest

import einlang
from einlang import CallError

PRODUCT = "input A[m, k], B[k, n]\nC[i,j] = A[i,K] B[K,j]\n"
LAYERS = (
    "const n = 2\ninput X{0}[b, k{0}]\nparam W{m}[k{m-1}, k{m}] for m in 1..n\nX{m}[i,j] = X{m-1}[i,K] W{m}[K,j] for m in 1..n\n"
)


@pytest.mark.parametrize(("dtype", "itemsize"), [(None, 8), ("float32", 4)])
def test_a_product_takes_two_operations_a_term_and_moves_each_array_once(dtype: str | None, itemsize: int) -> None:
    found = einlang.compile(PRODUCT, dtype=dtype).cost(m=3, k=5, n=7)
    assert (found.operations, found.bytes, found.workspace) == (2 * 3 * 5 * 7, itemsize * (15 + 35 + 21), 0)
    (part,) = found.definitions
    assert part.definition.startswith("C[i : m, j : n] = ") and part.form.startswith("contraction") and part.kept == "output 1"


def test_a_chain_is_counted_product_by_product_in_its_order() -> None:
    found = einlang.compile("input A[m, k], B[k, l], v[l]\ny[i] = A[i,K] B[K,L] v[L]\n").cost(m=100, k=50, l=20)
    assert [part.operations for part in found.definitions] == [2 * 50 * 20, 2 * 100 * 50]
    assert found.workspace == 448 and found.definitions[0].kept == "room 1"


def test_the_gradient_costs_what_its_definitions_do() -> None:
    program = einlang.compile("input A[m, k]\nparam x[k]\nf = sum[I]((A[I,K] x[K])^2)\n").grad("f")
    found = program.cost(m=30, k=20)
    assert found.operations == sum(part.operations for part in found.definitions) >= 2 * 2 * 30 * 20


def test_sizes_with_superscripts_are_spelled_as_outputs_are() -> None:
    program = einlang.compile(LAYERS)
    expected = 2 * 4 * 3 * 2 + 2 * 4 * 2 * 5
    assert program.cost(b=4, k_0=3, k_1=2, k_2=5).operations == expected
    assert program.cost({"b": 4, "k{0}": 3, "k{1}": 2, "k{2}": 5}).operations == expected


def test_what_the_program_fixes_need_not_be_given() -> None:
    program = einlang.compile("size n = 3\ninput x[n]\ny = sum[I](x[I]^2)\n")
    assert program.cost().operations == program.cost(n=3).operations > 0


def test_as_text_it_is_a_table_with_the_sums_below() -> None:
    lines = str(einlang.compile(PRODUCT).cost(m=300, k=5, n=7)).split("\n")
    assert lines[0] == "operations   bytes" and lines[1].startswith("    21,000  29,080  C[i : m, j : n] = ")
    assert lines[3:] == ["    21,000  29,080  in all", "workspace: 0 bytes"]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"m": 1}, "program needs the sizes k, n"),
        ({"m": 1, "k": 2}, "program needs the size n"),
        ({"m": 1, "k": 2, "n": 3, "nn": 4}, "program has no size 'nn'; did you mean 'n'?"),
        ({"m": 1, "k": 2, "n": 3, "q": 4}, "program has no size 'q'; its sizes are m, k, n"),
        ({"m": 1, "k": 2, "n": -3}, "the size n is -3; it cannot be negative"),
        ({"m": 1, "k": 2, "n": 3.0}, "the size n is a whole number, not 3.0"),
        ({"m": 1, "k": 2, "n": True}, "the size n is a whole number, not True"),
    ],
)
def test_sizes_that_cannot_be(sizes: dict[str, object], message: str) -> None:
    with pytest.raises(CallError) as caught:
        einlang.compile(PRODUCT).cost(sizes)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "sizes", "message"),
    [
        ("size n = 3\ninput x[n]\ny = x[I]^2\n", {"n": 4}, "the size n is 3 in this program, not 4"),
        ("input x[n], y[m]\nz[i] = x[i] + y[i]\n", {"n": 2, "m": 3}, None),
    ],
)
def test_sizes_that_contradict_the_program(text: str, sizes: dict[str, int], message: str | None) -> None:
    with pytest.raises(einlang.EinlangError) as caught:
        einlang.compile(text).cost(sizes)
    assert message is None or str(caught.value) == message


def test_lengths_and_sums_are_said_as_a_user_would() -> None:
    step = "h[0] = x[0]\nh[t+1] = tanh(w h[t] + x[t])\nL = sum[T : n - 1]((h[T] - x[T + 1])^2)\n"
    found = str(einlang.compile(f"input x[n]\nparam w\n{step}").with_grad("L").cost(n=5))
    assert "sum[T : n - 1](" in found
    assert "extent" not in found and "+ 0" not in found
