"""Results as blocks and an index map: which they are, that they say the same as dense ones, and that nothing dense is stored."""

import pickle

import numpy as np
import pytest

import einlang

FACTORISATION = """\
input A[n, m]
param U[n, k], V[m, k]
L = (A[I,J] - U[I,K] V[J,K])^2
"""
SOFTMAX = "input Z[b, n]\nP[i,j] = softmax[j](Z[i,j])\nT[i,j] = tanh(Z[i,j])\ns = Z[I,J]^2\noutput P, T, s"


@pytest.fixture
def factors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {name: random.normal(size=shape) for name, shape in {"A": (5, 4), "U": (5, 2), "V": (4, 2)}.items()}


@pytest.mark.parametrize("backend", ["c", "numpy"])
def test_the_hessian_of_a_factorisation_is_delta_times_a_block(backend: str, factors) -> None:
    program = einlang.compile(FACTORISATION, backend=backend)
    derived = program.hessian("L", "U", structured=True)
    found = derived(factors)
    assert isinstance(found, einlang.Structured) and (found.deltas, found.axes) == (((0, 2),), (1, 3))
    assert found.shape == (5, 2, 5, 2) and found.blocks.shape == (2, 2)
    np.testing.assert_allclose(found.blocks, 2 * factors["V"].T @ factors["V"], rtol=1e-12)
    np.testing.assert_allclose(found.dense(), program.hessian("L", "U")(factors), rtol=1e-12, atol=1e-12)
    assert all(len(kernel.definition.tensor.shape) <= 2 for kernel in derived.stages.planned.kernels)


def test_by_several_each_result_has_its_own_structure(factors) -> None:
    program = einlang.compile(FACTORISATION)
    found, dense = (program.hessian("L", structured=structured)(factors) for structured in (True, False))
    assert list(found) == list(dense) == [("U", "U"), ("U", "V"), ("V", "U"), ("V", "V")]
    assert [result.deltas for result in found.values()] == [((0, 2),), (), (), ((0, 2),)]
    for pair in dense:
        np.testing.assert_allclose(found[pair].dense(), dense[pair], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("output", "deltas", "axes"), [("P", ((0, 2),), (0, 1, 3)), ("T", ((0, 2), (1, 3)), (0, 1))])
def test_a_jacobian_of_rows_and_one_of_elements(output: str, deltas, axes) -> None:
    program, Z = einlang.compile(SOFTMAX), np.random.default_rng(0).normal(size=(3, 4))
    found = program.jacobian(output, "Z", structured=True)(Z=Z)
    assert (found.deltas, found.axes) == (deltas, axes)
    e = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    expected = {
        "P": np.einsum("ip,ij,ijq->ijpq", np.eye(3), e, np.eye(4) - e[:, None, :]),
        "T": np.einsum("ip,jq,ij->ijpq", np.eye(3), np.eye(4), 1 - np.tanh(Z) ** 2),
    }
    np.testing.assert_allclose(found.dense(), expected[output], rtol=1e-12, atol=1e-12)


def test_sizes_of_the_whole_are_known_where_the_blocks_do_not_have_them() -> None:
    derived = einlang.compile(SOFTMAX).hessian("s", "Z", structured=True)
    assert [tensor.name for tensor in derived.signature.needed] == ["Z"]
    found = derived(Z=np.ones((2, 3)))
    assert found.shape == (2, 3, 2, 3) and found.blocks.shape == () and float(found.blocks) == 2


def test_blocks_are_bound_pickled_and_written_to(factors) -> None:
    derived = einlang.compile(FACTORISATION).hessian("L", "U", structured=True)
    expected = derived(factors).blocks
    again = pickle.loads(pickle.dumps(derived))(factors)
    assert np.array_equal(again.blocks, expected) and again.shape == (5, 2, 5, 2)
    target = np.zeros((2, 2))
    assert derived(factors, out={"d2L_dU_dU_blocks": target}).blocks is target and np.array_equal(target, expected)
    run = derived.bind(factors)
    factors["V"] *= 2
    np.testing.assert_allclose(run().blocks, 4 * expected, rtol=1e-12)


def test_a_second_program_of_the_same_recipe_comes_from_the_cache_with_its_structure(factors) -> None:
    for _ in range(2):
        found = einlang.compile(FACTORISATION).hessian("L", ["U"], structured=True)(factors)
        assert list(found) == [("U", "U")] and found["U", "U"].axes == (1, 3)
    derived = einlang.compile(FACTORISATION).hessian("L", "U", structured=True)
    assert derived.only("d2L_dU_dU")(factors).d2L_dU_dU.shape == (5, 2, 5, 2)


def test_axes_whose_length_is_computed() -> None:
    """A convolution with a stride has as many positions as fit."""
    program = einlang.compile("input x[n, m], w[a, b]\ny[i,j] = x[2 i + K, j + M] w[K,M]", backend="numpy")
    arrays = {"x": np.ones((6, 4)), "w": np.arange(6.0).reshape(2, 3)}
    found = program.jacobian("y", "x", structured=True)(arrays)
    np.testing.assert_array_equal(found.dense(), program.jacobian("y", "x")(arrays))
