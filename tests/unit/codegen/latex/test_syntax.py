"""LaTeX of whatever can be written, built or not: every node of expressions has its notation."""

import pytest
from golden.test_derive import CASES, SECTION, derivation
from unit.codegen.latex.test_formulas import sound

from einlang.codegen.latex import aligned, formula
from einlang.codegen.notation import lines
from einlang.diagnostics import Report
from einlang.source import Source
from einlang.syntax import expressions, nodes
from einlang.syntax.parser import parse
from einlang.tree import walk

FUNCTIONS = "fn f(x, y)\nfn σ(x)\nfn gate[j](z[j])\n"
WRITTEN = {
    "σ(x)": r"\sigma(x)",
    "σ''(x)": r"\sigma''(x)",
    "f'1(x, y)": r"\partial_{1}f(x, y)",
    "f''1'2(x, y)": r"\partial_{1}\partial_{1}\partial_{2}f(x, y)",
    "gate[j](z[j])": r"\operatorname{gate}_{j}(z_{j})",
    "x[i+k] + x[2 i - 1]": r"x_{i + k} + x_{2 \, i - 1}",
    "E[t[n],j]": r"E_{t_{n},j}",
    "δ[i+k,p] levicivita[i,j,k]": r"\delta_{i + k,p} \, \epsilon_{i,j,k}",
    "1[I] 0[i,j]": r"1_{I} \cdot 0_{i,j}",
    "∂²L/∂w[i]∂w[j]": r"\frac{\partial^{2}L}{\partial w_{i} \, \partial w_{j}}",
    "∂³L/∂w[i]∂w[j]∂w[k]": r"\frac{\partial^{3}L}{\partial w_{i} \, \partial w_{j} \, \partial w_{k}}",
    "∂(∂L/∂w[i])/∂w[j]": r"\frac{\partial}{\partial w_{j}}\left(\frac{\partial L}{\partial w_{i}}\right)",
    "∂(exp(a))/∂w[j]": r"\frac{\partial}{\partial w_{j}} \, \exp(a)",
    "∂L/∂W{m}[i,j]": r"\frac{\partial L}{\partial W^{(m)}_{i,j}}",
    "∂Z{m}[a,b]/∂X{m-1}[i,j]": r"\frac{\partial Z^{(m)}_{a,b}}{\partial X^{(m - 1)}_{i,j}}",
    "(∂L/∂x)^2": r"\left(\frac{\partial L}{\partial x}\right)^{2}",
    "w'{m,p}[i]": r"{w'}^{(m,p)}_{i}",
    "x^-1 + 2^(a + b) + x^y^z": r"x^{-1} + 2^{a + b} + x^{y^{z}}",
    "-x^2 (-y)": r"-x^{2} \, (-y)",
    "a - (b - c)": "a - (b - c)",
    "a / (b / c) / d": r"\frac{\frac{a}{\frac{b}{c}}}{d}",
    "2 · 3 · x": r"2 \cdot 3 \, x",
    "a if p < q and not (p == 1 or q >= 2) else b if p != q else c": (
        r"\begin{cases} a & \text{if } p < q \land \lnot(p = 1 \lor q \ge 2) \\ b & \text{if } p \ne q \\"
        r" c & \text{otherwise} \end{cases}"
    ),
    "sum[I : n - 1, J](x[I] y[J])": r"\sum_{I < n - 1, J} x_{I} \, y_{J}",
    "prod[I](x[I]) max[I](x[I])": r"\left(\prod_{I} x_{I}\right) \, \max_{I} x_{I}",
    "min[I](x[I] + 1) + argmin[I](x[I])": r"\left(\min_{I} (x_{I} + 1)\right) + \operatorname*{arg\,min}_{I} x_{I}",
    "a sum[I](x[I]) - b": r"\left(a \, \sum_{I} x_{I}\right) - b",
    "-sum[I](x[I]) - a sum[I](x[I]) / b + sum[I](x[I])": (
        r"\left(-\sum_{I} x_{I}\right) - \frac{a \, \sum_{I} x_{I}}{b} + \sum_{I} x_{I}"
    ),
    "logsumexp[J](z[J]) - mean[J](z[J])": r"\operatorname{logsumexp}_{J}(z_{J}) - \operatorname{mean}_{J}(z_{J})",
    "cumsum[j](x[j]) logdet[I,J](K[I,J])": r"\operatorname{cumsum}_{j}(x_{j}) \, \operatorname{logdet}_{I,J}(K_{I,J})",
    "sum[I](∂L/∂x[I])": r"\sum_{I} \frac{\partial L}{\partial x_{I}}",
    "[[a, b], [c, d]][i,j]": r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}_{i,j}",
    "[[[a, b], [c, d]], [[e, f0], [g, h]]][i,j,k]": (
        r"\begin{bmatrix} \begin{bmatrix} a & b \end{bmatrix} & \begin{bmatrix} c & d \end{bmatrix} \\"
        r" \begin{bmatrix} e & \mathit{f0} \end{bmatrix} & \begin{bmatrix} g & h \end{bmatrix} \end{bmatrix}_{i,j,k}"
    ),
    "abs(a / b) + expm1(x) + log1p(x) + softplus(x)": (
        r"\left\lvert \frac{a}{b}\right\rvert + (\mathrm{e}^{x} - 1) + \log(1 + x) + \log(1 + \mathrm{e}^{x})"
    ),
    "asin(x) erf(x) pi inf size(X, 0)": (r"\arcsin(x) \, \operatorname{erf}(x) \, \pi \, \infty \, \operatorname{size}_{0}(X)"),
    "where(x > 0, x, -x) + clip(x, 0, 1) + pad(0, x[i])": (
        r"\operatorname{where}(x > 0, x, -x) + \operatorname{clip}(x, 0, 1) + \operatorname{pad}(0, x_{i})"
    ),
    "1.5e-7 x_hat[i] ħ": r"1.5 \cdot 10^{-7} \, \mathit{x\_hat}_{i} \, \mathit{\_u0127}",
}


def body(text: str) -> nodes.Expression:
    report = Report()
    (file,) = parse(Source("f", f"{FUNCTIONS}q[i] = {text}"), report, lambda name, span: None)
    assert not report.diagnostics
    item = file.items[-1]
    assert isinstance(item, nodes.Definition)
    return item.body


@pytest.mark.parametrize("text", WRITTEN)
def test_an_expression_in_the_articles_style(text: str) -> None:
    assert formula(body(text)) == WRITTEN[text]
    sound(WRITTEN[text])


def test_every_node_of_expressions_is_among_them() -> None:
    seen = {type(node).__name__ for text in WRITTEN for node in walk(body(text))}
    made = {name for name, found in vars(expressions).items() if isinstance(found, type) and issubclass(found, expressions.Node)}
    assert seen == made - {"Node", "Expression"}


ITEMS = {
    "input X[b, 2*k], lr\ninput y[b] : int": [
        r"X &\in \mathbb{R}^{b \times (2 \, k)}",
        r"\mathit{lr} &\in \mathbb{R}",
        r"y &\in \mathbb{Z}^{b}",
    ],
    "Z{m}[i] = Y{m}[i] for m in 1..n": [r"Z^{(m)}_{i} &= Y^{(m)}_{i} \qquad (1 \le m \le n)"],
    "solve s[j]: H[i,J] s[J] = g[i]": [r"H_{i,J} \, s_{J} &= g_{i} \qquad (\text{solved for } s_{j})"],
    "w[i] <- w[i] - g[i]": [r"w_{i} &\leftarrow w_{i} - g_{i}"],
    "fn σ(x)": [r"\sigma(x) \qquad (\text{abstract})"],
    "abstract Z[p](Y)": [r"Z_{p} &= Z_{p}(Y)"],
    "check a = b = c": [r"a &= b = c \qquad (\text{claimed})"],
}


@pytest.mark.parametrize("text", ITEMS)
def test_items_are_aligned_lines(text: str) -> None:
    (file,) = parse(Source("f", text), Report(), lambda name, span: None)
    made = aligned([line for item in file.items for line in lines(item)])
    assert made.splitlines()[1:-1] == [f"{line} \\\\" for line in ITEMS[text][:-1]] + ITEMS[text][-1:]
    sound(made)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_derivations_are_sound(case: object) -> None:
    sections = {match["stage"]: match["text"] for match in SECTION.finditer(case.read_text())}  # type: ignore[attr-defined]
    for command in sections["DERIVE"].splitlines():
        found = derivation(sections["IN"], command)
        sound(found.latex())
        sound(found.latex(steps=False))
