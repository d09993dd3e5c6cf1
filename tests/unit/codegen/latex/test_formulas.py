"""Formulas as LaTeX: the article's notation, and nothing but commands that KaTeX knows."""

import re

import pytest
from end_to_end.programs import CASES as SECTIONS
from end_to_end.programs import Case as Section
from hypothesis import given, settings
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed, differentiated
from unit.codegen.numpy.test_names import HOSTILE, everywhere

from einlang.calculus import gradient
from einlang.codegen.latex import emit, emit_expression, formula
from einlang.diagnostics import Report
from einlang.optimize import simplify
from einlang.source import Source
from einlang.syntax import nodes
from einlang.syntax.parser import parse
from einlang.tree import walk

WORDS = """
    begin end cdot frac partial left right sum prod max min operatorname operatorname* mathit mathrm text exp log sin cos tan sinh
    cosh tanh arcsin arccos arctan sqrt delta varepsilon sigma pi infty lvert rvert le ge ne land lor lnot qquad epsilon mathbb
    in times leftarrow lfloor rfloor
"""
COMMANDS = {f"\\{word}" for word in (*WORDS.split(), "\\", ",", "_")}
DECLARED = "input A[n, m], B[m, k], Q[n, n], u[n], v[n], w[m], x[n], a, b, x_hat[n], σ[n], w'[n], k0\n"

LINES = {
    "f[i,k] = A[i,J] B[J,k]": r"A_{i,J} \, B_{J,k}",
    "f[i] = A[i,J] w[J] / 2 - x[i]": r"\frac{A_{i,J} \, w_{J}}{2} - x_{i}",
    "f[i] = -x[i] / v[i]": r"-\frac{x_{i}}{v_{i}}",
    "f[i] = a / x[i] · b": r"\frac{a}{x_{i}} \, b",
    "f[i] = (x[i] + a) / (v[i] + b)": r"\frac{x_{i} + a}{v_{i} + b}",
    "f[i] = a (x[i] + v[i])": r"a \, (x_{i} + v_{i})",
    "f = u[I]^2": r"u_{I}^{2}",
    "f = 1[I] u[I]": r"u_{I}",
    "f[j] = 1[I] A[I,j]": r"1_{I} \, A_{I,j}",
    "f = sum[I](exp(u[I])) a": r"\left(\sum_{I} \exp(u_{I})\right) \, a",
    "f = sum[I : 3](u[I] / v[I])": r"\sum_{I < 3} \frac{u_{I}}{v_{I}}",
    "f = max[I](u[I] v[I])": r"\max_{I} u_{I} \, v_{I}",
    "f[i,j] = softmax[j](A[i,j])": r"\operatorname{softmax}_{j}(A_{i,j})",
    "f[i,j] = log_softmax[j](A[i,j])": r"\operatorname{log\_softmax}_{j}(A_{i,j})",
    "f[i] = argmax[J](A[i,J])": r"\operatorname*{arg\,max}_{J} A_{i,J}",
    "f[i,j] = δ[i,j] x[i]": r"\delta_{i,j} \, x_{i}",
    "f[i,j] = Q[i,j] if j <= i else a": r"\begin{cases} Q_{i,j} & \text{if } j \le i \\ a & \text{otherwise} \end{cases}",
    "f[i] = x[i] if x[i] > 0 and not v[i] > 0 else 0": (
        r"\begin{cases} x_{i} & \text{if } x_{i} > 0 \land \lnot(v_{i} > 0) \\ 0 & \text{otherwise} \end{cases}"
    ),
    "f[i,j] = [[a, -b], [b, a]][i,j]": r"\begin{bmatrix} a & -b \\ b & a \end{bmatrix}_{i,j}",
    "f[i] = [a, b][i]": r"\begin{bmatrix} a & b \end{bmatrix}_{i}",
    "f[i] = ∂a/∂x[i]": r"\frac{\partial a}{\partial x_{i}}",
    "f[i,j,p,q] = ∂Q[i,j]/∂A[p,q]": r"\frac{\partial Q_{i,j}}{\partial A_{p,q}}",
    "f[i,j] = ∂²(u[I]^2)/∂u[i]∂u[j]": r"\frac{\partial^{2}}{\partial u_{i} \, \partial u_{j}}(u_{I}^{2})",
    "f[i] = x_hat[i] σ[i] w'[i] k0": r"\mathit{x\_hat}_{i} \, \sigma_{i} \, w'_{i} \, \mathit{k0}",
    "f[i] = w'[i]^2": r"(w'_{i})^{2}",
    "f[i] = x[i] + x[floor(i / 2)]": r"x_{i} + x_{\left\lfloor \frac{i}{2}\right\rfloor}",
    "f[i] = abs(x[i]) + sqrt(x[i]) + sigmoid(x[i])": r"\lvert x_{i} \rvert + \sqrt{x_{i}} + \operatorname{sigmoid}(x_{i})",
    "f[i] = relu(x[i]) + stop(x[i])": r"\operatorname{relu}(x_{i}) + \operatorname{stop}(x_{i})",
    "f[i] = 1e-9 x[i] + 1.5e-7 + 0.5 · (1/3)": r"10^{-9} \, x_{i} + 1.5 \cdot 10^{-7} + \frac{1}{6}",
    "f[i] = pi x[i]": r"\pi \, x_{i}",
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_in_the_articles_style(line: str) -> None:
    program = analysed(DECLARED + line)
    (definition,) = program.definitions
    assert emit_expression(definition.body, program, definition.indices) == LINES[line]


def test_superscripts_of_layers() -> None:
    (file,) = parse(Source("f", "Z{m}[i,j] = X{m-1}[i,K] W{m}[K,j] + b'{m}[j] for m in 1..n"), Report(), lambda name, span: None)
    item = next(node for node in walk(file) if isinstance(node, nodes.Definition))
    assert formula(item.body) == "X^{(m - 1)}_{i,K} \\, W^{(m)}_{K,j} + {b'}^{(m)}_{j}"
    power = nodes.Power(nodes.Reference(item.name, (), item.span), nodes.Number(2, "2", item.span), item.span)  # type: ignore[arg-type]
    assert formula(power) == r"(Z^{(m)})^{2}"


def test_a_program_is_aligned_equations() -> None:
    program = analysed("input c[k], x[b]\nB[i : b, j] = c[j]\nL = B[I,J]^2")
    assert emit(program) == "\\begin{aligned}\nB_{i,j} &= c_{j} \\qquad (i < b) \\\\\nL &= B_{I,J}^{2}\n\\end{aligned}\n"


def test_a_derivative_that_has_a_name_is_written_as_one() -> None:
    program = simplify(gradient(analysed("input X[b, k]\nparam W[k]\nz[i] = X[i,K] W[K]\nL = z[I]^2"), "L", ["W"]))
    assert r"\frac{\partial L}{\partial W_{i}} &= " in emit(program)
    assert "dL" not in emit(program)


def sound(text: str) -> None:
    """Braces and environments match, and every command is known."""
    depth = 0
    for found in re.finditer(r"\\[\\{}]|[{}]", text):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\left(") == text.count(r"\right)")
    assert re.findall(r"\\begin\{(\w+)\}", text).__len__() == len(re.findall(r"\\end\{(\w+)\}", text))
    assert set(re.findall(r"\\(?:operatorname\*|[A-Za-z]+|.)", text)) <= COMMANDS
    assert re.fullmatch(r"[A-Za-z0-9\\{}_^&=.,:;<>|()*' \n+-]*", text)
    assert not re.search(r"\^\{[^{}]*\}\^|\}_\{[^{}]*\}_", text)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_programs_are_sound_latex(section: Section) -> None:
    program = differentiated(section.text)
    for scalar in section.scalars[:1]:
        program = gradient(program, scalar, [tensor.name for tensor in program.inputs if tensor.kind == "float"])
    sound(emit(program))
    sound(emit(simplify(program)))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_letters(name: str) -> None:
    sound(emit(everywhere(name)))


@settings(max_examples=15)
@given(programs())
def test_random_programs_are_sound_latex(sample: Sample) -> None:
    sound(emit(analysed(sample.source)))
