"""Text of the language reads back as a program of the same values, to the last bit in the NumPy backend."""

import numpy as np
import pytest
from end_to_end.programs import CASES as SECTIONS
from end_to_end.programs import Case as Section
from end_to_end.test_programs import data
from hypothesis import assume, given, settings
from property.pieces import Sample
from property.programs import programs
from property.stages import differentiated
from unit.codegen.c.corpus import TEXTS, arrays, read
from unit.codegen.numpy.running import Arrays, run

from einlang.calculus import gradient
from einlang.codegen.ein import emit
from einlang.ir.nodes import Access, Delta, Index
from einlang.ir.program import Program
from einlang.optimize import simplify
from einlang.tree import walk


def is_sayable(program: Program) -> bool:
    """Whether all subscripts are plain indices, and stand inside without an `if`: the language reads no others yet."""
    nodes = [node for definition in program.definitions for node in walk(definition.body)]
    subscripts = [(node, child) for node in nodes if isinstance(node, Access | Delta) for child in node.children]
    plain = all(isinstance(child, Index) for _, child in subscripts)
    accesses = [node for node in nodes if isinstance(node, Access)]
    return plain and all(s.extent is e for a in accesses for s, e in zip(a.subscripts, a.tensor.shape, strict=True))


def check(program: Program, values: Arrays) -> None:
    back = differentiated(emit(program))
    assert [tensor.name for tensor in back.inputs] == [tensor.name for tensor in program.inputs]
    for dtype in ("float64", "float32"):
        outputs, expected = run(back, values, dtype), run(program, values, dtype)
        for tensor, found, wanted in zip(program.outputs, outputs, expected, strict=True):
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted, err_msg=tensor.name)


@pytest.mark.parametrize("text", [text for text in TEXTS.values() if "1e300" not in text], ids=lambda text: text.split("\n")[-1])
def test_the_corpus_comes_back(text: str) -> None:
    program = read(text)
    check(program, arrays(program, {"m": 5, "n": 7, "k": 3, "b": 2}))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_gradients_come_back(section: Section) -> None:
    program = differentiated(section.text)
    for scalar in section.scalars:
        program = gradient(program, scalar, [tensor.name for tensor in program.inputs if tensor.kind == "float"])
    program = simplify(program)
    if is_sayable(program):
        check(program, data(section, "float64"))


@settings(max_examples=20)
@given(programs())
def test_random_programs_come_back(sample: Sample) -> None:
    program = simplify(differentiated(sample.source))
    assume(is_sayable(program))
    random = np.random.default_rng(2)
    sizes = {"n0": 3, "n1": 2, "n2": 4}
    shapes = {tensor: [extent.evaluate(sizes) for extent in tensor.shape] for tensor in program.inputs}
    values = {t.name: random.integers(0, 3, s) if t.kind == "int" else random.uniform(-1, 1, s) for t, s in shapes.items()}
    try:
        run(program, values)
    except ValueError:
        assume(False)
    check(program, values)


def test_writing_is_stable() -> None:
    for text in TEXTS.values():
        once = emit(read(text))
        assert emit(read(once)) == once
