"""Equations between extents: what is solved, what is impossible, what only a call can tell."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einlang.ir.extent import Extent, fixed, sized
from einlang.ir.reaches import at_most
from einlang.sema.extents import Reason, Sizes, Verdict

N, M, K = (sized(name) for name in "nmk")
WHY = Reason("because", ())


def solver(**known: int) -> Sizes:
    sizes = Sizes(known)
    for name in "nmk":
        sizes.named(name)
    return sizes


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (N, N, Verdict.HOLDS),
        (N, M, Verdict.HOLDS),
        (N, fixed(3), Verdict.HOLDS),
        (N, M * 2 + 1, Verdict.HOLDS),
        (N * 2, M * 2, Verdict.HOLDS),
        (N * 2, fixed(6), Verdict.HOLDS),
        (N * M, M, Verdict.AT_CALL),
        (N * 2, M * 3, Verdict.AT_CALL),
        (N + M, fixed(0), Verdict.HOLDS),
        (fixed(128), fixed(64), Verdict.IMPOSSIBLE),
        (N, N + 1, Verdict.IMPOSSIBLE),
        (N * 2, fixed(3), Verdict.IMPOSSIBLE),
        (N * 2 + M * 4, fixed(5), Verdict.IMPOSSIBLE),
        (N * M + 1, fixed(0), Verdict.IMPOSSIBLE),
    ],
)
def test_verdicts(left: Extent, right: Extent, verdict: Verdict) -> None:
    assert solver().equate(left, right, WHY) is verdict
    assert solver().equate(right, left, WHY) is verdict


def test_the_size_named_first_represents_both() -> None:
    sizes = solver()
    sizes.equate(K, N, WHY)
    sizes.equate(M, K, WHY)
    assert [sizes.reduced(extent) for extent in (N, M, K)] == [N, N, N]
    assert sizes.trail(K) == [WHY]


def test_what_has_no_name_is_solved_before_what_has_one() -> None:
    sizes = solver()
    unknown = sizes.unknown()
    sizes.equate(unknown, K + 1, WHY)
    assert sizes.reduced(unknown) == K + 1
    assert sizes.trail(unknown) == []


def test_a_known_value_is_used_to_solve_and_stays_a_name() -> None:
    sizes = solver(n=4)
    assert sizes.equate(N * M, fixed(12), WHY) is Verdict.HOLDS
    assert sizes.reduced(M) == fixed(3)
    assert sizes.equate(N, K, WHY) is Verdict.HOLDS
    assert sizes.reduced(K) == N
    assert sizes.equate(K, fixed(5), WHY) is Verdict.IMPOSSIBLE
    assert sizes.valued(K * 2) == fixed(8)


def test_equal_values_of_two_spellings_become_one() -> None:
    sizes = solver(n=4, m=4)
    assert sizes.equate(N, M, WHY) is Verdict.HOLDS
    assert sizes.reduced(N) is sizes.reduced(M)


def test_an_impossible_equation_changes_nothing() -> None:
    sizes = solver()
    sizes.equate(N, N + 1, WHY)
    assert sizes.solved == {}


def test_no_size_is_defined_by_itself() -> None:
    sizes = solver()
    assert sizes.define("n", M + 1, WHY)
    assert not sizes.define("m", N, WHY)
    assert sizes.reduced(N) == M + 1


@pytest.mark.parametrize(
    ("least", "most", "verdict"),
    [
        (N, N, True),
        (N - 1, N, True),
        (fixed(3), N + 3, True),
        (N + 1, N, False),
        (N * M + N + 1, N, False),
        (N, M, None),
        (N, N * M, None),
    ],
)
def test_at_most(least: Extent, most: Extent, verdict: bool | None) -> None:
    assert at_most(least, most) is verdict


extents = st.lists(st.tuples(st.sampled_from([fixed(1), N, M, N * M]), st.integers(-3, 3)), max_size=3).map(
    lambda terms: sum((extent * factor for extent, factor in terms), fixed(0))
)


@given(st.lists(st.tuples(extents, extents), max_size=4))
def test_verdicts_are_true_of_small_sizes(equations: list[tuple[Extent, Extent]]) -> None:
    """Sizes that satisfy all equations satisfy what is solved; after an impossible equation there are none."""
    sizes = solver()
    holding = [dict(zip("nm", values, strict=True)) for values in itertools.product(range(5), repeat=2)]
    for left, right in equations:
        verdict = sizes.equate(left, right, WHY)
        holding = [values for values in holding if left.evaluate(values) == right.evaluate(values)]
        if verdict is Verdict.IMPOSSIBLE:
            assert not holding
            return
    for values in holding:
        for name, extent in sizes.solved.items():
            assert values[name] == sizes.reduced(extent).evaluate(values)
