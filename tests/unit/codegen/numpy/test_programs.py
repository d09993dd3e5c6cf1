"""NumPy text against the oracle: the corpus, random expressions, and the programs of the language reference's sections."""

import numpy as np
import pytest
from end_to_end.programs import CASES as SECTIONS
from end_to_end.programs import Case as Section
from end_to_end.test_programs import data
from hypothesis import given
from hypothesis import strategies as st
from property.expressions import INDICES, TENSORS, expressions
from property.stages import differentiated
from unit.codegen.c.corpus import CASES, LENGTHS, Case, arrays
from unit.codegen.numpy.running import check, run

from einlang.calculus import gradient
from einlang.codegen.numpy import emit
from einlang.ir.indices import free_indices
from einlang.ir.interpret import interpret
from einlang.ir.kinds import kind
from einlang.ir.nodes import Definition, Expr, Tensor, Zero
from einlang.ir.program import Program
from einlang.optimize import optimise
from einlang.tree import walk


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_corpus_agrees_with_the_oracle(case: Case) -> None:
    program = case.make()
    for lengths in LENGTHS[:-1]:
        check(program, arrays(program, lengths))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_gradients_agree_before_and_after_optimisation(section: Section) -> None:
    program = differentiated(section.text)
    for scalar in section.scalars:
        program = gradient(program, scalar, [tensor.name for tensor in program.inputs if tensor.kind == "float"])
    values = data(section, "float64")
    check(program, values)
    check(optimise(program), values)


SIZES = ({"m": 3, "n": 2, "one": 1}, {"m": 1, "n": 1, "one": 1}, {"m": 3, "n": 0, "one": 1}, {"m": 0, "n": 2, "one": 1})
EXTRA = tuple(Tensor(f"extra {index.extent.size}", (index.extent,), "float", "input", None) for index in INDICES[1::3])


@given(expressions(depth=5), st.sampled_from(SIZES), st.sampled_from(["float32", "float64"]), st.booleans())
def test_random_expressions_agree_with_the_oracle(body: Expr, sizes: dict[str, int], dtype: str, nan: bool) -> None:
    free = free_indices(body)
    tensor = Tensor("r", tuple(i.extent for i in free), "int" if kind(body) == "int" else "float", "definition", None)
    program = Program("f", TENSORS + EXTRA, (Definition(tensor, free, body),), (tensor,))
    random, values = np.random.default_rng(1), {}
    for each in program.inputs:
        shape = [extent.evaluate(sizes) for extent in each.shape]
        values[each.name] = random.integers(0, 3, shape) if each.kind == "int" else random.integers(-3, 4, shape) / 2
        if nan and each.kind == "float" and values[each.name].size:
            values[each.name].flat[0] = np.nan
    if any(isinstance(node, Zero) for node in walk(body)):
        try:  # what multiplies a structural zero may be out of bounds: one may see it and the other not
            run(program, values, dtype)
            interpret(program, values, dtype)
        except (ValueError, IndexError):
            return
    check(program, values, (dtype,))


def test_the_text_is_the_same_every_time() -> None:
    section = next(section for section in SECTIONS if section.name == "mlp")
    texts = {emit(optimise(differentiated(section.text))) for _ in range(3)}
    assert len(texts) == 1
