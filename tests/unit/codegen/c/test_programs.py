"""C of the whole corpus, in both types and for many sizes, against the oracle."""

from collections.abc import Mapping

import numpy as np
import pytest
from unit.codegen.c.corpus import CASES, Case

from einlang.ir.interpret import bind_sizes, interpret
from einlang.ir.program import Program

TOLERANCE = {"float32": 2e-5, "float64": 1e-13}
LENGTHS = (
    {"m": 5, "n": 7, "k": 3, "b": 2},
    {"m": 1, "n": 1, "k": 1, "b": 1},
    {"m": 0, "n": 3, "k": 2, "b": 1},
    {"m": 3, "n": 0, "k": 2, "b": 2},
    {"m": 2, "n": 3, "k": 0, "b": 2},
    {"m": 67, "n": 131, "k": 19, "b": 3},
    {"m": 13, "n": 45, "k": 701, "b": 2},
)


def arrays(program: Program, lengths: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Inputs for lengths of the sizes; whole numbers are below every length that they index."""
    random = np.random.default_rng(5)
    sizes = {**dict(program.sizes), **{size: lengths.get(size, 4) for size in program.given_sizes}}
    made = {}
    for tensor in program.inputs:
        shape = [extent.evaluate(sizes) for extent in tensor.shape]
        whole = random.integers(0, max(1, sizes.get("m", 1)), shape)
        made[tensor.name] = whole if tensor.kind == "int" else random.uniform(-1, 1, shape)
    return made


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_c_agrees_with_the_oracle(case: Case, dtype: str, build) -> None:
    program = case.make()
    built = build(program, dtype, ["-O1"])
    for lengths in LENGTHS:
        data = arrays(program, lengths)
        outputs = built(data)
        try:
            expected = interpret(program, data, dtype)
        except ValueError as refused:
            assert built.status == 1 or "bounds" in str(refused) or "position" in str(refused)
            continue
        assert built.status == 0
        bind_sizes(program, {name: np.asarray(value) for name, value in data.items()})
        for tensor, output in zip(program.outputs, outputs, strict=True):
            wanted = expected.get(tensor.name, data.get(tensor.name))
            largest = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
            limit = TOLERANCE[dtype] * (10 if tensor.kind == "float" else 0)
            np.testing.assert_allclose(output, wanted, rtol=limit, atol=limit * largest, err_msg=f"{tensor.name} {lengths}")
