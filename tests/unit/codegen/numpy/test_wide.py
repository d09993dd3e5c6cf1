"""More indices than einsum has letters, and than arrays have axes; and bodies deeper than Python's parser takes."""

import ast
from functools import reduce as fold
from itertools import pairwise

import numpy as np
import pytest
from unit.codegen.numpy.running import check, run

from einlang.codegen.numpy import emit
from einlang.ir.build import access, add, mul, reduce
from einlang.ir.extent import fixed
from einlang.ir.nodes import Definition, Expr, Index, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program

RANDOM = np.random.default_rng(3)


def indices(lengths: list[int]) -> list[Index]:
    return [Index(f"i{k}", fixed(length)) for k, length in enumerate(lengths)]


def over(*groups: list[Index]) -> list[Tensor]:
    """A tensor for each group of indices, which are its axes."""
    return [Tensor(f"t{k}", tuple(i.extent for i in group), "float", "input", None) for k, group in enumerate(groups)]


def defined(free: list[Index], body: Expr, inputs: list[Tensor]) -> tuple[Program, dict[str, np.ndarray]]:
    tensor = Tensor("r", tuple(index.extent for index in free), "float", "definition", None)
    program = Program("wide", tuple(inputs), (Definition(tensor, tuple(free), body),), (tensor,))
    return program, {t.name: RANDOM.random([extent.constant or 0 for extent in t.shape]) for t in inputs}


def test_a_chain_of_sixty_matrices() -> None:
    chain = indices([2, 3] * 31)
    matrices = over(*([a, b] for a, b in pairwise(chain)))
    body = mul(*(access(m, [a, b]) for m, (a, b) in zip(matrices, pairwise(chain), strict=True)))
    program, arrays = defined([chain[0], chain[-1]], reduce("sum", chain[1:-1], body), matrices)
    np.testing.assert_allclose(run(program, arrays)[0], fold(np.matmul, arrays.values()), rtol=1e-10)


def test_sixty_vectors_that_share_nothing() -> None:
    every = indices([2] * 60)
    vectors = over(*([index] for index in every))
    product = mul(*(access(v, [i]) for v, i in zip(vectors, every, strict=True)))
    program, arrays = defined([], reduce("sum", every, product), vectors)
    np.testing.assert_allclose(run(program, arrays)[0], np.prod([v.sum() for v in arrays.values()]), rtol=1e-10)


@pytest.mark.parametrize("count", [33, 53, 70])
@pytest.mark.parametrize("operation", ["sum", "max", "logsumexp"])
def test_a_reduction_over_many_indices_of_no_product(count: int, operation: str) -> None:
    every = indices([2, 2, 2, *[1] * (count - 4), 3])
    vectors = over(*([index] for index in every))
    total = add(*(access(v, [i]) for v, i in zip(vectors, every, strict=True)))
    program, arrays = defined(every[:1], reduce(operation, every[1:], total), vectors)
    first, *rest = arrays.values()
    grid = fold(np.add.outer, [v for v in rest if v.size > 1], sum(float(v[0]) for v in rest if v.size == 1)) if rest else 0
    values = first[:, None] + np.ravel(grid)
    wanted = {"sum": values.sum(1), "max": values.max(1), "logsumexp": np.log(np.exp(values).sum(1))}[operation]
    np.testing.assert_allclose(run(program, arrays)[0], wanted, rtol=1e-10)


def test_a_product_of_two_tensors_of_thirty_axes() -> None:
    every = indices([2 if k % 10 == 0 else 1 for k in range(60)])
    left, right = over(every[:31], every[29:])
    body = reduce("sum", every[1:59], mul(access(left, every[:31]), access(right, every[29:])))
    program, arrays = defined([every[0], every[59]], body, [left, right])
    a, b = arrays["t0"].sum(tuple(range(1, 29))), arrays["t1"].sum(tuple(range(2, 30)))
    np.testing.assert_allclose(run(program, arrays)[0], np.einsum("iab,abz->iz", a, b), rtol=1e-10)


def test_a_definition_of_forty_axes() -> None:
    every = indices([2, 2, 2, *[1] * 37])
    vectors = over(*([index] for index in every))
    body = apply("tanh", add(*(access(v, [i]) for v, i in zip(vectors, every, strict=True))))
    program, arrays = defined(every, body, vectors)
    check(program, arrays)


def test_long_chains_and_deep_expressions_become_lines() -> None:
    (index,) = indices([3])
    vectors = over(*([index] for _ in range(7)))
    leaves = [access(v, [index]) for v in vectors]
    nested = fold(lambda inner, k: apply("sin", add(inner, leaves[k % 7])), range(2000), leaves[0])
    long = add(*(leaves[k % 7] for k in range(3000)))
    product = mul(*(leaves[k % 7] for k in range(300)))
    for body in (nested, long, product):
        program, arrays = defined([index], body, vectors)
        check(program, arrays)
        assert deepest(ast.parse(emit(program))) < 60


def deepest(tree: ast.AST) -> int:
    """How deep the nodes of a syntax tree nest."""
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in ast.iter_child_nodes(node)]
    return depth
