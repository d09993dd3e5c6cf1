"""Gradient descent: steps by hand, line search, and every way to end."""

import numpy as np
import pytest

import einlang
from einlang.errors import CallError

QUADRATIC = "input a[n]\nparam x[n]\nf = a[I] x[I]^2 / 2\n"


def quadratic(**changed) -> dict[str, object]:
    return {"a": np.array([1.0, 4.0]), "x": np.array([3.0, -2.0]), **changed}


def test_steps_of_a_fixed_rate_are_those_by_hand() -> None:
    given = quadratic()
    found = einlang.gradient_descent(einlang.compile(QUADRATIC), "f", given, rate=0.25, steps=3)
    x, values = np.array([3.0, -2.0]), [12.5]
    for _ in range(3):
        x = x - 0.25 * np.array([1.0, 4.0]) * x
        values.append(float(np.array([0.5, 2.0]) @ x**2))
    np.testing.assert_allclose(found.params["x"], x, rtol=1e-15)
    np.testing.assert_allclose(found.values, values, rtol=1e-15)
    assert (found.outcome, found.steps, found.evaluations) == ("step limit", 3, 4)
    assert [step.length for step in found.history] == [0, 0.25, 0.25, 0.25]
    assert given["x"].tolist() == [3, -2]


def test_a_line_search_lowers_the_value_at_every_step_and_converges() -> None:
    found = einlang.gradient_descent(einlang.compile(QUADRATIC), "f", quadratic())
    assert found.converged and found.gradient_norm <= 1e-8 and np.abs(found.params["x"]).max() < 1e-8
    assert found.values == sorted(found.values, reverse=True)
    assert "at most 1e-08" in found.reason and repr(found).startswith("<einlang.Minimisation converged after ")


def test_several_params_at_once_reach_the_least_squares_of_numpy(squares: str) -> None:
    random = np.random.default_rng(0)
    A, B = random.normal(size=(20, 3)), random.normal(size=(20, 2))
    start = {"W": np.zeros((3, 2)), "c": np.zeros(2)}
    found = einlang.gradient_descent(einlang.compile(squares), "L", {"A": A, "B": B, **start}, tolerance=1e-6)
    expected = np.linalg.lstsq(np.column_stack([A, np.ones(20)]), B, rcond=None)[0]
    assert found.converged and list(found.params) == ["W", "c"]
    np.testing.assert_allclose(np.vstack([found.params["W"], found.params["c"]]), expected, atol=1e-5)


def test_only_what_is_named_is_changed(squares: str) -> None:
    given = {"A": np.ones((4, 1)), "B": np.arange(8.0).reshape(4, 2), "W": np.full((1, 2), 5.0), "c": np.zeros(2)}
    found = einlang.gradient_descent(einlang.compile(squares), "L", given, "c")
    assert found.converged and list(found.params) == ["c"]
    np.testing.assert_allclose(found.params["c"], given["B"].mean(axis=0) - 5, atol=1e-7)


def test_the_params_keep_the_type_and_the_shape(rosenbrock: str) -> None:
    start = quadratic(a=np.array([1, 4], "float32"), x=np.array([3, -2], "float32"))
    found = einlang.gradient_descent(einlang.compile(QUADRATIC), "f", start)
    assert found.params["x"].dtype == np.float32 and found.converged and "at most 0.0001" in found.reason
    found = einlang.gradient_descent(einlang.compile(rosenbrock), "f", {"x": 0.5, "y": 0.25}, steps=2)
    assert {name: value.shape for name, value in found.params.items()} == {"x": (), "y": ()}


def test_a_rate_that_is_too_large_ends_in_failure_at_the_last_finite_point(rosenbrock: str) -> None:
    found = einlang.gradient_descent(einlang.compile(rosenbrock), "f", {"x": -1.2, "y": 1.0}, rate=0.1)
    assert found.outcome == "failed" and found.reason == "a step with rate 0.1 leads to what is not finite"
    assert np.isfinite(found.value) and all(np.isfinite(value) for value in found.params.values())


@pytest.mark.parametrize(
    ("text", "start", "outcome", "reason"),
    [
        ("param x\nf = log(x)", {"x": -1.0}, "failed", "not finite at the start"),
        ("param x\nf = log(x)", {"x": 1.0}, "step limit", "the gradient's norm is "),
        ("param x\nf = x", {"x": 0.0}, "step limit", "the gradient's norm is 1, more than 1e-08"),
        ("param x\nf = stop(3 x) - x", {"x": 2.0}, "failed", "no step against the gradient lowers the value"),
        ("param x\nf = x^2", {"x": 0.0}, "converged", "the gradient's norm is 0"),
        ("param x\nf = 1e20 + x", {"x": 1e30}, "failed", "rounding leaves nothing of it"),
    ],
)
@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.filterwarnings("error")
def test_endings(backend: str, text: str, start: dict[str, float], outcome: str, reason: str) -> None:
    found = einlang.gradient_descent(einlang.compile(text, backend=backend), "f", start, steps=20)
    assert found.outcome == outcome and reason in found.reason


def test_the_callback_sees_every_step_and_the_params_there() -> None:
    seen = []
    program = einlang.compile(QUADRATIC)
    found = einlang.gradient_descent(program, "f", quadratic(), rate=0.25, steps=2, callback=lambda *told: seen.append(told))
    assert [step for step, _ in seen] == list(found.history) and [step.number for step, _ in seen] == [0, 1, 2]
    assert [params["x"].tolist() for _, params in seen] == [[3, -2], [2.25, 0], [1.6875, 0]]


def test_arrays_may_be_of_any_kind_that_a_call_takes() -> None:
    class Foreign:
        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def __dlpack__(self, **options: object) -> object:
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self) -> tuple[int, int]:
            return self.array.__dlpack_device__()

    given = {name: Foreign(array) for name, array in quadratic().items()}
    assert einlang.gradient_descent(einlang.compile(QUADRATIC), "f", given).converged
    assert einlang.gradient_descent(einlang.compile("param x\nf = (x - 1)^2"), "f", {"x": 3}).converged


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"output": "g"}, "no tensor 'g'"),
        ({"wrt": "z"}, "no tensor 'z'"),
        ({"wrt": "y"}, "y is defined by program; only inputs can be changed"),
        ({"given": {"x": 1.0}}, "missing: a"),
        ({"rate": 0}, "rate= is a positive number; it is 0"),
        ({"rate": float("nan")}, "rate= is a positive number"),
        ({"steps": -1}, "steps= and tolerance= are not negative"),
        ({"tolerance": float("nan")}, "steps= and tolerance= are not negative"),
        ({"output": "y"}, "y has rank 1"),
    ],
)
def test_what_cannot_be(changed: dict[str, object], message: str) -> None:
    program = einlang.compile("input a\nparam x[n]\ny[i] = a x[i]\nf = y[I]^2\noutput f, y")
    with pytest.raises(CallError, match=message):
        einlang.gradient_descent(program, **{"output": "f", "given": {"a": 1.0, "x": np.ones(2)}, **changed})
