"""δ elimination: sums of products before and after, by the oracle's meaning and by shape."""

import pytest

from einlang.ir.build import access, add, delta, mul, number
from einlang.ir.deltas import eliminate
from einlang.ir.extent import fixed, sized
from einlang.ir.indices import free_indices
from einlang.ir.nodes import Delta, Index, Size, Tensor, Zero
from einlang.ir.operators import apply

n = sized("n")
x, A = Tensor("x", (n,), "float", "input", None), Tensor("A", (n, n), "float", "input", None)
i, j, k, p, q = (Index(name, n) for name in "ijkpq")
short = Index("s", n - 1)
three = Index("t", fixed(3))


def found(indices, *factors):
    result = eliminate(indices, factors)
    return result.indices, mul(*result.factors), result.ranges


def test_an_index_is_renamed() -> None:
    assert found([i], delta(i, p), access(x, [i])) == ((), access(x, [p]), ())
    assert found([i], access(x, [i]), delta(p, i)) == ((), access(x, [p]), ())


def test_other_indices_stay() -> None:
    assert found([i, j], delta(i, p), access(A, [i, j])) == ((j,), access(A, [p, j]), ())


def test_chains_are_followed() -> None:
    assert found([i, j, k], delta(i, j), delta(j, k), delta(k, p), access(A, [i, k])) == ((), access(A, [p, p]), ())


def test_the_second_delta_of_an_index_stays() -> None:
    assert found([i], delta(i, p), delta(i, q), access(x, [i])) == ((), mul(delta(p, q), access(x, [p])), ())


def test_a_delta_of_equal_sides_is_one_and_solves_nothing() -> None:
    assert found([i], Delta(i, i), access(x, [i])) == ((i,), access(x, [i]), ())


def test_both_sides_summed() -> None:
    assert found([i, j], delta(i, j), access(A, [i, j])) == ((j,), access(A, [j, j]), ())


def test_an_equation_of_linear_sides_is_solved() -> None:
    position, product, ranges = found([i], delta(add(i, k), p), access(x, [i]))
    assert (position, product) == ((), access(x, [add(p, mul(number(-1), k))]))
    assert ranges == (apply("<=", k, p),)


def test_a_linear_delta_that_holds_everywhere_is_one() -> None:
    assert found([i], delta(add(i, number(1)), p), delta(p, add(i, number(1))), access(x, [i]))[1] is not Zero()
    assert found([], delta(add(p, number(1)), add(number(1), p)))[1] is number(1)
    assert found([], delta(add(p, number(1)), p))[1] is Zero()


def test_what_cannot_be_solved_stays() -> None:
    unsolved = delta(mul(number(2), i), p)
    assert found([i], unsolved, access(x, [i])) == ((i,), mul(unsolved, access(x, [i])), ())
    assert found([], delta(p, q), access(x, [p])) == ((), mul(delta(p, q), access(x, [p])), ())


def test_a_literal_is_substituted_where_it_is_in_range() -> None:
    indices, product, ranges = found([i], delta(i, number(2)), access(x, [i]))
    assert (indices, product) == ((), access(x, [number(2)]))
    assert ranges == (apply("<", number(2), Size(n)),)


def test_literals_that_differ_give_nothing() -> None:
    assert found([three], delta(three, number(2)), delta(three, number(1)))[1] is Zero()


def test_a_shorter_range_becomes_a_condition() -> None:
    assert found([short], delta(short, p), access(x, [short])) == ((), access(x, [p]), (apply("<", p, Size(n - 1)),))


@pytest.mark.parametrize("factors", [(), (access(x, [i]),)])
def test_without_delta_nothing_happens(factors) -> None:
    result = eliminate([i], factors)
    assert (result.indices, result.factors, dict(result.renaming)) == ((i,), factors, {})


def test_chains_are_followed_through_positions() -> None:
    """Where j is found after i = t[j], or i = j + 1, it is in that as well."""
    t = Tensor("t", (n,), "int", "input", None)
    gathered = eliminate([i, j], [delta(access(t, [j]), i), delta(add(j, number(1)), p), access(x, [i])])
    before = add(p, number(-1))
    assert gathered.indices == () and access(x, [access(t, [before])]) in gathered.factors
    assert j not in free_indices(mul(*gathered.factors, *gathered.ranges))
    shifted = eliminate([i, j], [delta(add(j, number(1)), i), delta(access(t, [p]), j), access(x, [i])])
    assert not {i, j} & set(free_indices(mul(*shifted.factors, *shifted.ranges)))
