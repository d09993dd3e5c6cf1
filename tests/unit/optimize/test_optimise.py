"""What code is made from: the invariants that `passes` promises, on many programs, and what each pass does."""

import numpy as np
import pytest

from einlang.calculus import gradient
from einlang.ir.equality import key
from einlang.ir.indices import free_indices_of_all
from einlang.ir.interpret import interpret
from einlang.ir.measure import EXPENSIVE, operations
from einlang.ir.nodes import Apply, Definition, Index, Reduce
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify
from einlang.optimize.contractions import merge_sums, order_contractions
from einlang.optimize.group import group_factors
from einlang.optimize.hoist import hoist
from einlang.optimize.isolate import isolate_reductions
from einlang.optimize.passes import PASSES
from einlang.optimize.share import share
from einlang.optimize.stabilise import stabilise
from einlang.tree import walk

DECLARED = "input x[n], y[n], A[n, m], B[m, k], C[n, n], T[n, m, k], u[m], t\n"
PROGRAMS = [
    "L = tanh(x[I] A[I,J] u[J]) / size(x, 0)",
    "P[i,j] = softmax[j](A[i,j])\nL = -P[I,J] log_softmax[J](A[I,J]) + P[I,J] u[J]",
    "L = A[I,J] B[J,K] A[M,J] T[M,J,K] x[I]",
    "L = sum[I](logsumexp[J](A[I,J]) x[I]) + max[I,J](A[I,J] u[J]) + prod[I](x[I] + 2)",
    "M[i,k] = A[i,J] B[J,k] + x[i] + exp(A[i,J] u[J])\nL = M[I,K]^2 + M[I,K] T[I,J,K] A[I,J]",
    "v[i] = mean[J]((A[i,J] - mean[K](A[i,K]))^2)\nN[i,j] = (A[i,j] - mean[K](A[i,K])) / sqrt(v[i] + 1)\nL = N[I,J] N[I,J] x[I]",
    "S[i,j] = C[i,j] if j <= i else -inf\nP[i,j] = softmax[j](S[i,j])\nO[i,m] = P[i,J] A[J,m]\nL = O[I,M]^2",
    "L = sum[J](x[I] A[I,J] / sum[I](A[I,J]^2 + 1))",
    "L = sum[I](x[I] if x[I] > 0 else log(2 + x[I]) A[I,J] u[J])",
    "L = sum[I,J](exp(x[I]) A[I,J] sqrt(u[J] + 2)) + t^3 sum[I](exp(x[I]))",
]


def arrays_for(program, lengths=(("n", 4), ("m", 3), ("k", 2))):
    random = np.random.default_rng(3)
    return {t.name: random.uniform(-1, 1, [extent.evaluate(dict(lengths)) for extent in t.shape]) for t in program.inputs}


def derived(source, program_of):
    program = program_of(DECLARED + source)
    return gradient(program, "L", [tensor.name for tensor in program.inputs])


@pytest.mark.parametrize("source", PROGRAMS)
def test_every_pass_keeps_meaning(source, program_of) -> None:
    program = derived(source, program_of)
    arrays = arrays_for(program)
    expected = interpret(program, arrays)
    for apply in PASSES["optimise"]:
        program = apply(program)
        verify(program, apply.__name__, strict=True)
        found = interpret(program, arrays)
        for tensor in program.outputs:
            if tensor.name in expected:
                np.testing.assert_allclose(
                    found[tensor.name], expected[tensor.name], rtol=1e-9, atol=1e-12, err_msg=apply.__name__
                )


@pytest.mark.parametrize("source", PROGRAMS)
def test_promises(source, program_of) -> None:
    program = optimise(derived(source, program_of))
    read = {a.tensor for d in program.definitions for a in walk(d.body) if hasattr(a, "tensor")} | set(program.outputs)
    assert all(definition.tensor in read for definition in program.definitions)
    for definition in program.definitions:
        assert_one_reduction(definition)
    costly = [node for d in program.definitions for node in walk(d.body) if is_costly_map(node)]
    keys = [key(node) for node in costly]
    assert len(set(keys)) == len(keys)


def assert_one_reduction(definition: Definition) -> None:
    reductions = [node for node in walk(definition.body) if isinstance(node, Reduce)]
    assert len(reductions) <= 1
    for reduction in reductions:
        assert reduction.operation != "logsumexp"
        assert set(free_indices_of_all(definition.body)[reduction]) == set(definition.indices)
        parents = [node for node in walk(definition.body) if reduction in node.children]
        assert sum(node.children.count(reduction) for node in parents) == (0 if reduction is definition.body else 1)


def is_costly_map(node) -> bool:
    return isinstance(node, Apply) and EXPENSIVE <= operations(node) < 1000


def test_optimising_twice_changes_nothing(program_of, lines_of) -> None:
    once = optimise(derived(PROGRAMS[0], program_of))
    assert lines_of(optimise(once)) == lines_of(once)


def test_every_pass_is_verified_on_request(program_of, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr("einlang.optimize.passes.verify", lambda program, stage: seen.append(stage))
    simplify(program_of("input x\ny = x"))
    assert seen == []
    monkeypatch.setenv("EINLANG_DEBUG", "1")
    simplify(program_of("input x\ny = x"))
    names = [apply.__name__ for apply in PASSES["simplify"]]
    assert seen == ["before simplify", *names]


def lines(pass_, source, program_of, lines_of):
    return lines_of(pass_(program_of(DECLARED + source)))


def test_logsumexp_is_split(program_of, lines_of) -> None:
    found = lines(
        stabilise, "l[i] = logsumexp[J](A[i,J])\nD[i,j] = A[i,j] - l[i]\nE[i,j] = exp(-l[i] + A[i,j])", program_of, lines_of
    )
    assert found["l_max"] == "max[J : m](A[i,J])"
    assert found["l_shift"] == "l_max[i] if abs(l_max[i]) < inf else 0"
    assert found["l_sum"] == "sum[J : m](exp(A[i,J] - l_shift[i]))"
    assert found["l"] == "l_shift[i] + l_log[i]"
    assert found["D"] == "A[i,j] - l_shift[i] - l_log[i]"
    assert found["E"] == "exp(A[i,j] - l_shift[i]) / l_sum[i]"


@pytest.mark.parametrize(
    "row", [[1e4, 1e4 - 1], [-1e4, -1e4], [0.0, -np.inf], [-np.inf, -np.inf], [np.inf, 1], [np.nan, 1], [1e30, 1], []], ids=str
)
def test_the_split_is_stable_and_exact_at_the_ends(row, program_of) -> None:
    program = program_of("input z[n]\nl = logsumexp[I](z[I])\np[i] = softmax[i](z[i])\nq[i] = log_softmax[i](z[i])")
    for dtype in ("float32", "float64"):
        arrays = {"z": np.array(row, dtype)}
        expected, found = interpret(program, arrays, dtype), interpret(optimise(program), arrays, dtype)
        tolerance = 1e-6 if dtype == "float32" else 1e-12
        np.testing.assert_allclose(found["l"], expected["l"], rtol=tolerance)
        np.testing.assert_allclose(found["q"], interpret(program, arrays)["q"], rtol=2e-6 if dtype == "float32" else 1e-11)
        np.testing.assert_allclose(found["p"], interpret(program, arrays)["p"], rtol=2e-6 if dtype == "float32" else 1e-11)


CONTRACTIONS = [
    ("L = x[I] A[I,J] u[J]", {"L_sum": "sum[J : m](A[i,J] u[J])", "L": "sum[I : n](x[I] L_sum[I])"}),
    ("M[i,k] = x[i] A[i,J] B[J,k]", {"M": "x[i] sum[J : m](A[i,J] B[J,k])"}),
    ("M[i,k] = A[i,J] B[J,k] / t", {"M": "sum[J : m](A[i,J] B[J,k]) / t"}),
    ("M[i,k] = A[i,J] u[J] B[J,k]", {"M_part": "u[j] B[j,k]", "M": "sum[J : m](A[i,J] M_part[J,k])"}),
    ("s[i] = A[i,J] B[J,K]", {"s_sum": "sum[K : k](B[j,K])", "s": "sum[J : m](A[i,J] s_sum[J])"}),
    ("s = sum[I,J](A[I,J])", {"s": "sum[I : n, J : m](A[I,J])"}),
    ("s = x[I] A[I,J] A[I,J] / y[I]", {"s": "sum[I : n, J : m](x[I] A[I,J]^2 / y[I])"}),
    ("M[i,k] = sum[J](A[i,J] B[J,k] + T[i,J,k])", {"M": "sum[J : m](A[i,J] B[J,k]) + sum[J1 : m](T[i,J1,k])"}),
    ("s[i] = sum[J](A[i,J] - x[i])", {"s": "sum[J : m](A[i,J] - x[i])"}),
    ("s = δ[I,J] C[I,J] x[I]", {"s": "sum[J : n](C[J,J] x[J])"}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CONTRACTIONS, ids=[row[0] for row in CONTRACTIONS])
def test_order_of_a_contraction(source, expected, program_of, lines_of) -> None:
    assert lines(lambda program: order_contractions(simplify(program)), source, program_of, lines_of) == expected


def test_small_fixed_sizes_are_not_worth_a_definition(program_of, lines_of) -> None:
    program = program_of("input x[3], A[3, 3], y[3]\nL = x[I] A[I,J] y[J]")
    assert list(lines_of(order_contractions(program))) == ["L"]


def test_sums_of_products_of_sums_are_one_sum(program_of, lines_of) -> None:
    source = "L = sum[I](x[I] sum[J](A[I,J] u[J]))\nK = sum[I](x[I] sum[J](u[J]))"
    found = lines(merge_sums, source, program_of, lines_of)
    assert found["L"] == "sum[I : n, J : m](x[I] A[I,J] u[J])"
    assert found["K"] == "sum[I : n](x[I] sum[J : m](u[J]))"


def test_a_reduction_that_would_be_repeated_is_named(program_of, lines_of) -> None:
    source = "M[i,j] = A[i,j] / sum[J](A[i,J])\nN[i] = tanh(sum[J](A[i,J])) + x[i]\nR[i] = sum[J](A[i,J]) + max[J](A[i,J])"
    found = lines(isolate_reductions, source, program_of, lines_of)
    assert found["M"] == "A[i,j] / M_sum[i]"
    assert found["N"] == "tanh(sum[J : m](A[i,J])) + x[i]"
    assert found["R"] == "sum[J : m](A[i,J]) + R_max[i]"


def test_nested_reductions_come_apart(program_of, lines_of) -> None:
    found = lines(isolate_reductions, "L = max[I](x[I] sum[J](tanh(A[I,J] prod[K](B[J,K]))))", program_of, lines_of)
    assert list(found) == ["L_prod", "L_sum", "L"]


def test_what_is_costly_and_the_same_is_hoisted(program_of, lines_of) -> None:
    source = "M[i,k] = sum[J](exp(A[i,J]) B[J,k])\nN[i,j] = A[i,j] sqrt(x[i])\nR[i] = x[i] sqrt(2)"
    found = lines(hoist, source, program_of, lines_of)
    assert found["M_exp"] == "exp(A[i,j])"
    assert found["M"] == "sum[J : m](M_exp[i,J] B[J,k])"
    assert found["N"] == "A[i,j] N_sqrt[i]"
    assert found["R"] == "x[i] sqrt(2)"


def test_derived_quotients_are_grouped_by_the_indices_they_carry(program_of, lines_of) -> None:
    source = "P[i,j] = A[i,j] x[i] / y[i]\nL = P[I,J]^3 / x[I]"
    found = lines_of(group_factors(simplify(gradient(program_of(DECLARED + source), "L", ["A", "y"]))))
    assert found["P"] == "A[i,j] x[i] / y[i]"
    assert found["dL_dA"] == "3 (1 / y[i]) P[i,j]^2"
    assert found["dL_dy"] == "-3 sum[B : m](P[i,B]^3) / (x[i] y[i])"


def test_common_subexpressions_across_definitions(program_of, lines_of) -> None:
    source = [
        "P[i,j] = 1 + exp(C[i,j] / 2)",
        "Q[j,i] = 2 + exp(C[j,i] / 2)",
        "R[i] = x[i] (1 + tanh(x[i])) + tanh(x[i])",
        "S[i] = 3 + x[i] (1 + tanh(x[i]))",
        "V[i,j] = C[i,j] + C[j,i] + 1",
        "W[i,j] = C[i,j] + C[j,i] + 1",
    ]
    found = lines(share, "\n".join(source), program_of, lines_of)
    assert found["P"] == "1 + P_exp[i,j]"
    assert found["Q"] == "2 + P_exp[j,i]"
    assert found["S"] == "3 + R_part[i]"
    assert [right for right in found.values() if "tanh(" in right] == ["tanh(x[i])"]
    assert found["W"] == "C[i,j] + C[j,i] + 1"


def test_indices_of_intermediate_results_follow_what_they_are_made_of(program_of) -> None:
    """The result of a pair is laid out as its operands are, so that it is written and read along unit strides."""
    program = order_contractions(program_of("input A[a, b], B[b, c], D[a, c], v[c]\ns[k] = A[I,J] B[J,k] D[I,k] v[k]"))
    names = [index.name for index in program.definitions[0].indices if isinstance(index, Index)]
    assert names == ["i", "k"]
