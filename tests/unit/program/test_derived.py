"""Jacobians, Hessians and their products as programs: against NumPy by hand, in both backends and types."""

import copy
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import einlang
from einlang.errors import CallError
from einlang.plan.counts import plan_counts

LOGISTIC = """\
input X[n, k], y[n] : int
param w[k], c
z[i] = X[i,K] w[K] + c
p[i] = sigmoid(z[i])
L = mean[I](softplus(z[I]) - y[I] z[I])
output L, p
"""
Arrays = dict[str, Any]


class Logistic(NamedTuple):
    """Data for the program, and what NumPy has for it."""

    given: Arrays

    @property
    def p(self) -> Any:
        """The sigmoid of z."""
        return 1 / (1 + np.exp(-(self.given["X"] @ self.given["w"] + self.given["c"])))

    @property
    def slope(self) -> Any:
        """The derivative of the sigmoid at z, for each row."""
        return self.p * (1 - self.p)

    @property
    def columns(self) -> Any:
        """X with a column of ones for c."""
        return np.column_stack([self.given["X"], np.ones(len(self.given["X"]))])

    @property
    def hessian(self) -> Any:
        """Of the loss by w and c in one."""
        return self.columns.T @ (self.slope[:, None] * self.columns) / len(self.slope)


@pytest.fixture
def logistic() -> Callable[[str], Logistic]:
    def made(dtype: str = "float64") -> Logistic:
        random = np.random.default_rng(0)
        floats = {"X": (6, 3), "w": (3,), "v_w": (3,), "v_p": (6,), "v_z": (6,)}
        given: Arrays = {name: random.normal(size=shape).astype(dtype) for name, shape in floats.items()}
        return Logistic({**given, "y": random.integers(2, size=6), "c": 0.25, "v_c": -0.5})

    return made


Derived = Callable[[einlang.Program], einlang.Program]
Expected = Callable[[Logistic], Any]


def product(h: Logistic) -> Any:
    """The whole Hessian times (v_w, v_c)."""
    return h.hessian @ [*h.given["v_w"], h.given["v_c"]]


def weighted(h: Logistic) -> Any:
    """What v_p weighs p's rows with, through the sigmoid, by w and c."""
    return h.columns.T @ (h.given["v_p"] * h.slope)


def tangent(h: Logistic) -> Any:
    """The derivative of p along (v_w, v_c)."""
    return h.slope * (h.columns @ [*h.given["v_w"], h.given["v_c"]])


def pairs(h: Logistic) -> dict[tuple[str, str], Any]:
    """The Hessian in its blocks."""
    whole = h.hessian
    return {("w", "w"): whole[:3, :3], ("w", "c"): whole[:3, 3], ("c", "w"): whole[3, :3], ("c", "c"): whole[3, 3]}


ROWS: dict[str, tuple[Derived, list[str], list[str], Expected]] = {
    "jacobian by one": (lambda p: p.jacobian("p", "w"), [], ["dp_dw"], lambda h: h.slope[:, None] * h.given["X"]),
    "jacobian by all": (
        lambda p: p.jacobian("p"),
        [],
        ["dp_dw", "dp_dc"],
        lambda h: {"w": h.slope[:, None] * h.given["X"], "c": h.slope},
    ),
    "jacobian by a tensor of data": (
        lambda p: p.jacobian("p", "X"),
        [],
        ["dp_dX"],
        lambda h: np.einsum("i,ij,k->ijk", h.slope, np.eye(6), h.given["w"]),
    ),
    "jacobian by a definition": (lambda p: p.jacobian("p", "z"), [], ["dp_dz"], lambda h: np.diag(h.slope)),
    "jacobian of a scalar": (lambda p: p.jacobian("L", "c"), [], ["dL_dc"], lambda h: np.mean(h.p - h.given["y"])),
    "hessian by one": (lambda p: p.hessian("L", "w"), [], ["d2L_dw_dw"], lambda h: h.hessian[:3, :3]),
    "hessian by all": (lambda p: p.hessian("L"), [], ["d2L_dw_dw", "d2L_dw_dc", "d2L_dc_dw", "d2L_dc_dc"], pairs),
    "hessian by a list of one": (lambda p: p.hessian("L", ["c"]), [], ["d2L_dc_dc"], lambda h: {("c", "c"): h.hessian[3, 3]}),
    "hvp by one": (lambda p: p.hvp("L", "w"), ["v_w"], ["hvp_L_w"], lambda h: h.hessian[:3, :3] @ h.given["v_w"]),
    "hvp by all": (
        lambda p: p.hvp("L"),
        ["v_w", "v_c"],
        ["hvp_L_w", "hvp_L_c"],
        lambda h: {"w": product(h)[:3], "c": product(h)[3]},
    ),
    "hvp by a list of one": (
        lambda p: p.hvp("L", ["c"]),
        ["v_c"],
        ["hvp_L_c"],
        lambda h: {"c": h.hessian[3, 3] * h.given["v_c"]},
    ),
    "jvp by one": (lambda p: p.jvp("p", "w"), ["v_w"], ["jvp_p_w"], lambda h: h.slope * (h.given["X"] @ h.given["v_w"])),
    "jvp by all": (lambda p: p.jvp("p"), ["v_w", "v_c"], ["jvp_p_w_c"], tangent),
    "jvp of a scalar": (lambda p: p.jvp("L", "c"), ["v_c"], ["jvp_L_c"], lambda h: np.mean(h.p - h.given["y"]) * h.given["v_c"]),
    "vjp by one": (lambda p: p.vjp("p", "w"), ["v_p"], ["vjp_p_w"], lambda h: weighted(h)[:3]),
    "vjp by all": (
        lambda p: p.vjp("p"),
        ["v_p"],
        ["vjp_p_w", "vjp_p_c"],
        lambda h: {"w": weighted(h)[:3], "c": weighted(h)[3]},
    ),
    "vjp by a definition": (lambda p: p.vjp("p", "z"), ["v_p"], ["vjp_p_z"], lambda h: h.given["v_p"] * h.slope),
}
"""By name: how it is derived, which further inputs and which outputs it has, and what NumPy has for it."""
CALLED = ("X", "y", "w", "c")


def call(program: einlang.Program, h: Logistic, further: list[str]) -> Any:
    return program({name: h.given[name] for name in (*CALLED, *further)})


def listed(result: Any) -> list[Any]:
    """The arrays of a result, in order."""
    return [*result.values()] if isinstance(result, dict) else [result]


def agree(found: Any, expected: Any, tolerance: float) -> None:
    """Whether two results are mappings of the same keys, or arrays of the same shape, with nearly the same numbers."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            agree(found[key], expected[key], tolerance)
    else:
        assert isinstance(found, np.ndarray | np.floating) and np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("backend", ["c", "numpy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", ROWS)
def test_a_derived_program_agrees_with_numpy(row: str, dtype: str, backend: str, logistic) -> None:
    derived, further, _, expected = ROWS[row]
    program, h = derived(einlang.compile(LOGISTIC, backend=backend)), logistic(dtype)
    found, tolerance = call(program, h, further), 1e-5 if dtype == "float32" else 1e-12
    agree(found, expected(h), tolerance)
    assert {array.dtype for array in listed(found)} == {np.dtype(dtype)}


@pytest.mark.parametrize("row", ROWS)
def test_a_derived_program_is_a_program(row: str, logistic) -> None:
    derived, further, names, expected = ROWS[row]
    program, h = derived(einlang.compile(LOGISTIC, backend="numpy")), logistic()
    assert [tensor.name for tensor in program.signature.outputs] == names
    assert program.latex().startswith(r"\begin{aligned}") and program.c_source
    for again in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        agree(call(again, h, further), expected(h), 1e-12)
    bound = program.bind({name: h.given[name] for name in (*CALLED, *further)})
    h.given["w"][:] = 1.5
    agree(bound(), expected(h), 1e-12)
    written = einlang.compile(program.source, backend="numpy")
    out = written({tensor.name: h.given[tensor.name] for tensor in written.signature.inputs})
    agree(dict(zip(names, out, strict=True)), dict(zip(names, listed(expected(h)), strict=True)), 1e-12)


@pytest.mark.parametrize("row", ROWS)
def test_results_go_into_given_arrays(row: str, logistic) -> None:
    derived, further, names, expected = ROWS[row]
    program, h = derived(einlang.compile(LOGISTIC)), logistic()
    wanted = dict(zip(names, listed(expected(h)), strict=True))
    targets = {name: np.full(np.shape(value), 7.0) for name, value in wanted.items()}
    program({name: h.given[name] for name in (*CALLED, *further)}, out=targets)
    for name in names:
        np.testing.assert_allclose(targets[name], wanted[name], rtol=1e-12, atol=1e-12)


def test_a_direction_has_the_shape_of_what_it_is_a_direction_of(logistic) -> None:
    program, h = einlang.compile(LOGISTIC).hvp("L", "w"), logistic()
    assert str(program.signature) == "program(X[n, k], y[n], w[k], c, v_w[k]) -> hvp_L_w[k]"
    with pytest.raises(CallError, match=r"axis 0 of v_w is 4, but `k` is 3"):
        call(program, Logistic({**h.given, "v_w": np.ones(4)}), ["v_w"])
    with pytest.raises(CallError, match=r"missing: v_w\[k\]"):
        call(program, h, [])
    with pytest.raises(CallError, match="v_w holds float32"):
        call(program, Logistic({**h.given, "v_w": np.ones(3, "float32")}), ["v_w"])
    with pytest.raises(CallError, match="no input 'v_c'"):
        call(program, h, ["v_w", "v_c"])


def test_what_a_derived_program_does_not_need_may_be_left_out(logistic) -> None:
    program, h = einlang.compile(LOGISTIC).hvp("L", "w"), logistic()
    assert [tensor.name for tensor in program.signature.inputs if not tensor.needed] == ["y"]
    needed = {name: h.given[name] for name in ("X", "w", "c", "v_w")}
    assert np.array_equal(program(needed), program(**needed, y=h.given["y"]))


def test_a_direction_whose_name_is_taken_has_a_number() -> None:
    program = einlang.compile("input v_w[m], v_w_2\nparam w[n]\nL = w[I]^3 + v_w[J] v_w_2")
    product = program.hvp("L", "w")
    assert product(w=np.array([1.0, 2.0]), v_w_3=np.array([1.0, 1.0])).tolist() == [6, 12]
    twice = einlang.compile("param w[n]\nL = w[I]^3").hvp("L", "w").vjp("hvp_L_w", "w")
    assert twice(w=np.ones(2), v_w=np.array([2.0, 3.0]), v_hvp_L_w=np.array([5.0, 7.0])).tolist() == [60, 126]


def test_a_derived_program_is_derived_again() -> None:
    cube = einlang.compile("param w[n]\nL = w[I]^4")
    given: Arrays = {"w": np.array([1.0, 2.0]), "v_w": np.array([1.0, 1.0])}

    third = cube.value_and_grad("L").hvp("L", "w").vjp("hvp_L_w", "w")
    assert third(**given, v_hvp_L_w=np.array([1.0, 2.0])).tolist() == [24, 96]
    kept = cube.hvp("L", "w").only("hvp_L_w")
    assert kept(given).hvp_L_w.tolist() == [12, 48]


WRONG = {
    "hvp of a tensor": (
        lambda p: p.hvp("p"),
        r"p has rank 1; a product with a Hessian is of a float of rank 0 \(p stands at <text>:4:1\); `jacobian` derives tensors",
    ),
    "gradient of a tensor": (lambda p: p.grad("p"), "p has rank 1; a gradient is of a float of rank 0"),
    "hessian of a tensor": (lambda p: p.hessian("p"), "p has rank 1; a Hessian is of a float of rank 0"),
    "by integers": (lambda p: p.vjp("p", "y"), r"y holds whole numbers; nothing is derived by it \(y stands at <text>:1:16\)"),
    "of integers": (lambda p: p.jacobian("y", "w"), "y holds a whole number; a Jacobian is of floats"),
    "unknown output": (lambda p: p.jvp("pp"), "no tensor 'pp'; did you mean 'p'"),
    "unknown wrt": (lambda p: p.hessian("L", ["w", "cc"]), "no tensor 'cc'; did you mean 'c'"),
    "no name": (lambda p: p.hvp("L", ["w", 3]), r"wrt= is a name, or a list of names, not \['w', 3\]"),
    "a number": (lambda p: p.hvp("L", 3), "wrt= is a name, or a list of names, not 3"),
    "nothing": (lambda p: p.hvp("L", []), "wrt= names nothing"),
    "no param": (lambda p: p.vjp("X"), r"X depends on no param; say by what to derive, as in wrt=\['X'\]"),
}


@pytest.mark.parametrize(("derived", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_derived(derived: Derived, message: str) -> None:
    with pytest.raises(CallError, match=message):
        derived(einlang.compile(LOGISTIC))


NETWORK = """\
input X[b, k0], Y[b, k2]
param W1[k0, k1], c1[k1], W2[k1, k2], c2[k2]
H[i,j] = tanh(X[i,K] W1[K,j] + c1[j])
Z[i,j] = H[i,K] W2[K,j] + c2[j]
L = -Y[I,J] log_softmax[J](Z[I,J]) / size(X, 0)
"""


def shapes(program: einlang.Program) -> list[tuple[Any, ...]]:
    """The shapes of all that a program stores."""
    return [kernel.definition.tensor.shape for kernel in program.stages.planned.kernels]


def test_a_product_with_a_hessian_costs_a_small_multiple_of_the_gradient_and_holds_no_hessian() -> None:
    network, sizes = einlang.compile(NETWORK), {"b": 64, "k0": 100, "k1": 50, "k2": 10}
    plans = [derived.stages.planned for derived in (network.grad("L"), network.hvp("L"))]
    gradient, product = (plan_counts(plan).operations.evaluate(sizes) for plan in plans)
    assert product <= 4 * gradient
    stored = shapes(network.hvp("L"))
    strips = {name: sizes["b"] for shape in stored for extent in shape for name in extent.sizes if name.startswith("strip ")}
    assert max(np.prod([extent.evaluate(sizes | strips) for extent in shape]) for shape in stored) <= 64 * 100
    assert {len(shape) for shape in stored} <= {0, 1, 2}


@pytest.mark.parametrize(
    "derived", [lambda p: p.jvp("Z"), lambda p: p.vjp("Z"), lambda p: p.jvp("Z", "X"), lambda p: p.vjp("Z", "W1")]
)
def test_a_product_with_a_jacobian_holds_no_jacobian(derived: Derived) -> None:
    assert {len(shape) for shape in shapes(derived(einlang.compile(NETWORK)))} <= {0, 1, 2}


LAYERS = """\
const n = 2
input X[b, k{0}]
param W{m}[k{m-1}, k{m}]                   for m in 1..n
Z{0}[i,j] = X[i,j]
Z{m}[i,j] = Z{m-1}[i,K] W{m}[K,j]          for m in 1..n
L = Z{n}[I,J]^2 / 2
"""


def test_layers_are_named_by_braces_or_as_python_spells_them() -> None:
    random = np.random.default_rng(0)
    given = {name: random.normal(size=shape) for name, shape in {"X": (4, 3), "W{1}": (3, 2), "W{2}": (2, 5)}.items()}
    direction, program = random.normal(size=(2, 5)), einlang.compile(LAYERS)
    first = given["X"] @ given["W{1}"]
    for spelled in ("W_2", "W{2}"):
        product = program.hvp("L", spelled)
        assert [tensor.name for tensor in product.signature.outputs] == ["hvp_L_W{2}"]
        np.testing.assert_allclose(product(given | {"v_W{2}": direction}), first.T @ first @ direction, rtol=1e-12)
        np.testing.assert_allclose(product(given, v_W_2=direction), first.T @ first @ direction, rtol=1e-12)
    hessians = program.hessian("L", ["W_1", "W_2"])
    assert list(hessians(given)) == [(f"W{{{p}}}", f"W{{{q}}}") for p in (1, 2) for q in (1, 2)]
    assert [tensor.name for tensor in hessians.signature.outputs][1] == "d2L_dW_dW{1,2}"
    along = program.jvp("Z{2}", "W{2}")
    np.testing.assert_allclose(along(given, v_W_2=direction), first @ direction, rtol=1e-12)


def test_no_new_name_is_spelled_as_one_that_is_there() -> None:
    text = "const n = 1\nparam W{m}[a]   for m in 1..n\ninput v_W_1[a]\nL = W{n}[I]^2 v_W_1[I]\n"
    product = einlang.compile(text).hvp("L", "W_1")
    assert [tensor.name for tensor in product.signature.inputs] == ["W{1}", "v_W_1", "v_W_2{1}"]
    assert product(W_1=np.ones(2), v_W_1=np.array([1.0, 2.0]), v_W_2_1=np.array([1.0, 1.0])).tolist() == [2, 4]
