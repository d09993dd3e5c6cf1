"""Pages: well-formed, self-contained, accessible, and whatever names there are, only text."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from end_to_end.programs import CASES, Case
from hypothesis import given, settings
from property.pieces import Sample
from property.programs import programs
from property.stages import analysed, differentiated
from unit.codegen.numpy.test_names import HOSTILE, everywhere

import einlang
from einlang.calculus import gradient
from einlang.codegen.html import emit, fragment
from einlang.codegen.html.graph import Use, graph
from einlang.codegen.notation import equations
from einlang.codegen.notation.derivation import steps
from einlang.ir.program import Program
from einlang.optimize import simplify

NETWORK = """
input X[b, k0], T[b, k1]
param W[k0, k1], c[k1]
Z[i,j] = X[i,K] W[K,j] + c[j]
H[i,j] = tanh(Z[i,j])
L = (H[I,J] - T[I,J])^2 / b
"""


def sound(page: str) -> ElementTree.Element:
    """The page as a tree: ids are unique, links lead somewhere, and nothing comes from elsewhere."""
    doctype, _, rest = page.partition("\n")
    assert doctype == "<!DOCTYPE html>"
    root = ElementTree.fromstring(rest)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "link", "img", "iframe", "object")
        assert not any(name.startswith("on") or name == "src" for name in element.attrib)
        assert "href" not in element.attrib or element.attrib["href"].removeprefix("#") in ids
    assert "url(" not in page and "@import" not in page
    assert set(re.findall(r"https?://[^\"' ]*", page)) <= {"http://www.w3.org/1998/Math/MathML"}
    return root


def text(root: ElementTree.Element, tag: str) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(tag)]


def network() -> Program:
    return simplify(gradient(analysed(NETWORK), "L", ["W", "c"]))


def test_a_page_has_a_language_a_title_and_sections_in_order() -> None:
    root = sound(emit(network(), "the <text> & more"))
    assert root.attrib["lang"] == "en"
    assert text(root, "title")[0] == "program"
    assert text(root, "h1") == ["program"]
    assert text(root, "h2") == ["What it takes", "Equations", "Graph", "The program as text"]
    assert text(root, "pre") == ["the <text> & more"]


def test_what_scrolls_can_be_reached_by_keys_and_has_a_name() -> None:
    for element in sound(emit(network(), "")).iter():
        if element.attrib.get("class") == "scroll":
            assert element.attrib["tabindex"] == "0" and element.attrib["role"] == "region"
            assert element.attrib["aria-label"]


def test_a_derivative_is_written_as_one_and_outputs_are_marked() -> None:
    root = sound(emit(network(), ""))
    rows = {e.attrib["id"]: "".join(e.itertext()) for e in root.iter("li") if "id" in e.attrib}
    assert rows["equation-4"].startswith("∂L∂Zi,j=")
    assert [row.endswith("output") for row in rows.values()] == [False, False, True, False, True, True]


def test_the_graph_has_every_tensor_with_its_indices_and_marks_what_is_summed() -> None:
    vertices, uses = graph(equations(network()))
    names = [vertex.text for vertex in vertices]
    assert names[:6] == ["X[b, k0]", "T[b, k1]", "W[k0, k1]", "c[k1]", "Z[i,j]", "H[i,j]"]
    assert "∂L/∂W[i,j]" in names
    wire = next(use for use in uses if names[use.source] == "X[b, k0]" and names[use.target] == "Z[i,j]")
    assert wire.subscripts == ((("i", False), ("K", True)),)
    assert vertices[4].works == ("Σ K",) and vertices[5].works == ("tanh",)
    assert [vertex.text for vertex in vertices if vertex.is_output] == ["L", "∂L/∂W[i,j]", "∂L/∂c[i]"]
    page = emit(network(), "")
    assert page.count('class="wire"') == len(uses)
    assert page.count('class="vertex') == len(vertices)


def test_an_index_that_is_called_as_a_tensor_is_no_use_of_it() -> None:
    _, uses = graph(equations(analysed("input i, x[n]\ny[i] = x[i]\nz = i")))
    assert [(use.source, use.target) for use in uses] == [(1, 2), (0, 3)]


def test_what_is_abstract_is_in_the_graph() -> None:
    program = analysed("input X[n], T[n]\nabstract Y[i](X)\nabstract L(Y, T)")
    vertices, uses = graph(equations(program))
    assert [(vertex.text, vertex.works) for vertex in vertices[2:]] == [("Y[i]", ("abstract",)), ("L", ("abstract",))]
    assert uses == [Use(0, 2, ()), Use(2, 3, ()), Use(1, 3, ())]
    sound(emit(program, ""))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pages_of_programs_are_sound(case: Case) -> None:
    program = differentiated(case.text)
    for scalar in case.scalars[:1]:
        program = gradient(program, scalar, [tensor.name for tensor in program.inputs if tensor.kind == "float"])
    sound(emit(simplify(program), case.text))
    ElementTree.fromstring(fragment(program))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_are_text(name: str) -> None:
    sound(emit(everywhere(f"{name}<script>&\"'"), f"{name}</pre><script>"))


@settings(max_examples=15)
@given(programs())
def test_pages_of_random_programs_are_sound(sample: Sample) -> None:
    sound(emit(analysed(sample.source), sample.source))


def test_a_page_is_the_same_in_every_run() -> None:
    code = f"import einlang; print(einlang.compile({NETWORK!r}, backend='numpy').with_grad('L').html())"
    runs = [
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout) > 10_000


DERIVED = [(NETWORK, "L", ["W", "c"]), ("f = x[I] A[I,J] x[J]", "f", ["x"], ["x"]), ("P[i,j] = softmax[j](Z[i,j])", "P", ["Z"])]


@pytest.mark.parametrize(("source", "output", "by"), [(source, output, by) for source, output, *by in DERIVED])
def test_pages_of_derivations_have_each_line_with_its_rule(source: str, output: str, by: list[list[str]]) -> None:
    found = einlang.compile(source, backend="numpy").derivation(output, *by)
    root = sound(found.html())
    titles = text(root, "title")[0].split(", ")
    assert len(titles) == len(by[-1])
    assert all(f"{title} = " in found.text(steps=False) for title in titles)
    blocks = [element for element in root.iter("ol") if element.attrib["class"] == "equations steps"]
    assert [len(block) for block in blocks] == [len(list(steps(equation))) for equation in found.equations]
    lines = [line for line in found.text().splitlines() if line]
    shown = [next(e.attrib["alttext"] for e in row.iter() if "alttext" in e.attrib) for block in blocks for row in block]
    for line, alternative in zip(lines, shown, strict=True):
        assert line.strip().startswith(alternative[alternative.index("= ") :]) or line.startswith(alternative)
    assert text(root, "pre") == [found.source.strip()]
    ElementTree.fromstring(found._repr_html_())


def test_the_rule_of_a_line_has_its_formulas() -> None:
    page = einlang.compile(NETWORK, backend="numpy").derivation("L", "W").html()
    assert "definition of <math" in page and "chain rule through <math" in page and "derivative of tanh" in page


def test_notebooks_get_equations_without_ids() -> None:
    program = einlang.compile(NETWORK, backend="numpy")
    shown = program._repr_html_()
    assert "id=" not in shown
    assert shown.count("<math") == 3
    assert sound(program.html()) is not None
