"""Names of what passes make, and the definitions under them."""

import pytest

from einlang.ir.build import access, add, mul
from einlang.ir.extent import sized
from einlang.ir.naming import Names, compound_name, define, derivative_name, derived_name, free_names, name_parts
from einlang.ir.nodes import Access, Definition, Index, Reduce, Tensor
from einlang.ir.operators import apply
from einlang.ir.parts import Parts
from einlang.ir.program import Program

n, m = sized("n"), sized("m")


def tensor(name: str, *shape) -> Tensor:
    return Tensor(name, shape, "float", "input", None)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("W", ("W", "", "")),
        ("W{2}", ("W", "", "{2}")),
        ("w''", ("w", "''", "")),
        ("X'{1,2}", ("X", "'", "{1,2}")),
        ("σ_1", ("σ_1", "", "")),
    ],
)
def test_parts_of_a_name(name, parts) -> None:
    assert name_parts(name) == parts


def test_name_of_a_second_derivative() -> None:
    assert derivative_name(tensor("L"), tensor("w"), tensor("w")) == "d2L_dw_dw"
    assert derivative_name(tensor("L'"), tensor("W'{1}"), tensor("W{2}")) == "d2L_prime_dW_prime_dW{1,2}"


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [("L", "w", "hvp_L_w"), ("L", "W{2}", "hvp_L_W{2}"), ("Z'{1}", "x'", "hvp_Z_prime_x'{1}")],
)
def test_name_of_a_product(above, below, expected) -> None:
    assert compound_name(("hvp_", tensor(above)), ("_", tensor(below))) == expected


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("L", "W1", "dL_dW1"),
        ("L", "W{2}", "dL_dW{2}"),
        ("L{3}", "W{2}", "dL_dW{3,2}"),
        ("L", "X'", "dL_dX'"),
        ("L'", "x", "dL_prime_dx"),
    ],
)
def test_name_of_a_derivative(above, below, expected) -> None:
    assert derivative_name(tensor(above), tensor(below)) == expected


@pytest.mark.parametrize(("name", "expected"), [("P", "P_exp"), ("P{2}", "P_exp{2}"), ("P'", "P_prime_exp")])
def test_name_of_a_part(name, expected) -> None:
    assert derived_name(tensor(name), "exp") == expected


def test_taken_names_are_numbered_before_primes_and_superscripts() -> None:
    names = Names(["dL_dW{2}", "x'", "y", "y_2"])
    assert [names.spare(wanted) for wanted in ("dL_dW{2}", "x'", "y", "z", "z")] == ["dL_dW_2{2}", "x_2'", "y_3", "z", "z_2"]


def test_names_of_a_program_hold_its_sizes() -> None:
    x = tensor("x", n)
    made = Definition(Tensor("s", (), "float", "definition", None), (), access(x, []))
    names = Names.of(Program("p", (x,), (made,), ()))
    assert [names.spare(wanted) for wanted in "xsn"] == ["x_2", "s_2", "n_2"]


def test_free_names_are_lowercase_and_distinct() -> None:
    assert free_names(["I", "J"]) == ["i", "j"]
    assert free_names(["i", "I", "j"]) == ["i", "k", "j"]
    assert len(set(free_names(["i"] * 40))) == 40


def test_define_has_indices_of_its_own() -> None:
    x, i = tensor("x", n), Index("I", n)
    made = define("y", [i], apply("exp", access(x, [i])))
    (own,) = made.indices
    assert own is not i and own.name == "i"
    assert made.body is apply("exp", access(x, [own]))
    assert made.tensor.shape == (n,) and made.tensor.declared is None


@pytest.fixture
def parts() -> Parts:
    i = Index("i", n)
    whole = Definition(Tensor("P", (n,), "float", "definition", None), (i,), access(tensor("x", n), [i]))
    return Parts(whole, Names(["P", "x"]))


def test_the_same_part_gets_one_name(parts: Parts) -> None:
    i, x = Index("i", n), tensor("x", n)
    first = parts.name(apply("exp", access(x, [i])))
    assert parts.name(apply("exp", access(x, [i]))) is first
    assert [definition.tensor.name for definition in parts.definitions] == ["P_exp"]
    assert first == Access(parts.definitions[0].tensor, (i,))


def test_parts_are_laid_out_as_what_they_read(parts: Parts) -> None:
    i, j = Index("i", n), Index("j", m)
    matrix, b = tensor("A", n, m), tensor("b", m)
    made = parts.name(add(access(b, [j]), access(matrix, [i, j])))
    assert made.subscripts == (i, j)
    assert parts.name(mul(i, j, access(b, [j]))).subscripts == (j, i)


def test_words_for_parts(parts: Parts) -> None:
    i, x = Index("i", n), tensor("x", n)
    for expr in (Reduce("max", (i,), access(x, [i])), add(access(x, [i]), i), apply("tanh", access(x, [i]))):
        parts.name(expr)
    parts.name(access(x, [i]), "shift")
    assert [definition.tensor.name for definition in parts.definitions] == ["P_max", "P_part", "P_tanh", "P_shift"]


def test_whole_numbers_stay_whole(parts: Parts) -> None:
    i = Index("i", n)
    parts.name(Reduce("argmax", (i,), access(tensor("x", n), [i])))
    assert parts.definitions[0].tensor.kind == "int"
