"""Which form a definition gets, what is fused, merged and isolated, and where things are kept."""

import numpy as np
import pytest

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.errors import InternalError
from einlang.ir.build import access, add, number, select, total
from einlang.ir.extent import sized
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Definition, Index, Reduce, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.plan import Plan, plan, plan_counts, text, workspace
from einlang.plan.counts import kernel_counts
from einlang.plan.guards import guards
from einlang.plan.isolate import isolate, reductions
from einlang.plan.kernel import Bundled, Chunks, Contraction, Lanes, Map, Place, Search, Tiles
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse
from einlang.tree import Node, walk


def read(source: str) -> Program:
    report = Report()
    program = analyse(parse(Source("case.ein", source), report, lambda path, span: None), report, name="case")
    assert program is not None, report.diagnostics
    return differentiate(program)


def planned(source: str) -> Plan:
    return plan(read(source))


FORMS = [
    ("input X[b,k], W[k,n]\nZ[i,j] = X[i,K] W[K,j]", Contraction),
    ("input X[b,k], W[n,k], e[b]\nZ[i,j] = exp(X[i,K]) W[j,K]", Contraction),
    ("input X[b,k], x[k]\nz[i] = X[i,K] x[K]", Contraction),
    ("input X[b,k], y[b]\nz[j] = X[I,j] y[I]", Contraction),
    ("input X[b,k,m], y[b,k]\nz[i,j] = X[i,K,j] y[i,K]", Contraction),
    ("input X[b,k,2], x[k]\nz[i] = X[i,K,0] x[K]", Lanes),
    ("input X[b,k], Y[b,k], x[k]\nz[i] = X[i,K] Y[i,K] x[K]", Chunks),
    ("input X[b,3], x[3]\nz[i] = X[i,K] x[K]", Lanes),
    ("input X[b,k], m[b]\nz[i] = sum[J](exp(X[i,J] - m[i]))", Chunks),
    ("input X[b,k]\nz[j] = max[I](X[I,j])", Lanes),
    ("input X[b,k]\nz = X[I,J]", Chunks),
    ("input X[b,3]\nz[i] = X[i,J]", Lanes),
    ("input X[b,k]\nz[i] = argmin[J](X[i,J])", Search),
    ("input u[m], v[n]\nZ[i,j] = u[i] v[j]", Map),
    ("input X[m,n]\nY[j,i] = X[i,j]", Tiles),
    ("input X[m,n]\nY[i,j] = X[i,0] X[0,j]", Map),
    ("input X[m,n,k]\nY[n,k,m] = X[m,n,k]", Tiles),
    ("input X[b,k], Y[n,k]\nD[i,j] = sum[K]((X[i,K] - Y[j,K])^2)", Chunks),
    ("input X[b,k], W[k,n], M[b,k,n]\nZ[i,j] = sum[K](X[i,K] W[K,j] M[i,K,j])", Lanes),
]


@pytest.mark.parametrize(("source", "form"), FORMS)
def test_forms(source: str, form: type) -> None:
    assert isinstance(planned(source).kernels[-1].form, form)


BUNDLES = [
    ("input A[m,b,k], B[k,n]\nC[i,e,j] = A[i,e,K] B[K,j]", 1, "", "ie", "j", "K"),
    ("input A[b,m,k], B[b,k,n]\nC[e,i,j] = A[e,i,K] B[e,K,j]", 1, "e", "i", "j", "K"),
    ("input A[m,k,b], B[k,b,n]\nC[i,j] = A[i,K,E] B[K,E,j]", 1, "", "i", "j", "KE"),
    ("input A[m,k], s[k], B[k,n]\nC[i,j] = A[i,K] s[K] B[K,j]", 2, "", "i", "j", "K"),
]


@pytest.mark.parametrize(("source", "kernels", "loops", "rows", "columns", "summed"), BUNDLES)
def test_bundles_of_contractions(source: str, kernels: int, loops: str, rows: str, columns: str, summed: str) -> None:
    made = planned(source)
    form = made.kernels[-1].form
    assert isinstance(form, Contraction)
    assert len(made.kernels) == kernels
    names = ["".join(i.name for i in form.loops), form.rows.name, form.columns.name, form.summed.name]
    assert names == [loops, rows, columns, summed]


SPREAD = [
    ("input A[m,k], B[n,k,b]\nC[i,j,e] = A[i,K] B[j,K,e]", "", "i", "je", "K"),
    ("input A[k,b,m,n], B[c,k]\nC[i,e,p,j] = A[K,e,i,j] B[p,K]", "", "p", "iej", "K"),
    ("input A[a,k,b,d], B[c,k]\nC[d,c,b,a] = A[a,K,b,d] B[c,K]", "", "c", "bda", "K"),
    ("input A[d,a,c], B[b,c,d]\nC[b,a] = A[D,a,E] B[b,E,D]", "", "b", "a", "DE"),
    ("input A[c,b,e,k], B[a,k,f,d]\nC[f,e,d,c,b,a] = B[a,K,f,d] A[c,b,e,K]", "", "cbe", "fda", "K"),
    ("input A[z,k,m,l], B[l,n,k,z]\nC[z,j,i] = A[z,K,i,L] B[L,j,K,z]", "z", "j", "i", "KL"),
    ("input A[n,n,k], B[k,m]\nC[i,j] = A[i,i,K] B[K,j]", "", "i", "j", "K"),
    ("input x[n], W[3,c]\nC[i,j] = x[i + K] W[K,j]", "", "i", "j", "K"),
]


@pytest.mark.parametrize(("source", "loops", "rows", "columns", "summed"), SPREAD)
def test_operands_that_are_not_merged_are_read_where_they_lie(
    source: str, loops: str, rows: str, columns: str, summed: str
) -> None:
    (kernel,) = planned(source).kernels
    assert isinstance(kernel.form, Bundled)
    runs = (kernel.form.loops, kernel.form.rows, kernel.form.columns, kernel.form.summed)
    assert tuple("".join(i.name for i in run) for run in runs) == (loops, rows, columns, summed)


def test_an_activation_becomes_the_epilogue_of_the_product_before_it() -> None:
    made = planned("input X[b,k], W[k,n], c[n]\nZ[i,j] = X[i,K] W[K,j] + c[j]\nH[i,j] = tanh(Z[i,j])\noutput H")
    (kernel,) = made.kernels
    assert isinstance(kernel.form, Contraction) and kernel.form.fused and not made.slots


def test_what_is_an_output_or_read_twice_is_kept() -> None:
    source = "input X[b,k], W[k,n]\nZ[i,j] = X[i,K] W[K,j]\nH[i,j] = tanh(Z[i,j])\noutput H, Z"
    assert len(planned(source).kernels) == 2
    twice = "input X[b,k], W[k,n]\nZ[i,j] = X[i,K] W[K,j]\nH[i,j] = tanh(Z[i,j])\nL = Z[I,J]\noutput H, L"
    assert len(planned(twice).kernels) == 3


def test_neighbouring_loops_merge_where_all_accesses_allow_it() -> None:
    names = [[i.name for i in kernel.form.loops] for kernel in planned(
        "input X[a,b,c], v[c]\nP[i,j,k] = exp(X[i,j,k])\nQ[i,j,k] = X[i,j,k] v[k]\nR[i,j,k] = X[i,j,k] j\noutput P, Q, R"
    ).kernels]  # fmt: skip
    assert names == [["ijk"], ["ij", "k"], ["i", "j", "k"]]


SYMMETRIC = [
    ("H[i,j] = A[i,j] + A[j,i]", True),
    ("H[i,j] = A[i,j] - A[j,i]", False),
    ("H[i,j] = A[i,j] A[j,i] + v[i] v[j]", True),
    ("H[i,j] = A[i,j] + A[j,i] + v[i]", False),
    ("H[i,j] = exp(-(v[i] - v[j])^2)", True),
]


@pytest.mark.parametrize(("line", "symmetric"), SYMMETRIC)
def test_maps_that_exchanging_rows_and_columns_does_not_change(line: str, symmetric: bool) -> None:
    (kernel,) = planned(f"input A[n,n], v[n]\n{line}").kernels
    assert isinstance(kernel.form, Tiles) and kernel.form.symmetric == symmetric


def test_a_symmetric_map_that_is_as_cheap_as_a_copy_is_no_triangle() -> None:
    (kernel,) = planned("input v[n]\nH[i,j] = v[i] v[j]").kernels
    assert isinstance(kernel.form, Map)


def test_reductions_that_do_not_depend_on_everything_are_isolated() -> None:
    program = read("input A[m,n]\nP[i,j] = exp(A[i,j]) / sum[J](exp(A[i,J])) + max[I,J](A[I,J])")
    isolated = isolate(program).program
    verify(isolated, "isolate")
    assert [len(reductions(d.body)) for d in isolated.definitions] == [1, 1, 0]
    data = {"A": np.arange(6.0).reshape(2, 3) / 6}
    np.testing.assert_allclose(interpret(isolated, data)["P"], interpret(program, data)["P"])


def test_a_reduction_that_a_branch_guards_takes_the_guard_along() -> None:
    m = sized("m")
    u = Tensor("u", (m,), "float", "input", None)
    i, k = Index("i", m), Index("k", m)
    unsafe = total([k], access(u, [add(i, k)]))
    body = select(apply(">", i, number(5)), add(unsafe, unsafe), number(0))
    definition = Definition(Tensor("v", (m,), "float", "definition", None), (i,), body)
    (isolated,) = isolate(Program("case", (u,), (definition,), (definition.tensor,))).program.definitions
    (reduction,) = reductions(isolated.body)
    assert guards(isolated.body)[reduction.body.children[1]] is not None


def test_logsumexp_is_a_defect_here() -> None:
    m = sized("m")
    u = Tensor("u", (m,), "float", "input", None)
    k = Index("k", m)
    definition = Definition(Tensor("v", (), "float", "definition", None), (), Reduce("logsumexp", (k,), access(u, [k])))
    with pytest.raises(InternalError, match="logsumexp"):
        plan(Program("case", (u,), (definition,), (definition.tensor,)))


def test_rooms_of_the_workspace_are_used_again() -> None:
    lines = ["input X0[b,k]", *(f"X{n + 1}[i,j] = X{n}[i,j] + X{n}[J,j] X{n}[i,j]" for n in range(6)), "output X6"]
    made = planned("\n".join(lines))
    whole = [slot for slot in made.slots if any(len(extent.terms[0][0]) == 2 for extent, _ in slot.contents)]
    assert len(whole) == 2
    assert workspace(made, {"b": 10, "k": 100}, 4) <= 3 * 4 * 10 * 100 + 256


def test_no_room_is_read_after_it_has_been_given_away() -> None:
    lines = ["input X0[b,k]", *(f"X{n + 1}[i,j] = X{max(0, n - 2)}[i,j] + X{n}[J,j]" for n in range(8)), "output X8"]
    made = planned("\n".join(lines))
    holds: dict[Place, str] = {}
    for kernel in made.kernels:
        for node_tensor in {a.tensor.name for body in [kernel.source.body] for a in _accesses(body)} - {"X0"}:
            assert holds[made.places[node_tensor]] == node_tensor
        holds[made.places[kernel.source.tensor.name]] = kernel.source.tensor.name


def _accesses(body: Node) -> list[Access]:
    return [node for node in walk(body) if isinstance(node, Access)]


def test_counts_are_polynomials() -> None:
    counts = plan_counts(planned("input X[b,k], W[k,n], c[n]\nZ[i,j] = X[i,K] W[K,j] + c[j]"))
    assert counts.operations.spell() == "2*b*k*n + b*n"
    assert counts.bytes(4).spell() == "4*b*k + 4*b*n + 4*k*n + 4*n"


def test_negative_extents_are_named_and_clamped() -> None:
    valid = sized("m") - 2
    u = Tensor("u", (sized("m"),), "float", "input", None)
    i = Index("i", valid)
    definition = Definition(Tensor("v", (valid,), "float", "definition", None), (i,), access(u, [add(i, number(1))]))
    made = plan(Program("case", (u,), (definition,), (definition.tensor,)))
    assert [found.bounds for found in made.computed] == [((valid, 1),)]
    assert "size extent 1 = max(0, m - 2)" in text(made)


def test_a_sum_by_position_is_one_pass_over_what_is_summed() -> None:
    made = planned("input m[e,k], dst[e] : int\ny[v : 1000, i] = m[E,i] δ[v, dst[E]]")
    assert [type(kernel.form).__name__ for kernel in made.kernels] == ["Scatter"]
    assert plan_counts(made).operations.spell() == "e*k"
    assert "scatter along v, over E, i; a sum by position" in text(made)


def test_what_surrounds_a_sum_by_position_is_a_pass_of_its_own() -> None:
    made = planned("input m[e], dst[e] : int\ny[v : 1000] = exp(m[E] δ[v, dst[E]]) + 1")
    assert [type(kernel.form).__name__ for kernel in made.kernels] == ["Scatter", "Map"]


SYMMETRIC = {
    "Z[i,j] = X[K,i] X[K,j]": True,
    "Z[i,j] = X[K,i] s[K] X[K,j] / size(X, 0) + δ[i,j]": True,
    "Z[i,j] = exp(-sum[K](X[K,i] X[K,j]))": True,
    "Z[i,j] = X[K,i] X[K,j] + x[i]": False,
    "Z[i,j] = X[K,i] Y[K,j]": False,
}


@pytest.mark.parametrize(("definition", "symmetric"), SYMMETRIC.items())
def test_symmetric_results_take_half_the_work(definition: str, symmetric: bool) -> None:
    kernel = planned(f"input X[m, n], Y[m, n], s[m], x[n]\n{definition}").kernels[-1]
    assert isinstance(kernel.form, Contraction) and kernel.form.symmetric == symmetric
    counted = kernel_counts(kernel).operations.evaluate({"m": 1000, "n": 10}) / (1000 * 10 * 10)
    assert round(counted) == (1 if symmetric else 2)
