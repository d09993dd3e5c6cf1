"""Which definitions are computed together block by block, what is kept for one block alone, and how large a block is."""

import pytest

import einlang
from einlang.plan import Plan, plan_counts, text
from einlang.plan.kernel import ROOM

SOFTMAX = "input x[n, m]\ny[i,j] = softmax[j](x[i,j])"
ATTENTION = """param Q[nb, nh, nq, nd], K[nb, nh, nq, nd], V[nb, nh, nq, nd]
S[b,h,q,k] = Q[b,h,q,D] K[b,h,k,D] if k <= q else -inf
P[b,h,q,k] = softmax[k](S[b,h,q,k])
O[b,h,q,d] = P[b,h,q,K] V[b,h,K,d]
L = sum[B,H,Q,D](O[B,H,Q,D]^2)
"""


def planned(source: str) -> Plan:
    return einlang.compile(source).stages.planned


def together(found: Plan) -> list[list[str]]:
    """The names of the tensors that each strip computes."""
    return [[k.source.tensor.name for k in found.kernels if k.strip is strip] for strip in found.strips]


def test_passes_over_rows_are_made_block_by_block() -> None:
    found = planned(SOFTMAX)
    (names,) = together(found)
    assert names[-1] == "y" and len(names) == len(found.kernels) > 2
    (strip,) = found.strips
    assert strip.total.spell() == "n" and strip.kept == {"y"}


def test_between_passes_one_block_is_kept() -> None:
    program = einlang.compile(SOFTMAX)
    assert program.cost(n=10**6, m=1000).workspace <= 8 * ROOM + 64 * 4
    assert program.cost(n=10**6, m=1000).workspace == program.cost(n=10**5, m=1000).workspace
    assert program.cost(n=10, m=1000).workspace < 8 * 12 * 1000


def test_attention_and_its_gradient_keep_no_score_but_those_of_one_head() -> None:
    program = einlang.compile(ATTENTION)
    sizes = {"nb": 2, "nh": 8, "nq": 512, "nd": 64}
    scores, one = 8 * 2 * 8 * 512 * 512, 8 * 512 * 512
    for derived in (program, program.grad("L")):
        (names,) = together(derived.stages.planned)
        assert {"S", "P", "O"} <= {*names}
        assert derived.cost(sizes).workspace < 5 * one < scores
    assert together(program.grad("L").stages.planned)[0][-3:] == ["dL_dQ", "dL_dK", "dL_dV"]


def test_what_is_read_elsewhere_is_kept_whole() -> None:
    source = "input x[n, m]\na[i,j] = sin(x[i,j])\ns[i] = sum[J](a[i,J])\ny[i,j] = a[i,j] s[i]\nt[j] = a[I,j]\noutput y, t"
    found = planned(source)
    (strip,) = found.strips
    assert strip.kept == {"a", "y"}


NOT: dict[str, str] = {
    "weights that all blocks would lay out again": "input X[n,k], W[k,m], U[m,l]\nY[i,j] = X[i,K] W[K,j]\nZ[i,j] = Y[i,K] U[K,j]",
    "a position that is a number": "input x[n]\ny[i] = i x[i]\nz[i] = y[i] + exp(y[i]) + y[i]^2 i",
    "an axis in another place": "input x[n,n]\ny[i,j] = sin(x[j,i])\nz[i,j] = y[j,i] + y[i,j]",
    "neighbours": "input x[n]\ny[i] = sin(x[i])\nz[i] = y[mod(i + 1, n)] - y[i]",
    "a recurrence": "input x[n]\ny[0] = x[0]\ny[t+1] = sin(y[t]) + x[t]\nz[t] = y[t] + exp(y[t])",
    "one definition": "input x[n]\ny[i] = exp(x[i])",
    "few numbers": "input x[100, 10]\ny[i,j] = softmax[j](x[i,j])",
    "nothing shared": "input x[n], w[n]\ny[i] = exp(x[i])\nz[i] = sin(w[i])",
}


@pytest.mark.parametrize("why", NOT)
def test_no_strip(why: str) -> None:
    assert not planned(NOT[why]).strips


def test_what_always_is_the_same_is_computed_before_the_blocks() -> None:
    source = (
        "input A[nb, n, m], w[m], B[nb, m, l]\ny[b,i,j] = sum[K](A[b,i,K] exp(w[K]) B[b,K,j])\nz[b,i,j] = softmax[j](y[b,i,j])"
    )
    found = planned(source)
    (strip,) = found.strips
    outside = [kernel.source.tensor.name for kernel in found.kernels if kernel.strip is None]
    assert all(kernel.strip is strip for kernel in found.kernels[len(outside) :])


def test_counts_are_those_of_all_positions() -> None:
    found = planned(SOFTMAX)
    assert "strip" not in plan_counts(found).operations.spell()
    cost = einlang.compile(SOFTMAX).cost(n=1000, m=2000)
    assert cost.operations == plan_counts(found).operations.evaluate({"n": 1000, "m": 2000})


def test_the_plan_says_so() -> None:
    assert f"block by block, strip 1 of n positions; strip 1 = max(1, min(n, {ROOM} / (2*m + 2))):" in text(planned(SOFTMAX))
