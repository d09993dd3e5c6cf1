"""Newton's method: one step for a parabola, few for a valley, honest where the Hessian is not positive definite."""

import numpy as np
import pytest

import einlang
from einlang.errors import CallError


def test_a_parabola_takes_one_step(squares: str) -> None:
    random = np.random.default_rng(0)
    A, B = random.normal(size=(20, 3)), random.normal(size=(20, 2))
    given = {"A": A, "B": B, "W": np.zeros((3, 2)), "c": np.zeros(2)}
    found = einlang.newton(einlang.compile(squares), "L", given)
    expected = np.linalg.lstsq(np.column_stack([A, np.ones(20)]), B, rcond=None)[0]
    assert found.converged and found.steps == 1 and found.history[1].length == 1 and found.history[1].shift == 0
    np.testing.assert_allclose(np.vstack([found.params["W"], found.params["c"]]), expected, rtol=1e-10)
    assert given["W"].tolist() == np.zeros((3, 2)).tolist()


def test_the_valley_is_followed_by_damped_steps_and_ends_quadratically(rosenbrock: str) -> None:
    found = einlang.newton(einlang.compile(rosenbrock), "f", {"x": -1.2, "y": 1.0})
    assert found.converged and 10 <= found.steps <= 30
    assert found.values == sorted(found.values, reverse=True) and found.value < 1e-20
    assert any(step.length < 1 for step in found.history[1:]) and found.history[-1].length == 1
    norms = found.gradient_norms[-3:]
    assert norms[2] < norms[1] < norms[0] and found.reason.startswith("the gradient's norm is ")


def test_steps_are_those_by_hand() -> None:
    found = einlang.newton(einlang.compile("param x\nf = exp(x) - 2 x"), "f", {"x": 1.0}, steps=2)
    x = 1.0
    for _ in range(2):
        x -= (np.exp(x) - 2) / np.exp(x)
    assert float(found.params["x"]) == pytest.approx(x, rel=1e-14)
    assert (found.outcome, found.steps, found.evaluations) == ("step limit", 2, 3)


def test_where_the_hessian_is_indefinite_it_is_shifted_and_the_step_says_so() -> None:
    double_well = einlang.compile("param x, y\nf = x^4 - 2 x^2 + y^2")
    found = einlang.newton(double_well, "f", {"x": 0.1, "y": 1.0})
    assert found.converged and float(found.params["x"]) == pytest.approx(1) and found.value == pytest.approx(-1)
    assert found.history[1].shift > 4 - 12 * 0.1**2 and found.history[-1].shift == 0


def test_at_a_saddle_point_it_fails_and_says_why() -> None:
    found = einlang.newton(einlang.compile("param x, y\nf = x^4 - 2 x^2 + y^2"), "f", {"x": 0.0, "y": 1.0})
    assert found.outcome == "failed" and float(found.params["x"]) == 0
    assert "at a saddle point or a maximum: the Hessian has the eigenvalue -4" in found.reason


def test_a_singular_hessian_is_shifted_and_named() -> None:
    found = einlang.newton(einlang.compile("param x, y\nf = (x + y - 1)^2"), "f", {"x": 3.0, "y": 0.0})
    assert found.converged and found.history[1].shift > 0 and "the Hessian is singular there" in found.reason
    assert float(found.params["x"] + found.params["y"]) == pytest.approx(1)
    assert float(found.params["x"] - found.params["y"]) == pytest.approx(3)


def test_a_hessian_that_is_zero_leaves_a_step_against_the_gradient() -> None:
    found = einlang.newton(einlang.compile("param x, y\nf = x + 2 y"), "f", {"x": 0.0, "y": 0.0}, steps=1)
    assert found.outcome == "step limit" and found.history[1].shift > 0
    assert float(found.params["y"]) == pytest.approx(2 * float(found.params["x"])) and float(found.params["x"]) < 0


@pytest.mark.parametrize(
    ("text", "start", "outcome", "reason"),
    [
        ("f = log(x)", -1.0, "failed", "not finite at the start"),
        ("f = stop(3 x) - x + x^2 / 100", 2.0, "failed", "no step along Newton's direction lowers the value"),
        ("f = stop(3 x) - x", 2.0, "failed", "(0.001 was added to the diagonal of the Hessian)"),
        ("f = x^1.5", 0.0, "failed", "the gradient vanishes, but the Hessian is not finite"),
        ("f = (x^2)^0.75 + x", 0.0, "failed", "finite"),
        ("f = x^2", 0.0, "converged", "the gradient's norm is 0, at most 1e-08"),
    ],
)
@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.filterwarnings("error")
def test_endings(backend: str, text: str, start: float, outcome: str, reason: str) -> None:
    found = einlang.newton(einlang.compile(f"param x\n{text}", backend=backend), "f", {"x": start}, steps=20)
    assert found.outcome == outcome and reason in found.reason, found


def test_a_step_that_would_leave_the_domain_is_shortened() -> None:
    found = einlang.newton(einlang.compile("param x\nf = x - log(x)"), "f", {"x": 5.0})
    assert found.converged and float(found.params["x"]) == pytest.approx(1)
    assert found.history[1].length < 1 and found.evaluations > len(found.history)


def test_float32_converges_to_what_float32_can_tell(squares: str) -> None:
    random = np.random.default_rng(1)
    given = {"A": random.normal(size=(20, 3)), "B": random.normal(size=(20, 2)), "W": np.zeros((3, 2)), "c": np.zeros(2)}
    found = einlang.newton(einlang.compile(squares), "L", {name: array.astype("float32") for name, array in given.items()})
    assert found.converged and found.params["W"].dtype == np.float32 and found.steps <= 2


def test_the_callback_sees_every_step(rosenbrock: str) -> None:
    seen = []
    program = einlang.compile(rosenbrock)
    found = einlang.newton(program, "f", {"x": -1.2, "y": 1.0}, callback=lambda *told: seen.append(told))
    assert [step for step, _ in seen] == list(found.history)
    assert seen[-1][1] == found.params


def test_it_works_on_a_derived_program_and_by_one_of_several_params(squares: str) -> None:
    random = np.random.default_rng(2)
    given = {"A": random.normal(size=(9, 2)), "B": random.normal(size=(9, 1)), "W": np.ones((2, 1)), "c": np.zeros(1)}
    found = einlang.newton(einlang.compile(squares).only("L"), "L", given, wrt="W")
    assert found.converged and list(found.params) == ["W"]
    np.testing.assert_allclose(found.params["W"], np.linalg.lstsq(given["A"], given["B"], rcond=None)[0], rtol=1e-9)


def test_what_cannot_be(squares: str) -> None:
    program = einlang.compile(squares)
    with pytest.raises(CallError, match="missing"):
        einlang.newton(program, "L", {})
    with pytest.raises(CallError, match="R has rank 2"):
        einlang.newton(program, "R", {"A": np.ones((2, 1)), "B": np.ones((2, 1)), "W": np.ones((1, 1)), "c": np.ones(1)})


@pytest.mark.filterwarnings("error")
def test_products_in_place_of_the_hessian_lead_to_the_same_minimum(rosenbrock: str, squares: str) -> None:
    found = einlang.newton(einlang.compile(rosenbrock), "f", {"x": -1.2, "y": 1.0}, products=True)
    assert found.converged and found.steps <= 100 and float(found.params["x"]) == pytest.approx(1)
    random = np.random.default_rng(0)
    given = {"A": random.normal(size=(20, 3)), "B": random.normal(size=(20, 2)), "W": np.zeros((3, 2)), "c": np.zeros(2)}
    dense, found = (einlang.newton(einlang.compile(squares), "L", given, products=products) for products in (False, True))
    assert found.converged
    for name in ("W", "c"):
        np.testing.assert_allclose(found.params[name], dense.params[name], atol=1e-7)


def test_products_leave_a_place_of_negative_curvature_against_the_gradient() -> None:
    well = einlang.compile("param x, y\nf = x^4 - 2 x^2 + y^2")
    found = einlang.newton(well, "f", {"x": 0.1, "y": 1.0}, products=True)
    assert found.converged and abs(float(found.params["x"])) == pytest.approx(1)
    found = einlang.newton(einlang.compile("param x\nf = stop(3 x) - x + x^2 / 100"), "f", {"x": 2.0}, products=True)
    assert found.outcome == "failed" and "no step along Newton's direction" in found.reason


def test_products_never_make_a_program_of_the_hessian(squares: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(einlang.Program, "hessian")
    given = {"A": np.eye(3), "B": np.ones((3, 1)), "W": np.zeros((3, 1)), "c": np.zeros(1)}
    assert einlang.newton(einlang.compile(squares), "L", given, products=True).converged
