"""What the loop tree holds: hoisted and shared values, guards kept, kernels shared, no free index."""

import re

from einlang.calculus import differentiate
from einlang.diagnostics import Report
from einlang.ir.build import access, add, mul, number, select, total
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Index, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.loops import lower, text
from einlang.plan import plan
from einlang.sema import analyse
from einlang.source import Source
from einlang.syntax.parser import parse

M = sized("m")
U = Tensor("u", (M,), "float", "input", None)


def loops(source: str) -> str:
    report = Report()
    program = analyse(parse(Source("case.ein", source), report, lambda path, span: None), report, name="case")
    assert program is not None, report.diagnostics
    return text(lower(plan(differentiate(program))))


def of(*definitions: Definition) -> str:
    return text(lower(plan(Program("case", (U,), definitions, tuple(d.tensor for d in definitions)))))


def defined(name: str, indices: tuple[Index, ...], body) -> Definition:
    return Definition(Tensor(name, tuple(index.extent for index in indices), "float", "definition", None), indices, body)


def test_what_an_inner_loop_does_not_change_is_computed_outside_it() -> None:
    made = loops("input u[m], v[n]\nC[i,j] = exp(u[i]) + exp(v[j])")
    outer, inner = made.index("for i"), made.index("for j")
    assert outer < made.index("ein_exp(u[i])") < inner < made.index("ein_exp(v[j])")


def test_what_is_used_twice_is_computed_once() -> None:
    made = loops("input u[m]\nw[i] = exp(u[i]) / (1 + exp(u[i]))")
    assert made.count("ein_exp") == 1


def test_a_choice_by_position_is_a_loop_for_each_branch() -> None:
    i, j = Index("i", M), Index("j", M)
    before = access(U, [add(j, number(-1))])
    inside = apply("and", apply(">", j, number(0)), apply("<=", j, i))
    made = of(defined("v", (i, j), select(inside, apply("exp", before), number(7))))
    assert "let j_low : int = ein_min(ein_max(" in made and "let j_high : int = ein_max(j_low, " in made
    assert made.count("for j from") == 3 and made.count("] = 7") == 2 and "?" not in made


def test_a_guarded_access_stays_behind_its_guard() -> None:
    i, k = Index("i", M), Index("k", M)
    before = access(U, [add(i, number(-1))])
    asked = apply("and", apply(">", i, number(0)), apply(">", access(U, [i]), number(0)))
    made = of(defined("v", (i,), select(asked, mul(apply("exp", before), apply("exp", before)), number(0))))
    assert re.search(r"\(i > 0\) && .* \? .*u\[\(i - 1\)\].* : 0", made) and "let" not in made
    last = access(U, [k])
    summed = defined("s", (), total([k], mul(apply("exp", last), apply("exp", last))))
    assert "let v" in of(summed)


def test_kernels_alike_but_for_names_are_one() -> None:
    made = loops("input a[m], b[n], C[k,l]\nx[i] = exp(a[i])\ny[i] = exp(b[i])\nz[i,j] = exp(C[i,j])\nw[j,i] = exp(C[i,j])")
    assert len(re.findall(r"^kernel \d+\(.*fills", made, flags=re.MULTILINE)) == 2
    assert len(re.findall(r"^kernel \d+\([^)]*\), .* ps$", made, flags=re.MULTILINE)) == 4


def test_kernels_that_differ_in_a_number_or_an_operator_are_not_one() -> None:
    made = loops("input a[m]\nx[i] = exp(a[i]) + 1\ny[i] = exp(a[i]) + 2\nz[i] = tanh(a[i]) + 1\nv[i] = a[i] + exp(a[i])")
    assert len(re.findall(r"fills", made)) == 4


def test_a_product_of_a_delta_is_a_choice() -> None:
    made = loops("input A[m,m]\nB[i,j] = δ[i,j] A[i,j]")
    assert "((i == j) ? A[i, j] : 0)" in made


def test_what_a_sum_by_position_reads_there_is_read_where_it_is_known_to_be_in_bounds() -> None:
    made = loops("input x[n], m[e], dst[e] : int\ny[v] = sum[E](exp(sin(x[v] * m[E])) * sin(x[v] * m[E]) * δ[v, dst[E]])")
    _, kernel = made.split("kernel 1", 1)
    assert kernel.count("ein_sin(") == 1 and kernel.index("if ") < kernel.index("ein_sin(")
