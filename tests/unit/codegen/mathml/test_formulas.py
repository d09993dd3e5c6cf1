"""Formulas as MathML: well-formed, elements of MathML Core alone, and the article's notation."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from golden.test_derive import CASES, SECTION, derivation
from hypothesis import given, settings
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed
from unit.codegen.latex.test_formulas import LINES

from einlang.codegen.mathml import escaped, inline, math, row
from einlang.codegen.notation import equations, lines
from einlang.codegen.notation.derivation import steps
from einlang.diagnostics import Report
from einlang.source import Source
from einlang.syntax import nodes
from einlang.syntax.parser import parse
from einlang.tree import walk

CORE = set("math mrow mi mo mn mtext mspace msub msup msubsup munder mfrac msqrt mtable mtr mtd mphantom".split())  # noqa: SIM905
CHILDREN = {"msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mfrac": 2, "msqrt": 1}
SPELLED = {
    "f[i,k] = A[i,J] B[J,k]": (
        "<mrow><msub><mi>A</mi><mrow><mi>i</mi><mo>,</mo><mi>J</mi></mrow></msub>"
        '<mo rspace="0.17em">\u2062</mo><msub><mi>B</mi><mrow><mi>J</mi><mo>,</mo><mi>k</mi></mrow></msub></mrow>'
    ),
    "f[i] = x[i]^2 / a": ("<mfrac><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup><mi>a</mi></mfrac>"),
    "f[i] = exp(x[i])": (
        '<mrow><mi>exp</mi><mo>\u2061</mo><mrow><mo form="prefix" stretchy="false">(</mo><msub><mi>x</mi><mi>i</mi></msub>'
        '<mo form="postfix" stretchy="false">)</mo></mrow></mrow>'
    ),
    "f[i] = w'[i] x_hat[i]": (
        '<mrow><msubsup><mi>w</mi><mi>i</mi><mo>′</mo></msubsup><mo rspace="0.17em">\u2062</mo>'
        '<msub><mi class="word">x_hat</mi><mi>i</mi></msub></mrow>'
    ),
    "f[i] = ∂a/∂x[i]": (
        "<mfrac><mrow><mo>∂</mo><mi>a</mi></mrow><mrow><mo>∂</mo><msub><mi>x</mi><mi>i</mi></msub></mrow></mfrac>"
    ),
    "f = sum[I : 3](u[I])": (
        '<mrow><munder><mo movablelimits="false">∑</mo><mrow><mi>I</mi><mo>&lt;</mo><mn>3</mn></mrow></munder>'
        "<msub><mi>u</mi><mi>I</mi></msub></mrow>"
    ),
    "f[i] = -x[i]": '<mrow><mo form="prefix">−</mo><msub><mi>x</mi><mi>i</mi></msub></mrow>',
}


def read(text: str) -> nodes.File:
    (file,) = parse(Source("f", text), Report(), lambda name, span: None)
    return file


def sound(markup: str) -> ElementTree.Element:
    """The element, of which every part is of MathML Core and has as many children as it must."""
    root = ElementTree.fromstring(markup)
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        assert name in CORE
        assert CHILDREN.get(name, len(element)) == len(element)
        assert not (element.text or "").strip() or name in ("mi", "mo", "mn", "mtext")
    return root


@pytest.mark.parametrize("line", SPELLED)
def test_a_formula_is_spelled(line: str) -> None:
    (item,) = read(line).items
    assert isinstance(item, nodes.Definition)
    inner = re.fullmatch(r"<math [^>]*>(.*)</math>", inline(item.body))
    assert inner and inner[1] == SPELLED[line]


@pytest.mark.parametrize("line", LINES)
def test_every_formula_is_sound_and_has_its_text_as_alternative(line: str) -> None:
    (item,) = read(line).items
    assert isinstance(item, nodes.Definition)
    assert sound(inline(item.body)).attrib["alttext"] == line.partition(" = ")[2].replace("<=", "≤")


def test_layers_have_superscripts_in_parentheses() -> None:
    item = next(n for n in walk(read("Z{m}[i,j] = b'{m-1}[j] for m in 1..n")) if isinstance(n, nodes.Definition))
    text = "".join(sound(inline(item.body)).itertext())
    assert text == "bj′(m−1)"


ITEMS = {
    "input X[b, 2*k], lr": ["X∈ℝb×(2\u2062k)", "lr∈ℝ"],
    "input y[b] : int": ["y∈ℤb"],
    "size h = 128": ["h=128"],
    "size n": ["n∈ℕ"],
    "const w[2] = [1/2, 1/3]": ["w=[1213]"],
    "assume sum[J](Y[i,J]) = 1": ["∑JYi,J=1\xa0\xa0(assumed)"],
    "check a = b = c": ["a=b=c\xa0\xa0(claimed)"],
    "abstract Z[p](Y, X)": ["Zp=Zp\u2061(Y,X)"],
    "fn f[j](z[j], x) = x z[j]": ["fj\u2061(zj,x)=x\u2062zj"],
    "fn σ(x)": ["σ\u2061(x)\xa0\xa0(abstract)"],
    "w[i] <- w[i] - g[i]": ["wi←wi−gi"],
    "solve s[j]: H[i,J] s[J] = g[i]": ["Hi,J\u2062sJ=gi\xa0\xa0(solved\xa0for\xa0sj)"],
    "B[i : b, j] = c[j]": ["Bi,j=cj\xa0\xa0(i<b)"],
    "Z{m} = Y{m} for m in 1..n": ["Z(m)=Y(m)\xa0\xa0(1≤m≤n)"],
    "output X": [],
}


@pytest.mark.parametrize("text", ITEMS)
def test_items_are_lines(text: str) -> None:
    found = [line for item in read(text).items for line in lines(item)]
    shown = ["".join(sound(math(row(line), "")).itertext()) for line in found]
    assert shown == ITEMS[text]


def test_every_kind_of_item_is_shown_or_declares_nothing() -> None:
    kinds = {type(item).__name__ for text in ITEMS for item in read(text).items}
    assert kinds == {kind.__name__ for kind in nodes.Item.__subclasses__()} - {"Use"}


@pytest.mark.parametrize("text", ["<b>&\"'", "a\0b", "\ud800", "\u202ex", "]]>", "\x1b[0m", "ok σ"])
def test_any_text_is_text(text: str) -> None:
    root = ElementTree.fromstring(f'<a b="{escaped(text)}">{escaped(text)}</a>')
    assert root.text == root.attrib["b"]
    assert root.text in (text, re.sub("[\0\x1b\ud800\u202e]", "\ufffd", text))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_derivations_are_tables_with_a_row_for_each_line(case: Path) -> None:
    sections = {match["stage"]: match["text"] for match in SECTION.finditer(case.read_text())}
    found = derivation(sections["IN"], sections["DERIVE"].splitlines()[0])
    (table,) = sound(found.mathml())
    assert [len(row) for row in table] == [3 for equation in found.equations for _ in steps(equation)]
    (table,) = sound(found.mathml(steps=False))
    assert [len(row) for row in table] == [2 for _ in found.results]


def test_a_line_that_looks_like_the_one_before_is_left_out() -> None:
    (equation,) = derivation("f = x[I] y[I] / 2", "f x").equations
    again = replace(equation, lines=(equation.lines[0], *equation.lines, equation.lines[-1]))
    assert [step.written for step in steps(again)] == [step.written for step in steps(equation)]


@settings(max_examples=25)
@given(programs())
def test_random_programs_are_sound(sample: Sample) -> None:
    found = equations(analysed(sample.source))
    for item, its_lines in (*found.declared, *found.defined):
        assert its_lines or isinstance(item, nodes.Output)
        for line in its_lines:
            sound(math(row(line), str(type(item))))
