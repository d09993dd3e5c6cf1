"""Accesses whose subscripts are not plain indices: what cannot be solved keeps its δ, ranges are respected."""

import numpy as np
import pytest

from einlang.calculus import gradient
from einlang.ir.build import access, add, delta, mul, number, power, select, sub, total
from einlang.ir.extent import fixed, sized
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Definition, Index, Size, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify

N = sized("n")
x = Tensor("x", (N,), "float", "input", None)
A = Tensor("A", (N, N), "float", "input", None)
y = Tensor("y", (N,), "float", "input", None)
p = Tensor("p", (sized("m"),), "int", "input", None)


def index(name, extent=N):
    return Index(name, extent)


def scalar(body):
    return Program("test", (x, A, y, p), (Definition(Tensor("L", (), "float", "definition", None), (), body),), ())


def squares(*terms):
    return add(*(power(term, number(2)) for term in terms))


i, j, g = index("I"), index("J"), index("G", sized("m"))
last = sub(Size(N), add(i, number(1)))
inner = index("I", N - 1)
BODIES = {
    "literal": squares(access(x, [number(0)]), access(A, [number(1), number(0)])),
    "literal column": total((i,), mul(access(x, [i]), power(access(A, [i, number(1)]), number(2)))),
    "diagonal": total((i,), squares(access(A, [i, i]))),
    "backwards": total((i,), mul(power(access(x, [last]), number(2)), access(y, [i]))),
    "neighbours": total((inner,), squares(sub(access(x, [add(inner, number(1))]), access(x, [inner])))),
    "shorter range": total((inner,), squares(access(x, [inner]))),
    "gather": total((g,), mul(power(access(x, [access(p, [g])]), number(2)), access(y, [access(p, [g])]))),
    "guarded": total((i,), select(apply(">", i, number(0)), squares(access(x, [sub(i, number(1))])), access(x, [i]))),
    "delta of positions": total((i, j), mul(delta(add(i, number(1)), j), access(x, [i]), access(y, [j]))),
}


@pytest.mark.parametrize("name", BODIES)
def test_gradient(name, central_difference) -> None:
    program = scalar(BODIES[name])
    arrays = {
        "x": np.array([0.3, -1.2, 0.7, 2.0]),
        "y": np.array([1.0, 0.5, -0.5, 0.25]),
        "A": np.arange(16.0).reshape(4, 4) / 7,
        "p": np.array([2, 0, 2, 3, 1]),
    }
    derived = gradient(program, "L", ["x", "A", "y"])
    for made in (derived, simplify(derived), optimise(derived)):
        verify(made, "test")
        values = interpret(made, arrays)
        for tensor, wrt in zip(made.outputs, "xAy", strict=True):
            np.testing.assert_allclose(values[tensor.name], central_difference(program, arrays, "L", wrt), rtol=1e-6, atol=1e-8)


def test_structural_zeros_hide_what_is_infinite() -> None:
    """∂ Σ log A[i,i] is δ / A: nothing off the diagonal, whatever stands there."""
    derived = gradient(scalar(total((i,), apply("log", access(A, [i, i])))), "L", ["A"])
    arrays = {"x": np.zeros(2), "y": np.zeros(2), "A": np.array([[2.0, np.inf], [np.nan, 4.0]]), "p": np.zeros(1, int)}
    for made in (derived, simplify(derived), optimise(derived)):
        np.testing.assert_array_equal(interpret(made, arrays)["dL_dA"], [[0.5, 0], [0, 0.25]])


def test_a_structural_zero_is_not_divided() -> None:
    """δ[i,j] x[i] / y[j] is zero off the diagonal also where y is zero."""
    a, b = index("i"), index("j")
    diagonal = Tensor("R", (N, N), "float", "definition", None)
    body = total((i, j), mul(access(diagonal, [i, j]), access(A, [i, j])))
    made = Definition(diagonal, (a, b), mul(delta(a, b), access(x, [a]), power(access(y, [b]), number(-1))))
    program = scalar(body)
    program = Program("test", program.inputs, (made, *program.definitions), ())
    derived = gradient(program, "L", ["x"])
    arrays = {"x": np.ones(2), "y": np.array([4.0, 2.0]), "A": np.array([[1.0, 5.0], [7.0, 3.0]]), "p": np.zeros(1, int)}
    for version in (derived, simplify(derived), optimise(derived)):
        np.testing.assert_array_equal(interpret(version, arrays)["dL_dx"], [0.25, 1.5])


def test_a_guard_with_nothing_on_the_other_side() -> None:
    body = total((i,), select(apply(">", access(x, [i]), number(0)), apply("log", access(x, [i])), Zero()))
    derived = gradient(scalar(body), "L", ["x"])
    arrays = {"x": np.array([0.0, 2.0]), "y": np.zeros(2), "A": np.zeros((2, 2)), "p": np.zeros(1, int)}
    for made in (derived, simplify(derived), optimise(derived)):
        np.testing.assert_array_equal(interpret(made, arrays)["dL_dx"], [0, 0.5])


def test_extents_that_are_numbers() -> None:
    three = index("I", fixed(3))
    v = Tensor("v", (fixed(3),), "float", "input", None)
    program = Program(
        "test", (v,), (Definition(Tensor("L", (), "float", "definition", None), (), total((three,), access(v, [three]))),), ()
    )
    assert interpret(simplify(gradient(program, "L", ["v"])), {"v": np.zeros(3)})["dL_dv"].tolist() == [1, 1, 1]
