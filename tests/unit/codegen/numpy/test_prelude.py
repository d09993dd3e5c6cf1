"""The private functions of generated text, each against an independent reference; and every operator in both types."""

import math

import numpy as np
import pytest
from unit.codegen.numpy.running import run

from einlang.codegen.numpy.prelude import PRELUDE
from einlang.ir.arrays import POINTWISE
from einlang.ir.build import access
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Index, Tensor
from einlang.ir.operators import OPERATORS, Operator, apply
from einlang.ir.program import Program


def private(name: str):
    names = {"np": np}
    exec(PRELUDE[name], names)
    return names[name]


@pytest.mark.parametrize("name", PRELUDE)
def test_a_function_defines_itself_and_says_what_it_does(name: str) -> None:
    assert private(name).__doc__


@pytest.mark.parametrize("dtype, ulps", [("float64", 3), ("float32", 3)])
def test_erf_is_right_to_a_few_ulps(dtype: str, ulps: int) -> None:
    x = np.concatenate([np.linspace(-7, 7, 20001), np.geomspace(1e-30, 1, 2000), [0.0, -0.0, np.inf, -np.inf]]).astype(dtype)
    exact = np.array([math.erf(float(value)) for value in x])
    found = private("_erf")(x)
    assert found.dtype == dtype
    assert np.max(np.abs(found - exact) / np.spacing(np.maximum(np.abs(exact), np.finfo(dtype).tiny).astype(dtype))) <= ulps
    assert math.copysign(1, private("_erf")(np.array(-0.0))) == -1 and np.isnan(private("_erf")(np.array(np.nan)))


def test_sigmoid_is_stable() -> None:
    x = np.array([-1000.0, -40, -1, 0, 1, 40, 1000, np.inf, -np.inf])
    with np.errstate(over="raise", invalid="ignore"):
        found = private("_sigmoid")(x)
    wanted = [0.0, math.exp(-40) / (1 + math.exp(-40)), 1 / (1 + math.e), 0.5, math.e / (1 + math.e), 1.0, 1.0, 1.0, 0.0]
    np.testing.assert_allclose(found, wanted, rtol=1e-15)


@pytest.mark.parametrize(
    "x, wanted",
    [([1000.0, 1000.0], 1000 + math.log(2)), ([-np.inf, -np.inf], -np.inf), ([np.inf, 1.0], np.inf), ([], -np.inf)],
)
def test_logsumexp_is_stable(x: list[float], wanted: float) -> None:
    with np.errstate(all="ignore"):
        assert private("_logsumexp")(np.array(x), 0) == wanted


def test_powers_by_squaring() -> None:
    assert [private("_power")(3, n) for n in range(1, 12)] == [3**n for n in range(1, 12)]


def test_gather_says_nothing_of_what_is_out_of_range() -> None:
    gather, x = private("_gather"), np.array([1.0, 2.0])
    np.testing.assert_array_equal(gather(x, np.array([-1, 0, 1, 2])), [np.nan, 1, 2, np.nan])
    np.testing.assert_array_equal(gather(x[:0].astype(int), np.array([0, 1])), [0, 0])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("operator", [row for row in OPERATORS.values() if row.result != "bool"], ids=lambda row: row.name)
def test_an_operator_keeps_the_type_and_agrees_with_the_oracle(operator: Operator, dtype: str) -> None:
    points = np.array([*operator.points, *([(math.nan,) * operator.arity])])
    index = Index("i", sized("n"))
    inputs = tuple(Tensor(f"x{k}", (sized("n"),), "float", "input", None) for k in range(operator.arity))
    tensor = Tensor("y", (sized("n"),), "float", "definition", None)
    body = apply(operator.name, *(access(x, [index]) for x in inputs))
    program = Program("f", inputs, (Definition(tensor, (index,), body),), (tensor,))
    columns = [points[:, k].astype(dtype) for k in range(operator.arity)]
    (found,) = run(program, {f"x{k}": column for k, column in enumerate(columns)}, dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, POINTWISE[operator.name](*columns), rtol=1e-6 if dtype == "float32" else 1e-14)
