"""Section 4 of the language reference: left sides, ranges, circles, and sizes that disagree."""

import numpy as np
import pytest
from language.stated import BACKENDS, RANDOM, Wrong, findings, ids, refused, said, same, value

import einlang

X = RANDOM.normal(size=(3, 4))
V = RANDOM.normal(size=4)

# --- left sides ---------------------------------------------------------------------------------------------------------------


def test_a_left_side_says_the_rank() -> None:
    assert value("input x[n]\nL = x[I]", x=V).shape == ()
    assert value("input x[n]\nZ[i,j] = x[i] x[j]", x=V).shape == (4, 4)


LEFT: list[Wrong] = [
    ("input x[n]\ny[I] = x[I]", "left-index", "`i`"),
    ("input X[n, n]\ny[i,i] = X[i,i]", "left-index", "`i`"),
    ("input X[n, m]\ny[i] = X[i,j]", "free-index", "`y[i,j] = …`"),
    ("input x[n]\ny = x[i]", "free-index", "`y[i] = …`"),
    ("input x[n]\ny[i] = x[i]\ny[j] = 2 x[j]", "named-twice", "`y`"),
    ("input x[n], y\ny = x[I]", "named-twice", "`y`"),
]


@pytest.mark.parametrize(("text", "id", "words"), LEFT)
def test_wrong_left_sides(text: str, id: str, words: str) -> None:
    refused(text, id, words)


def test_an_index_on_the_left_that_nothing_gives_a_range_broadcasts_over_a_given_one() -> None:
    same(value("input c[k], n_rows[b]\nB[i : b, j] = c[j] + 0 n_rows[0]", c=V, n_rows=np.ones(2)), np.stack([V, V]))
    refused("input c[k]\nB[i, j] = c[j]", "index-without-range", "`i`")


@pytest.mark.parametrize(
    "right", ["i c[j]", "c[j] if i < 2 else 0", "1[i] c[j]", "0[i] + c[j]", "pad(0, c[i + j])", "(c[i] if i > j else 0)"]
)
def test_positions_comparisons_and_ones_give_no_range(right: str) -> None:
    given = value(f"input c[k]\nB[i : 4, j : 4] = {right}", c=V)
    assert given.shape == (4, 4)
    if "c[i]" not in right:
        assert findings(f"input c[k]\nB[i, j] = {right}")[0].id == "index-without-range"


@pytest.mark.parametrize(
    ("given", "length"),
    [
        ("floor(n / 3)", 1),
        ("min(n, 3)", 3),
        ("max(0, n - 7)", 0),
        ("max(0, floor((n - 3) / 2))", 0),
        ("3", 3),
        ("n", 4),
        ("c", 2),
        ("n - c + 1", 3),
        ("2 n", 8),
        ("size(X, 1)", 5),
        ("n size(X, 0) - 2 (c + 1)", 10),
    ],
)
def test_a_given_range_is_arithmetic_of_whole_numbers(given: str, length: int) -> None:
    assert list(
        value(f"const c = 2\ninput x[n], X[n, 5]\ny[i : {given}] = i + 0 x[0] + 0 X[0,0]", x=V, X=np.ones((4, 5)))
    ) == list(range(length))


@pytest.mark.parametrize("given", ["1.5", "c", "x", "n / 2", "sqrt(n)"])
def test_nothing_else_is_a_range(given: str) -> None:
    assert len(findings(f"const c = 0.5\ninput x[n]\ny[i : {given}] = i + x[0]")) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_declared_size_may_be_such_arithmetic_too(backend: str) -> None:
    text = "input x[n], y[floor(n / 3)], z[min(n, 3)], w[max(0, n - 9)]\nsize h = floor(n / 2)\n"
    text += "s = y[I] + z[I] + w[I]\nr[i : h] = x[i] + s"
    same(value(text, backend, x=V, y=np.ones(1), z=np.ones(3), w=np.ones(0)), V[:2] + 4)
    with pytest.raises(einlang.CallError, match="axis 0 of y"):
        value(text, backend, x=V, y=np.ones(2), z=np.ones(3), w=np.ones(0))
    with pytest.raises(einlang.CallError, match="`n - 5` is -1, less than 0: the range of i at <text>:2:7 is not negative"):
        value("input x[n]\nr[i : n - 5] = 1", backend, x=V)


# --- equations ----------------------------------------------------------------------------------------------------------------


def test_definitions_stand_in_any_order() -> None:
    same(value("L = y[I]\ny[i] = 2 x[i]\ninput x[n]\nr = L", x=V), 2 * V.sum())


def test_a_circle_of_definitions_is_named() -> None:
    refused("input x\na = b + x\nb = c\nc = a", "circular-definition", "`a` → `b` → `c` → `a`")


def test_an_index_may_have_the_name_of_a_tensor_with_axes() -> None:
    same(value("input q[n]\nt[t] = t q[t]", q=V), np.arange(4) * V)
    same(value("input q[n]\nr[t] = t q[t] + u[t]\nu[r] = r q[r]\nz[i] = r[i]", q=V), 2 * np.arange(4) * V)


# --- ranges -------------------------------------------------------------------------------------------------------------------


def test_the_scope_of_a_free_index_is_the_definition_and_that_of_a_summed_one_its_sum() -> None:
    same(value("input x[n], y[m]\nr = x[I] + y[I] + sum[I](x[I]^2)", x=V, y=X[:, 0]), V.sum() + X[:, 0].sum() + (V**2).sum())
    with pytest.raises(einlang.CallError):
        value("input x[n], y[m]\nr[i] = x[i] + y[i]", x=V, y=X[:, 0])


def test_delta_gives_two_indices_one_range_where_one_has_no_other() -> None:
    assert value("input x[n]\nD[i,j] = x[i] δ[i,j]", x=V).shape == (4, 4)
    same(value("input x[n]\nr[k] = x[I] δ[I,J] δ[J,k]", x=V), V)
    assert value("input x[n]\nD[i,j] = δ[i,K] δ[K,j] x[i]", x=V).shape == (4, 4)


def test_a_range_that_lacks_for_all_that_delta_links_is_one_mistake() -> None:
    for text in ("D[i,j] = δ[i,j]", "D[i,j] = δ[i,K] δ[K,j] k", "r = δ[I,J] δ[J,L]"):
        assert ids(f"input k\n{text}") == ["index-without-range"], text
    assert value("D[i : 2,j] = δ[i,K] δ[K,j]").shape == (2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "input X[3, 4]\nt = X[I,I]",
        "input x[3], y[4]\nr[i] = x[i] + y[i]",
        "size h = 3\ninput x[h], y[h + 1]\nr = x[I] y[I]",
        "input x[n], y[n + 1]\nr = x[I] y[I]",
        "input x[n]\nA[i : 3, j : 4] = i + j\nr = A[I,I] + x[0]",
    ],
)
def test_sizes_that_differ_provably_are_an_error_when_the_program_is_compiled(text: str) -> None:
    (found,) = findings(text)
    assert found.id == "sizes-differ" and found.others


def test_both_errors_say_which_axes_of_which_tensors_disagree_and_where() -> None:
    (found,) = findings("input X[3, k], y[4]\nr[i] = X[i,J] y[i]")
    assert "X" in said(found) and "y" in said(found) and "3" in said(found) and "4" in said(found)
    with pytest.raises(einlang.CallError) as caught:
        value("input X[n, k], y[m]\nr[i] = X[i,J] y[i]", X=X, y=V)
    text = str(caught.value)
    assert all(words in text for words in ("X", "y", "3", "4", "axis 0")), text


@pytest.mark.parametrize("backend", BACKENDS)
def test_there_is_no_broadcasting_of_axes_of_size_1(backend: str) -> None:
    assert ids("input x[1], y[3]\nr[i] = x[i] + y[i]") == ["sizes-differ"]
    with pytest.raises(einlang.CallError):
        value("input x[n], y[m]\nr[i] = x[i] + y[i]", backend, x=np.ones(1), y=np.ones(3))


# --- given ranges -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_given_range_replaces_the_inferred_one(backend: str) -> None:
    same(value("input x[n]\nr[i : 2] = x[i]", backend, x=V), V[:2])
    same(value("input x[n]\nr = sum[I : n - 1](x[I])", backend, x=V), V[:-1].sum())
    assert value("input x[n]\nr[i : 0] = x[i]", backend, x=V).shape == (0,)


def test_an_access_that_is_provably_out_of_bounds_names_tensor_axis_and_position() -> None:
    for text in ("input x[n]\nr[i : n + 1] = x[i]", "input X[2, 3]\nr[j : 4] = X[0,j]", "input X[2, 3]\nr = X[2,0]"):
        (found,) = findings(text)
        assert found.id == "out-of-bounds", text
        assert "position" in said(found) and ("axis 0 of x" in said(found) or "of X" in said(found)), said(found)
