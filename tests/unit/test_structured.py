"""Structured tensors: dense by hand, whatever the order of their axes."""

import numpy as np
import pytest

from einlang.structured import Structured


def test_a_block_for_all_positions() -> None:
    block = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = Structured(block, ((0, 2),), (1, 3), (3, 2, 3, 2))
    np.testing.assert_array_equal(found.dense(), np.einsum("ip,jq->ijpq", np.eye(3), block))
    assert found.shape == (3, 2, 3, 2) and found.dtype == np.float64
    assert repr(found) == "Structured(shape=(3, 2, 3, 2), deltas=((0, 2),), axes=(1, 3), blocks of shape (2, 2))"


def test_a_block_for_each_position_with_its_axes_in_any_order() -> None:
    blocks = np.arange(24.0).reshape(4, 3, 2)
    for axes in ((3, 0, 1), (3, 2, 1)):
        found = Structured(blocks, ((0, 2),), axes, (3, 2, 3, 4))
        np.testing.assert_array_equal(found.dense(), np.einsum("ip,qij->ijpq", np.eye(3), blocks))


def test_deltas_that_share_axes_and_blocks_of_one_number() -> None:
    np.testing.assert_array_equal(Structured(np.array(2.0), ((0, 1),), (), (3, 3)).dense(), 2 * np.eye(3))
    dense = Structured(np.array([1.0, 2.0]), ((0, 1), (1, 2)), (0,), (2, 2, 2)).dense()
    assert dense[0, 0, 0] == 1 and dense[1, 1, 1] == 2 and np.count_nonzero(dense) == 2
    other = Structured(np.array([1.0, 2.0]), ((1, 2), (0, 1)), (2,), (2, 2, 2)).dense()
    np.testing.assert_array_equal(other, dense)
    assert Structured(np.array(2.0), (), (), ()).dense() == 2


def test_without_deltas_the_blocks_are_all() -> None:
    blocks = np.arange(6.0, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(Structured(blocks, (), (1, 0), (3, 2)).dense(), blocks.T)


def test_numpy_takes_it_for_an_array() -> None:
    found = Structured(np.array(2.0), ((0, 1),), (), (2, 2))
    assert np.asarray(found, "float32").dtype == np.float32 and np.trace(np.asarray(found)) == 4
    with pytest.raises(ValueError, match="without a copy"):
        np.array(found, copy=False)


def test_blocks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"blocks of shape \(2,\) do not fit axes \(0,\) of a tensor of shape \(3, 3\)"):
        Structured(np.ones(2), ((0, 1),), (0,), (3, 3))
