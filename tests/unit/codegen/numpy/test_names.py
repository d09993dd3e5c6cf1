"""Names of a program in NumPy text: nothing but names, whatever they are, and none that means something there already."""

import ast

import numpy as np
import pytest
from unit.codegen.numpy.running import check, run

from einlang.codegen.numpy import emit
from einlang.ir.build import access, add, reduce
from einlang.ir.extent import sized
from einlang.ir.nodes import Definition, Index, Reduce, Size, Tensor
from einlang.ir.program import Program

HOSTILE = (
    "x\nimport os",
    'x"""',
    "x]; raise SystemExit #",
    "__import__('os')",
    "a\0b",
    "\ud800",
    "a b",
    "lambda",
    "np",
    "dtype",
    "_erf",
    "_logsumexp",
    "max",
    "t1",
    "W{1,2}",
    "W_1_2",
    "x'",
    "σ",
    "\u202ex",
    "{0}",
    "%s",
    "",
)


def everywhere(name: str) -> Program:
    """A program whose name, tensors, sizes and indices are all called so."""
    size = sized(name)
    x = Tensor(name, (size,), "float", "input", None)
    i, k = Index(name, size), Index(name, size)
    first = Tensor(f"{name}'", (size,), "float", "definition", None)
    lse = Reduce("logsumexp", (k,), access(x, [k]))
    one = Definition(first, (i,), add(access(x, [i]), lse, Size(size)))
    j = Index(name, size)
    second = Tensor(f"{name}''", (), "int", "definition", None)
    two = Definition(second, (), Reduce("argmax", (j,), access(first, [j])))
    return Program(name, (x,), (one, two), (first, second))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_a_name_and_nothing_else(name: str) -> None:
    program = everywhere(name)
    text = emit(program)
    tree = ast.parse(text)
    assert all(isinstance(node, ast.Import | ast.FunctionDef) for node in tree.body)
    assert [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names] == ["numpy"]
    assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree.body[-1]))
    assert all(line.isprintable() for line in text.split("\n"))
    check(program, {name: np.array([0.5, -1.0, 2.0])})


def test_all_hostile_names_together() -> None:
    inputs = tuple(Tensor(name, (sized(name),), "float", "input", None) for name in HOSTILE)
    made = []
    for tensor in inputs:
        index = Index("i", tensor.shape[0])
        body = reduce("sum", [index], access(tensor, [index]))
        made.append(Definition(Tensor(f"s {tensor.name}", (), "float", "definition", None), (), body))
    program = Program("f", inputs, tuple(made), tuple(d.tensor for d in made))
    arrays = {tensor.name: np.full(k + 1, 1.0) for k, tensor in enumerate(inputs)}
    assert [float(value) for value in run(program, arrays)] == [k + 1.0 for k in range(len(inputs))]
