"""Free indices and substitution, against evaluation at points."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from property.expressions import INDICES, SIZES, TENSORS, expressions, point, whole

from einlang.ir.indices import free_indices, fresh, substitute
from einlang.ir.nodes import Access, Add, Expr, Index, Mul, Number, Reduce
from einlang.tree import walk

I, J, K, I2, _ = INDICES
_, U, A, T = TENSORS


def positions(indices: tuple[Index, ...]) -> list[dict[Index, int]]:
    """All positions of the indices."""
    ranges = [range(index.extent.evaluate(SIZES)) for index in indices]
    return [dict(zip(indices, chosen, strict=True)) for chosen in product(*ranges)]


def test_free_indices_stand_in_the_order_of_their_first_occurrence() -> None:
    assert free_indices(Mul((Access(A, (K, J)), Access(U, (I,)), Access(U, (K,))))) == (K, J, I)
    assert free_indices(Reduce("sum", (J,), Mul((Access(A, (K, J)), Access(U, (I,)))))) == (K, I)
    assert free_indices(Mul((Access(U, (I,)), Reduce("sum", (I,), Access(U, (I,)))))) == (I,)
    assert free_indices(Access(U, (Access(T, (K,)),))) == (K,)
    assert free_indices(Number(Fraction(1))) == ()


@given(expressions())
def test_the_value_depends_on_free_indices_alone(expr: Expr) -> None:
    at = dict.fromkeys(free_indices(expr), 0)
    others = {index: 1 for index in INDICES if index not in at}
    assert point(expr, at) == point(expr, {**others, **at})


@given(expressions(), st.dictionaries(st.sampled_from(INDICES), whole(INDICES), max_size=4))
def test_substitution_is_evaluation_at_the_replaced_positions(expr: Expr, replacements: dict[Index, Expr]) -> None:
    result = substitute(expr, replacements)
    for at in positions(INDICES):
        moved = {**at, **{index: int(point(value, at)) for index, value in replacements.items()}}
        assert point(result, at) == point(expr, moved)


def test_what_is_bound_is_not_replaced() -> None:
    trace = Reduce("sum", (I,), Access(U, (I,)))
    assert substitute(trace, {I: K}) is trace
    assert substitute(Mul((Access(U, (I,)), trace)), {I: K}) is Mul((Access(U, (K,)), trace))


def test_a_binder_in_the_way_is_renamed() -> None:
    row = Reduce("sum", (I,), Mul((Access(U, (I,)), Access(U, (K,)))))
    result = substitute(row, {K: I})
    assert free_indices(result) == (I,)
    (bound,) = result.indices
    assert bound is not I and (bound.name, bound.extent) == (I.name, I.extent)
    assert result.body is Mul((Access(U, (bound,)), Access(U, (I,))))


def test_what_has_nothing_to_replace_is_shared() -> None:
    left, right = Access(U, (I,)), Reduce("sum", (J,), Access(A, (K, J)))
    result = substitute(Add((left, right)), {I: I2})
    assert result.terms[1] is right


def test_swapping_is_simultaneous() -> None:
    assert substitute(Mul((Access(U, (I,)), Access(U, (K,)))), {I: K, K: I}) is Mul((Access(U, (K,)), Access(U, (I,))))


def test_shared_subtrees_stay_shared() -> None:
    expr: Expr = Access(U, (I,))
    for _ in range(60):
        expr = Reduce("sum", (J,), Add((expr, expr, Access(A, (I, J)))))
    assert sum(1 for _ in walk(substitute(expr, {I: K}))) == sum(1 for _ in walk(expr))


def test_fresh_keeps_name_and_extent() -> None:
    other = fresh(I)
    assert other is not I
    assert (other.name, other.extent) == (I.name, I.extent)
