"""What simplification does to programs: names put back, names reused, names of the user's kept."""

import numpy as np
import pytest

from einlang.calculus import gradient
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Delta, Index
from einlang.optimize import simplify
from einlang.optimize.adopt import adopt
from einlang.optimize.dead_code import dead_code, drop_checks
from einlang.optimize.inline import inline
from einlang.optimize.reuse import reuse
from einlang.tree import walk


def test_what_is_used_once_goes_back(program_of, lines_of) -> None:
    """The sum inside of tanh is named for its derivative, which then needs the value of tanh alone."""
    source = "input X[b, k]\nparam W[k, m]\nH[i,j] = tanh(X[i,K] W[K,j])\nL = H[I,J]^2"
    assert "H_sum" in lines_of(gradient(program_of(source), "L", ["W"]))
    assert lines_of(simplify(gradient(program_of(source), "L", ["W"])))["H"] == lines_of(program_of(source))["H"]


def test_names_of_the_users_stay(program_of, lines_of) -> None:
    source = "input x[n]\ny[i] = 2 x[i]\nz[i] = y[i]\nL = z[I]"
    assert list(lines_of(simplify(program_of(source)))) == ["y", "z", "L"]


def test_what_nothing_needs_goes(program_of, lines_of) -> None:
    source = "input x[n]\ny[i] = 2 x[i]\nz[i] = y[i]\nL = x[I]\noutput L"
    assert list(lines_of(dead_code(program_of(source)))) == ["L"]


def test_a_name_of_the_users_takes_the_place_of_a_copy(program_of, lines_of) -> None:
    source = """
    input x[n]
    param W[n, m]
    y[j] = tanh(x[I] W[I,j])
    L = y[J]^2
    G[i,j] = ∂L/∂W[i,j]
    V[j,i] = W[i,j] - ∂L/∂W[i,j]
    output L, G, V
    """
    found = lines_of(simplify(program_of(source)))
    assert "dL_dW" not in found
    assert found["V"] == "W[i,j] - G[i,j]"


def test_axes_may_be_in_another_order(program_of, lines_of) -> None:
    source = "input x[n]\nparam W[n, m]\nL = tanh(x[I] W[I,J] 1[J])\nT[j,i] = ∂L/∂W[i,j]\nS[i,j] = 2 ∂L/∂W[i,j]\noutput T, S"
    program = simplify(program_of(source))
    assert "T[j,i]" in lines_of(program)["S"]
    arrays = {"x": np.array([1.0, 2.0]), "W": np.array([[0.1, 0.2, 0.3], [0.0, -0.1, 0.2]])}
    found = interpret(program, arrays)
    np.testing.assert_array_equal(found["S"], 2 * found["T"].T)


def test_what_is_defined_is_read(program_of, lines_of) -> None:
    """Whatever the indices are called; but not where axes are another way round."""
    source = """
    input A[n, n]
    E[i,j] = exp(A[i,j] / 2)
    F[k,l] = 1 + exp(A[k,l] / 2)
    G[k,l] = 2 + exp(A[l,k] / 2)
    D[i] = exp(A[i,i] / 2)
    s = sum[K,L](exp(A[L,K] / 2))
    """
    found = lines_of(reuse(program_of(source)))
    assert found["F"] == "1 + E[k,l]"
    assert found["G"] == "2 + E[l,k]"
    assert found["D"] == "exp(A[i,i] / 2)"
    assert found["s"] == "sum[K : n, L : n](E[L,K])"


def test_what_is_stored_as_a_float_is_no_position(program_of, lines_of) -> None:
    """A position is stored as a float by its definition; where it is computed again it stays a whole number."""
    source = "input x[n]\nc[i] = x[i] - x[i] + i\nd[i : n] = i i i i i\ny[i] = x[i] + (i i i i i)"
    assert "d[" not in lines_of(reuse(program_of(source)))["y"]


def test_nothing_is_repeated_inside_a_sum(program_of, lines_of) -> None:
    """dL_dZ stands in a contraction, where another index ranges: it stays a definition though it is used once."""
    source = "input X[b, k]\nparam W[k, m]\nH[i,j] = tanh(X[i,K] W[K,j])\nL = H[I,J]^2"
    found = lines_of(simplify(gradient(program_of(source), "L", ["W"])))
    assert "sum" not in found["dL_dH_sum"] and "tanh" not in found["dL_dH_sum"]
    assert found["dL_dW"] == "sum[A : b](X[A,i] dL_dH_sum[A,j])"


def test_inlining_does_not_double(program_of) -> None:
    """Cheap definitions go into cheap ones only as long as what comes out is cheap."""
    lines = [f"x{m}[i] = x{m - 1}[i] x{m - 1}[i] + 1" for m in range(1, 30)]
    program = gradient(program_of("\n".join(["input x0[n]", *lines, "L = x29[I]"])), "L", ["x0"])
    assert len(inline(program).definitions) > 30


@pytest.mark.parametrize("kept", [["L"], ["y"], ["L", "y"]])
def test_outputs_stay(kept, program_of) -> None:
    source = f"input x[n]\ny[i] = 2 x[i]\nL = y[I]\noutput {', '.join(kept)}"
    program = simplify(program_of(source))
    assert [tensor.name for tensor in program.outputs] == kept
    assert {tensor.name for tensor in program.outputs} <= {d.tensor.name for d in program.definitions}


def test_claims_are_dropped_before_code_is_made(program_of) -> None:
    assert drop_checks(program_of("input x\ny = x")).checks == ()
    assert adopt(program_of("input x\ny = x")).definitions


def test_what_holds_a_derivative_is_known_to_the_end(program_of) -> None:
    made = simplify(program_of("input x[n]\nL = sum[I](exp(sin(x[I])))\ng[i] = 2 ∂L/∂x[i]\nh[i] = exp(∂L/∂x[i])\noutput g, h"))
    known = {t.name: (of.numerator.name, [by.name for by in of.by]) for t, of in made.derivatives.items()}
    assert known == {"dL_dx": ("L", ["x"])}


def test_a_name_of_the_users_is_no_derivative(program_of) -> None:
    program = program_of("input x[n]\nL = x[I]^2\ng[i] = ∂L/∂x[i]")
    assert [tensor.name for tensor in program.derivatives] == ["dL_dx"]
    assert not adopt(program).derivatives


def test_a_sum_by_position_is_not_written_where_it_is_read_by_position(program_of) -> None:
    """The adjoint of a softmax over the edges of a node is added up at the node once, not for each edge again."""
    softmax = "input s[e], g[e], dst[e] : int, c[n]\nt[v : n] = c[v] + exp(s[E]) δ[v, dst[E]]\np[e] = exp(s[e]) / t[dst[e]]"
    made = simplify(program_of(f"{softmax}\nL = g[E] p[E]\nG[e] = ∂L/∂s[e]\noutput G"))
    deltas = [node for definition in made.definitions for node in walk(definition.body) if isinstance(node, Delta)]
    assert len(deltas) == 2 and all(Index in (type(delta.left), type(delta.right)) for delta in deltas)
