"""Derivatives of every rank by every rank, by every mode, against differences and against exact arithmetic."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.calculus.engine import Engine
from einlang.calculus.ledger import Ledger
from einlang.ir.exact import interpret_exact
from einlang.ir.indices import fresh
from einlang.ir.interpret import interpret
from einlang.ir.naming import Names
from einlang.ir.nodes import Definition, Tensor
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify

SIZES = (2, 3, 2)
RANKS = [(n, m) for n in range(4) for m in range(4)]
FIRST, SECOND, SUMMED = "ijk", "pqr", "IJK"


def subscripts(letters: str) -> str:
    return f"[{','.join(letters)}]" if letters else ""


def text(n: int, m: int, function: str = "{0}^2") -> str:
    """Z of rank n from X of rank m by way of Y, elementwise, by sums, by products with vectors and by a diagonal."""
    declared = ", ".join(f"n{axis}" for axis in range(m))
    lines = ["input c[n0], d[n1], e[n2]", f"input X[{declared}]" if m else "input X"]
    own, weights = subscripts(FIRST[:m]), ("c", "d", "e")
    lines.append(f"Y{own} = {function.format('X' + own)} + 3 X{own}")
    kept = FIRST[: min(n, m)] + SUMMED[min(n, m) : m]
    factors = [f"Y{subscripts(kept)}"]
    factors += [f"{weights[axis]}[{SUMMED[axis]}]" for axis in range(n, m)]
    factors += [f"{weights[axis]}[{FIRST[axis]}]" for axis in range(m, n)]
    total = " ".join(f"{weights[axis]}[{SUMMED[axis]}]" for axis in range(m))
    lines.append(f"S = Y{subscripts(SUMMED[:m])} {total}")
    left = subscripts(FIRST[:n])
    lines.append(f"Z{left} = {' '.join(factors)} + S^2")
    return "\n".join(lines)


def derivative(n: int, m: int) -> str:
    first, second = FIRST[:n], SECOND[:m]
    left = [f"{i} : n{axis}" for axis, i in enumerate(first)] + [f"{p} : n{axis}" for axis, p in enumerate(second)]
    subs = f"[{', '.join(left)}]" if left else ""
    return f"D{subs} = ∂Z{subscripts(first)}/∂X{subscripts(second)}"


def arrays(m: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(m)
    vectors = {name: generator.integers(1, 9, size) / 4 for name, size in zip("cde", SIZES, strict=True)}
    return {**vectors, "X": generator.integers(1, 9, SIZES[:m]) / 8}


@pytest.mark.parametrize(("n", "m"), RANKS)
def test_against_differences(n, m, program_of, central_difference) -> None:
    program = differentiate(program_of(f"{text(n, m, 'sin({0})')}\n{derivative(n, m)}\noutput D, Z"))
    verify(program, "test", strict=True)
    expected = central_difference(program, arrays(m), "Z", "X")
    for made in (program, simplify(program), optimise(program)):
        np.testing.assert_allclose(interpret(made, arrays(m))["D"], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("n", "m"), RANKS)
def test_against_exact_arithmetic(n, m, program_of, exact_derivative) -> None:
    program = differentiate(program_of(f"{text(n, m)}\n{derivative(n, m)}\noutput D, Z"))
    whole = {name: (array * 8).astype(int) for name, array in arrays(m).items()}
    expected = exact_derivative(program, whole, "Z", "X", degree=4)
    for made in (program, simplify(program)):
        np.testing.assert_array_equal(interpret_exact(made, whole)["D"], expected)


MODES = {
    "reverse": lambda engine, z, y, x: engine.reverse(z, [x]),
    "forward": lambda engine, z, y, x: engine.forward(z, x),
    "split": lambda engine, z, y, x: engine.split(z, y, x),
}


@pytest.mark.parametrize(("n", "m"), RANKS)
def test_all_modes_find_the_same(n, m, program_of) -> None:
    program = program_of(text(n, m))
    tensors = {t.name: t for t in (*program.inputs, *(d.tensor for d in program.definitions))}
    values = []
    for mode in MODES.values():
        engine = Engine({d.tensor: d for d in program.definitions}, Ledger(Names.of(program).taken, {}), {})
        found = mode(engine, tensors["Z"], tensors["Y"], tensors["X"])
        indices = tuple(fresh(index) for index in (*found.left, *found.right))
        whole = Tensor("whole", tuple(i.extent for i in indices), "float", "definition", None)
        engine.define(Definition(whole, indices, found.at(indices[:n], indices[n:])))
        made = program.with_definitions(tuple(engine.definitions.values()))
        verify(made, "test", strict=True)
        values.append(interpret(made, arrays(m))["whole"])
    for value in values[1:]:
        np.testing.assert_allclose(value, values[0], rtol=1e-12)
    assert values[0].any()
