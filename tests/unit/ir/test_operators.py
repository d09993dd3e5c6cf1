"""The table of operators: every row's value and partial derivatives at its points, and what each row must have."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

from einlang.ir.arrays import POINTWISE
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Apply, Definition, Expr, Number, Tensor, Zero
from einlang.ir.operators import OPERATORS, Operator, apply
from einlang.ir.program import Program
from einlang.tree import rewrite

NUMERIC = [row for row in OPERATORS.values() if row.result != "bool"]
ARGUMENTS = tuple(Tensor(name, (), "float", "input", None) for name in ("a", "b"))
VALUE = Tensor("value", (), "float", "input", None)
REFERENCES = tuple(Access(tensor, ()) for tensor in ARGUMENTS)


def evaluate(expr: Expr, **values: float) -> float:
    """A scalar expression of the inputs a, b and value."""
    result = Tensor("result", (), "float", "definition", None)
    used = {"a": 0.0, "b": 0.0, "value": 0.0, **values}
    program = Program("p", (*ARGUMENTS, VALUE), (Definition(result, (), expr),), (result,))
    return float(interpret(program, used)["result"])


def value_at(row: Operator, point: tuple[float, ...]) -> float:
    return evaluate(Apply(row, REFERENCES[: row.arity]), **dict(zip("ab", point, strict=False)))


def difference(row: Operator, point: tuple[float, ...], argument: int, step: float = 1e-3) -> float:
    """The partial derivative by central differences of the fourth order."""

    def moved(amount: float) -> float:
        return value_at(row, tuple(x + amount * (n == argument) for n, x in enumerate(point)))

    return (8 * (moved(step) - moved(-step)) - moved(2 * step) + moved(-2 * step)) / (12 * step)


CASES = [pytest.param(row, point, id=f"{row.name}{point}") for row in NUMERIC for point in row.points if row.takes != "int"]


@pytest.mark.parametrize(("row", "point"), CASES)
def test_partials_agree_with_differences(row: Operator, point: tuple[float, ...]) -> None:
    references = REFERENCES[: row.arity]
    partials = row.partials(*references, Access(VALUE, ())) if row.partials else (Zero(),) * row.arity
    assert len(partials) == row.arity
    given = {**dict(zip("ab", point, strict=False)), "value": value_at(row, point)}
    for argument, partial in enumerate(partials):
        assert evaluate(partial, **given) == pytest.approx(difference(row, point, argument), rel=1e-8, abs=1e-9)


REFERENCE = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "sign": lambda x: math.copysign(1, x),
    "abs": abs,
    "max": max,
    "min": min,
}


@pytest.mark.parametrize(("row", "point"), CASES)
def test_values_agree_with_the_mathematical_function(row: Operator, point: tuple[float, ...]) -> None:
    function = REFERENCE.get(row.name) or getattr(math, row.name)
    assert value_at(row, point) == pytest.approx(function(*point), rel=1e-15)


@pytest.mark.parametrize("row", NUMERIC, ids=lambda row: row.name)
def test_every_numeric_row_has_points_away_from_kinks(row: Operator) -> None:
    assert row.points
    assert all(len(point) == row.arity for point in row.points)


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_every_row_has_spellings_and_a_meaning(row: Operator) -> None:
    for spelling in (row.numpy, row.c):
        words = spelling.format("left", "right")
        assert "left" in words
        assert ("right" in words) == (row.arity == 2)
    assert row.name in POINTWISE


def test_the_oracle_knows_no_other_operators() -> None:
    assert POINTWISE.keys() == OPERATORS.keys()


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_rows_pickle_to_themselves(row: Operator) -> None:
    assert pickle.loads(pickle.dumps(row)) is row


@pytest.mark.parametrize("row", [row for row in NUMERIC if row.result == "float"], ids=lambda row: row.name)
@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_raise_nothing(row: Operator, x: float) -> None:
    result = value_at(row, (x,) * row.arity)
    assert math.isnan(result) or not math.isnan(x)


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("point", [(math.nan, 1.0), (1.0, math.nan)])
def test_max_and_min_propagate_nan(name: str, point: tuple[float, ...]) -> None:
    assert math.isnan(value_at(OPERATORS[name], point))


@pytest.mark.parametrize("name", ["max", "min"])
def test_ties_give_to_the_first(name: str) -> None:
    left, right = OPERATORS[name].partials(*REFERENCES, Access(VALUE, ()))
    assert (evaluate(left, a=2, b=2, value=2), evaluate(right, a=2, b=2, value=2)) == (1, 0)


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("sigmoid", -800.0, 0.0),
        ("sigmoid", 800.0, 1.0),
        ("softplus", 800.0, 800.0),
        ("softplus", -800.0, 0.0),
        ("log1p", 1e-20, 1e-20),
        ("expm1", 1e-20, 1e-20),
    ],
)
def test_stable_for_large_and_small_arguments(name: str, x: float, value: float) -> None:
    assert value_at(OPERATORS[name], (x,)) == value


@pytest.mark.parametrize(("name", "of_half"), [("sign", 1.0), ("abs", 0.5)])
def test_kinks_have_the_derivative_of_neither_side(name: str, of_half: float) -> None:
    assert evaluate(apply("sign", Number(Fraction(0)))) == 0
    assert value_at(OPERATORS[name], (0.5,)) == of_half


def test_partials_use_the_value_where_that_saves_computing_it_again() -> None:
    (partial,) = OPERATORS["tanh"].partials(REFERENCES[0], Access(VALUE, ()))
    assert rewrite(partial, lambda node: Number(Fraction(2)) if node is REFERENCES[0] else None) is partial
    assert np.isclose(evaluate(partial, value=0.5), 0.75)


def test_the_derivative_of_expm1_is_exact_far_below_zero() -> None:
    (partial,) = OPERATORS["expm1"].partials(REFERENCES[0], Access(VALUE, ()))
    assert evaluate(partial, a=-50.0, value=-1.0) == pytest.approx(math.exp(-50), rel=1e-15)
