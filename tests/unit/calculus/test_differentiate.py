"""Programs with derivatives in them: where they stand, of what, by what, and under which names."""

import numpy as np
import pytest

from einlang.calculus import differentiate, gradient
from einlang.ir.build import access
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Derivative, Index, Target
from einlang.ir.program import Equation, Program
from einlang.ir.text import text
from einlang.ir.verify import verify
from einlang.optimize import simplify
from einlang.tree import walk

VALUES = {"x": np.array([1.0, -2.0, 0.5]), "y": np.array([2.0, 1.0, 3.0]), "t": np.array(1.5)}
DECLARED = "input x[n], y[n], t\n"


def values(program: Program, **arrays) -> dict[str, np.ndarray]:
    made = differentiate(program)
    verify(made, "test", strict=True)
    assert not any(isinstance(node, Derivative) for d in made.definitions for node in walk(d.body))
    return interpret(made, VALUES | arrays)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("L = x[I]^3\ng[i] = ∂L/∂x[i]", 3 * VALUES["x"] ** 2),
        ("L = x[I]^3\ng[i] = 2 ∂L/∂x[i] + y[i]", 6 * VALUES["x"] ** 2 + VALUES["y"]),
        ("L = x[I]^3\ng = ∂L/∂x[I] y[I]", np.sum(3 * VALUES["x"] ** 2 * VALUES["y"])),
        ("g[i] = ∂(x[I]^2 y[I])/∂x[i]", 2 * VALUES["x"] * VALUES["y"]),
        ("L = t^3\ng = ∂L/∂t", 3 * 1.5**2),
        ("L = t^4\ng = ∂²L/∂t∂t", 12 * 1.5**2),
        ("L = t^4\ng = ∂³L/∂t∂t∂t", 24 * 1.5),
        ("L = x[I]^2 t^2\ng = ∂²L/∂t∂t", 2 * np.sum(VALUES["x"] ** 2)),
        ("L = x[I]^3 t^2\ng[i] = ∂²L/∂t∂x[i]", 3 * VALUES["x"] ** 2 * 2 * 1.5),
        ("L = x[I]^3\nd[i] = ∂L/∂x[i]\ng[i] = ∂(d[I] d[I])/∂x[i]", 36 * VALUES["x"] ** 3),
        ("L = t^2\ng = ∂L/∂L", 1),
        ("z[i] = x[i]^2\nw[i] = z[i] y[i]\nL = w[I]^2\ng[i] = ∂L/∂z[i]", 2 * VALUES["x"] ** 2 * VALUES["y"] ** 2),
        ("g = ∂t/∂t", 1),
        ("L = t^2\ng[i] = ∂L/∂x[i] + 0 y[i]", np.zeros(3)),
        ("L = stop(t) t\ng = ∂L/∂t", 1.5),
        ("L = t^2\nM = t^3\ng = ∂L/∂t ∂M/∂t", 3 * 3 * 1.5**2),
        ("g = ∂(5)/∂t", 0),
    ],
)
def test_where_a_derivative_stands(source, expected, program_of) -> None:
    np.testing.assert_allclose(values(program_of(DECLARED + source))["g"], expected)


def test_subscripts_are_set_after_the_derivative_is_taken(program_of) -> None:
    """∂L/∂A[i,i] is the diagonal of the gradient, not the derivative by the diagonal."""
    program = program_of("input A[n, n]\nL = A[I,J]^2 A[J,I]\ng[i] = ∂L/∂A[i,i]")
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    whole = 2 * matrix * matrix.T + matrix.T**2
    np.testing.assert_allclose(interpret(differentiate(program), {"A": matrix})["g"], np.diag(whole))


def test_one_adjoint_for_each_definition_shared_by_all(program_of) -> None:
    text = "L = sum[I](tanh(x[I] y[I]))\na[i] = ∂L/∂x[i]\nb[i] = ∂L/∂y[i]\nc[i] = ∂L/∂x[i] + 1"
    made = differentiate(program_of(DECLARED + text))
    names = [definition.tensor.name for definition in made.definitions]
    assert sorted(name for name in names if name.startswith("dL_d")) == ["dL_dx", "dL_dy"]


def test_names_are_spare(program_of) -> None:
    """A definition that is called dL_dx keeps its name; a numerator without a name is f, or another."""
    text = "f = x[I]\ndL_dx[i] = x[i]^2\nL = dL_dx[I]\ng[i] = ∂L/∂x[i]\nh[i] = ∂(y[I]^2)/∂y[i]"
    made = differentiate(program_of(DECLARED + text))
    names = [definition.tensor.name for definition in made.definitions]
    assert len(set(names)) == len(names)
    assert {"dL_dx_2", "f_2", "df_2_dy"} <= set(names)


def test_an_intermediate_result_gets_its_name_from_its_whole(program_of) -> None:
    made = gradient(program_of("input x[n]\nP[i] = softmax[i](x[i])\nL = P[I]^2"), "L", ["x"])
    assert "P_logsumexp" in [definition.tensor.name for definition in made.definitions]


def test_gradient_adds_outputs(program_of) -> None:
    program = program_of(DECLARED + "z[i] = x[i] y[i]\nL = z[I]^2\noutput z")
    made = gradient(program, "L", ["y", "z", "x", "y"])
    assert [tensor.name for tensor in made.outputs] == ["z", "dL_dy", "dL_dz", "dL_dx"]
    np.testing.assert_allclose(interpret(made, VALUES)["dL_dz"], 2 * VALUES["x"] * VALUES["y"])


def test_gradient_by_what_is_not_there(program_of) -> None:
    program = program_of("input x[n], A[n, m], k[n] : int\nL = x[I]^2 + k[I]\nM = L^2")
    made = gradient(program, "L", ["A", "k", "L", "M"])
    found = interpret(made, {"x": np.ones(2), "A": np.ones((2, 3)), "k": np.ones(2, int)})
    shapes = [found[tensor.name].shape for tensor in made.outputs[1:]]
    assert shapes == [(2, 3), (2,), (), ()]
    assert [found[tensor.name].sum() for tensor in made.outputs[1:]] == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("output", "wrt", "message"), [("M", ["x"], "no tensor M"), ("L", ["u"], "no tensor u"), ("z", ["x"], "rank 1")]
)
def test_gradient_refuses(output, wrt, message, program_of) -> None:
    with pytest.raises(ValueError, match=message):
        gradient(program_of("input x[n]\nz[i] = x[i]\nL = z[I]"), output, wrt)


def test_derivatives_in_claims(program_of) -> None:
    program = program_of(DECLARED + "L = x[I]^2\noutput L")
    x, scalar = program.inputs[0], program.definitions[0].tensor
    i = Index("i", x.shape[0])
    claim = Equation((i,), (Derivative(access(scalar, []), (Target(x, (i,)),)), access(x, [i])), "∂L/∂x[i] = x[i]")
    made = differentiate(Program(**{f: getattr(program, f) for f in program.__slots__} | {"checks": (claim,)}))
    assert not any(isinstance(node, Derivative) for side in made.checks[0].sides for node in walk(side))
    verify(simplify(made), "test")


def test_the_same_program_gives_the_same_text(program_of) -> None:
    source = "input x[n], A[n, n]\nL = sum[I](tanh(A[I,J] x[J])) + logsumexp[I](x[I])\noutput L"
    made = [text(simplify(gradient(program_of(source), "L", ["x", "A"]))) for _ in range(3)]
    assert made[0] == made[1] == made[2]
