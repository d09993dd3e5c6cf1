"""The oracle: against direct recursion at every position, and against NumPy where floats have their own rules."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from property.expressions import INDICES, SIZES, TENSORS, element, expressions, point

from einlang.errors import InternalError
from einlang.ir.build import access, mul, number, reduce, total
from einlang.ir.extent import fixed, sized
from einlang.ir.indices import free_indices
from einlang.ir.interpret import interpret
from einlang.ir.kinds import kind
from einlang.ir.nodes import (
    Access,
    Add,
    Definition,
    Delta,
    Derivative,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Stack,
    Target,
    Tensor,
    Zero,
)
from einlang.ir.operators import apply
from einlang.ir.program import Program, Requirement
from einlang.tree import rewrite

M, N = sized("m"), sized("n")
X = Tensor("x", (M,), "float", "input", None)
A = Tensor("A", (M, N), "float", "input", None)
T = Tensor("t", (N,), "int", "input", None)
I, J, J2 = Index("i", M), Index("j", N), Index("j", N)
XI, AIJ = access(X, [I]), access(A, [I, J])


def program(expr: Expr, inputs: tuple[Tensor, ...] = (X, A, T), **sizes: int) -> Program:
    """One definition over the free indices of an expression."""
    indices = free_indices(expr)
    whole = "int" if kind(expr) == "int" else "float"
    result = Tensor("r", tuple(index.extent for index in indices), whole, "definition", None)
    return Program("p", inputs, (Definition(result, indices, expr),), (result,), tuple(sizes.items()))


def run(expr: Expr, dtype: str = "float64", **arrays: object) -> np.ndarray:
    inputs = tuple(tensor for tensor in (X, A, T) if tensor.name in arrays)
    return interpret(program(expr, inputs, **({} if arrays else {"m": 3, "n": 2})), arrays, dtype)["r"]


# --- against direct recursion -------------------------------------------------------------------------------------------


def arrays() -> dict[str, np.ndarray]:
    """What `element` says, as arrays."""
    shapes = {tensor: tuple(extent.evaluate(SIZES) for extent in tensor.shape) for tensor in TENSORS}
    return {
        tensor.name: np.array(
            [element(tensor, position) for position in product(*map(range, shape))],
            np.int64 if tensor.kind == "int" else np.float64,
        ).reshape(shape)
        for tensor, shape in shapes.items()
    }


@settings(max_examples=200)
@given(expressions(depth=3))
def test_agrees_with_direct_recursion(expr: Expr) -> None:
    expr = _bounded(expr)
    indices = free_indices(expr)
    whole = "int" if kind(expr) == "int" else "float"
    result = Tensor("r", tuple(index.extent for index in indices), whole, "definition", None)
    given_sizes = tuple(SIZES.items())
    found = interpret(Program("p", TENSORS, (Definition(result, indices, expr),), (result,), given_sizes), arrays())["r"]
    for position in np.ndindex(*found.shape):
        expected = point(expr, dict(zip(indices, position, strict=True)))
        assert found[position] == pytest.approx(float(expected), rel=1e-12)


def _bounded(expr: Expr) -> Expr:
    """Every subscript clipped into its axis, as the oracle refuses others."""

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Access):
            return None
        pairs = zip(node.subscripts, node.tensor.shape, strict=True)
        last = [(s, number(extent.evaluate(SIZES) - 1)) for s, extent in pairs]
        return Access(node.tensor, tuple(apply("max", number(0), apply("min", s, end)) for s, end in last))

    return rewrite(expr, rule)


# --- floats, whole numbers, truth values -------------------------------------------------------------------------------


def test_contractions() -> None:
    x, a = np.arange(3.0), np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(run(total([I], mul(XI, AIJ)), x=x, A=a), x @ a)
    np.testing.assert_array_equal(run(mul(AIJ, access(A, [I, J2])), A=a), a[:, :, None] * a[:, None, :])


def test_a_sum_over_an_index_that_nothing_carries_counts() -> None:
    assert run(total([I], number(2)), x=np.zeros(5)) == 10


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
def test_floats_stay_of_the_type_asked_for(dtype: str) -> None:
    third = Number(Fraction(1, 3))
    expr = Add((mul(third, XI), Size(M), I, apply("exp", XI), Pi(), Div(I, Size(M)), Pow(XI, number(2))))
    found = run(expr, dtype, x=np.ones(3, np.float32))
    assert found.dtype == np.dtype(dtype)
    three, kind_of = np.dtype(dtype).type(3), np.dtype(dtype).type
    i = np.arange(3, dtype=dtype)
    expected = kind_of(1 / 3) + three + i + np.exp(kind_of(1)) + kind_of(math.pi) + i / three + 1
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps)


def test_whole_numbers_are_exact() -> None:
    large = 2**62 + 1
    expr = Mul((Add((access(T, [J]), number(-(2**62)))), number(3)))
    found = run(expr, t=np.array([large, 2**62]))
    assert found.dtype == np.int64
    assert found.tolist() == [3, 0]


def test_whole_numbers_become_floats_where_they_meet_one() -> None:
    assert run(Div(access(T, [J]), number(2)), t=np.array([1, 2])).tolist() == [0.5, 1.0]
    assert run(Mul((access(T, [J]), Number(Fraction(1, 2)))), "float32", t=np.array([1, 2])).dtype == np.float32


def test_literals_beyond_floats_are_infinite() -> None:
    assert run(mul(number(-(10**400)), XI), x=np.ones(1)) == -math.inf
    assert run(mul(number(10**40), XI), "float32", x=np.ones(1)) == math.inf


def test_comparisons_of_whole_numbers_are_exact() -> None:
    less = apply("<", access(T, [J]), number(2**62 + 1))
    assert run(Select(less, number(1), number(0)), t=np.array([2**62, 2**62 + 1])).tolist() == [1, 0]


def test_logic() -> None:
    low, high = apply(">", I, number(0)), apply("<", I, number(2))
    for expr, expected in [
        (apply("and", low, high), [0, 1, 0]),
        (apply("or", apply("not", low), apply("not", high)), [1, 0, 1]),
    ]:
        assert run(Select(expr, number(1), number(0)), x=np.zeros(3)).tolist() == expected


# --- reductions ---------------------------------------------------------------------------------------------------------

EMPTY = {"sum": 0, "prod": 1, "max": -math.inf, "min": math.inf, "logsumexp": -math.inf}


@pytest.mark.parametrize(("operation", "value"), EMPTY.items())
@pytest.mark.parametrize("body", [XI, I], ids=["float", "whole"])
def test_reductions_over_nothing(operation: str, value: float, body: Expr) -> None:
    assert run(reduce(operation, [I], body), x=np.zeros(0)) == value
    assert run(reduce(operation, [J], access(A, [I, J])), A=np.zeros((2, 0))).tolist() == [value, value]


def test_argmax_over_nothing_is_0() -> None:
    assert run(Reduce("argmax", (I,), XI), x=np.zeros(0)) == 0
    assert run(Reduce("argmin", (J,), AIJ), A=np.zeros((2, 0))).tolist() == [0, 0]


def test_an_argmax_of_no_rows_is_empty() -> None:
    assert run(Reduce("argmax", (J,), AIJ), A=np.zeros((0, 3))).shape == (0,)


def test_argmax_gives_the_first_and_nan_wins() -> None:
    assert run(Reduce("argmax", (I,), XI), x=np.array([1.0, 3, 3])) == 1
    assert run(Reduce("argmin", (I,), XI), x=np.array([1.0, np.nan, -3])) == 1


@pytest.mark.parametrize(
    "row", [[1000, 1001], [-1000, -1001], [-math.inf, -math.inf], [math.inf, 0], [math.nan, 0], [-math.inf, 2]]
)
def test_logsumexp_is_stable(row: list[float]) -> None:
    with np.errstate(invalid="ignore"):
        expected = np.logaddexp.reduce(np.array(row))
    np.testing.assert_allclose(run(Reduce("logsumexp", (I,), XI), x=np.array(row)), expected, rtol=1e-15)


@pytest.mark.parametrize("operation", ["sum", "prod", "max", "min", "logsumexp"])
def test_reductions_over_two_indices_and_nan(operation: str) -> None:
    a = np.array([[1.0, math.nan], [2, 3]])
    assert math.isnan(run(Reduce(operation, (I, J), AIJ), A=a))
    expected = {"sum": 10, "prod": 24, "max": 4, "min": 1, "logsumexp": np.log(np.exp(np.arange(1, 5)).sum())}
    assert run(Reduce(operation, (J, I), AIJ), A=np.arange(1.0, 5).reshape(2, 2)) == pytest.approx(expected[operation])


# --- structure ----------------------------------------------------------------------------------------------------------


def test_what_is_not_chosen_contributes_nothing() -> None:
    expr = Select(apply(">", XI, number(0)), apply("log", XI), number(0))
    assert run(expr, x=np.array([-1.0, 0, 1])).tolist() == [0, 0, 0]


def test_structural_zeros_hide_nan() -> None:
    picked = total([I], Mul((Delta(I, number(1)), XI)))
    assert run(picked, x=np.array([math.nan, 2, math.inf])) == 2
    assert run(Mul((Zero(), Infinity()))) == 0
    assert math.isnan(run(Mul((number(0), Infinity()))))


def test_stacks() -> None:
    stack = Stack((XI, number(7), Mul((number(2), XI))), J)
    found = run(stack, x=np.array([1.0, 2]), t=np.zeros(3, int))
    assert found.tolist() == [[1, 7, 2], [2, 7, 4]]


def test_access_by_an_integer_tensor() -> None:
    found = run(access(A, [I, access(T, [J])]), A=np.arange(6.0).reshape(3, 2), t=np.array([1, 0]))
    assert found.tolist() == [[1, 0], [3, 2], [5, 4]]


@pytest.mark.parametrize("position", [-1, 2])
def test_an_access_out_of_bounds_is_an_error(position: int) -> None:
    with pytest.raises(ValueError, match=rf"axis 1 of A has length 2, and position {position} is used"):
        run(access(A, [I, access(T, [J])]), A=np.zeros((3, 2)), t=np.array([0, position]))


def test_an_access_out_of_bounds_where_it_is_not_chosen_is_none() -> None:
    before = access(X, [Add((I, number(-1)))])
    expr = Select(apply(">", I, number(0)), before, number(0))
    assert run(expr, x=np.array([5.0, 6, 7])).tolist() == [0, 5, 6]
    with pytest.raises(ValueError, match="position -1"):
        run(Add((expr, before)), x=np.array([5.0, 6, 7]))


def test_guarded_accesses_of_empty_tensors() -> None:
    expr = Select(apply("<", J, number(0)), access(X, [J]), number(4))
    assert run(expr, x=np.zeros(0), t=np.zeros(2, int)).tolist() == [4, 4]
    assert run(access(X, [I]), x=np.zeros(0)).shape == (0,)


def test_definitions_broadcast_and_use_what_stands_before() -> None:
    y, z = Tensor("y", (N,), "float", "definition", None), Tensor("z", (M, N), "float", "definition", None)
    definitions = (Definition(y, (J,), total([I], AIJ)), Definition(z, (I, J2), access(y, [J2])))
    found = interpret(Program("p", (A,), definitions, (z,)), {"A": np.arange(6).reshape(3, 2)})
    assert list(found) == ["y", "z"]
    assert found["z"].tolist() == [[6, 9]] * 3
    assert found["z"].flags.c_contiguous


def test_shared_trees_are_evaluated_once_a_node() -> None:
    expr: Expr = XI
    for _ in range(100):
        expr = Mul((Number(Fraction(1, 2)), Add((expr, expr))))
    assert run(expr, x=np.array([3.0])).tolist() == [3.0]


def test_a_derivative_has_no_value() -> None:
    with pytest.raises(InternalError, match="no meaning"):
        run(Derivative(access(X, [I]), (Target(X, (I,)),)), x=np.zeros(2))


# --- binding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "the input x is missing"),
        ({"x": [1, 2], "A": [[1]], "t": [0], "w": 1}, "no input w"),
        ({"x": [[1, 2]], "A": [[1]], "t": [0]}, "x has rank 2, but is declared with rank 1"),
        ({"x": [1, 2], "A": [[1]], "t": [0]}, "axis 0 of A has length 1, but m = 2 is declared"),
        ({"x": [1], "A": [[1]], "t": [0.5]}, "t holds whole numbers"),
    ],
)
def test_wrong_inputs(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interpret(program(total([I, J], Mul((XI, AIJ, access(T, [J]))))), given)


def test_sizes_are_found_where_they_stand_alone() -> None:
    w = Tensor("w", (M * 2 + 1, M), "float", "input", None)
    i = Index("i", M * 2 + 1)
    assert run_program(total([i], number(1)), w, np.zeros((5, 2))) == 5
    with pytest.raises(ValueError, match=r"axis 0 of w has length 4, but 2\*m \+ 1 = 5 is declared"):
        run_program(total([i], number(1)), w, np.zeros((4, 2)))
    alone = Tensor("w", (M * 2,), "float", "input", None)
    with pytest.raises(ValueError, match="no axis has the size m alone"):
        run_program(Size(M), alone, np.zeros(4))


def run_program(expr: Expr, tensor: Tensor, array: np.ndarray) -> np.ndarray:
    return interpret(program(expr, (tensor,)), {tensor.name: array})["r"]


def test_fixed_sizes() -> None:
    w = Tensor("w", (fixed(3), M), "float", "input", None)
    expr = total([Index("i", M)], Size(M))
    assert interpret(program(expr, (w,), m=2), {"w": np.zeros((3, 2))})["r"] == 4
    for shape in [(3, 3), (2, 2)]:
        with pytest.raises(ValueError, match="is declared"):
            interpret(program(expr, (w,), m=2), {"w": np.zeros(shape)})


def test_requirements_are_checked() -> None:
    plain = program(total([I, J], AIJ), (A,))
    for relation, shapes, wrong in [("<=", [(2, 3), (2, 2), (0, 3)], (3, 2)), ("=", [(2, 2), (0, 0)], (2, 3))]:
        required = replace(plain, requirements=(Requirement(M, relation, N, "because"),))
        for shape in shapes:
            assert interpret(required, {"A": np.ones(shape)})["r"] == math.prod(shape)
        with pytest.raises(ValueError, match="is required: because"):
            interpret(required, {"A": np.ones(wrong)})


def test_inputs_of_any_strides_and_types() -> None:
    a = np.arange(24.0, dtype=">f4").reshape(4, 6)[::-2, 1::2].T
    np.testing.assert_array_equal(run(Mul((number(2), AIJ)), A=a), 2 * a)


def test_the_pool_of_indices_has_the_sizes_it_is_used_with() -> None:
    assert all(size in SIZES for index in INDICES for size in index.extent.sizes)
