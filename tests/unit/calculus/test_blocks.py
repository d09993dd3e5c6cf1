"""Derivatives taken apart: which δ are found, and that blocks and map say the same as the whole tensor."""

import numpy as np
import pytest

from einlang.calculus.blocks import take_apart
from einlang.ir.build import mul
from einlang.ir.indices import substitute
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Definition, Reduce, Select, Zero
from einlang.structured import Structured
from einlang.tree import rewrite, walk

SIZES = {"b": 3, "k": 2, "m": 4}
WHOLES = {
    "one δ": ("D[i : b, j, p : b, q] = δ[i,p] W[q,j]", ((0, 2),), (1, 3)),
    "blocks that differ": ("D[i, j, p : b, q] = δ[p,i] W[q,j] c[i]", ((0, 2),), (0, 1, 3)),
    "by the later of the two": ("D[i : b, j, p, q] = δ[i,p] W[q,j] exp(c[p])", ((0, 2),), (0, 1, 3)),
    "of several terms": ("D[i, j, p : b, q] = δ[i,p] W[q,j] c[i] - 2 δ[p,i] W[q,j]^2", ((0, 2),), (0, 1, 3)),
    "two δ": ("D[i : b, j, p : b, q : m] = δ[i,p] δ[j,q] v[j]", ((0, 2), (1, 3)), (1,)),
    "three indices": ("D[i, p : b, q : b] = δ[i,p] δ[p,q] c[i]", ((0, 1), (0, 2)), (0,)),
    "nothing else": ("D[i : b, p : b] = δ[i,p]", ((0, 1),), ()),
    "a factor of them all": ("D[i : b, p : b] = δ[i,p] / size(W, 0) * 3", ((0, 1),), ()),
    "by way of a table": ("D[i : m, p : m] = sum[A](δ[t[A],i] δ[t[A],p] c[A])", ((0, 1),), (0,)),
    "by way of two": ("D[i : m, p : m] = sum[A](δ[t[A],i] δ[t[A] + 1,p] c[A])", (), (0, 1)),
    "not in every term": ("D[i : b, p : b] = δ[i,p] c[i] + c[p]", (), (0, 1)),
    "of another index": ("D[i : b, p : b] = sum[K](δ[i,K] c[K] c[p])", (), (0, 1)),
    "elsewhere": ("E[i, p : b] = δ[i,p] c[i]\nD[p : b, i : b] = E[i,p]", ((0, 1),), (0,)),
    "three indices otherwise": ("D[i, p : b, q : b] = δ[i,q] δ[p,q] c[q]", ((0, 1), (0, 2)), (0,)),
    "inside a sum": ("D[i : b, j, p : b] = sum[K](δ[i,p] W[K,j] W[K,j])", ((0, 2),), (1,)),
    "in a factor too": ("D[i : b, p : b] = δ[i,p] exp(c[i] + δ[i,p])", ((0, 1),), (0,)),
    "in a denominator": ("D[i : b, p : b] = c[i] / (1 + δ[i,p])", (), (0, 1)),
}


@pytest.mark.parametrize(("text", "deltas", "axes"), WHOLES.values(), ids=WHOLES)
def test_blocks_and_map_say_the_same_as_the_whole(text: str, deltas, axes, program_of) -> None:
    program = program_of(f"input W[k, m], v[m], c[b], t[b] : int\n{text}\noutput D")
    whole = program.outputs[0]
    taken, blocks, layout = take_apart(program, whole)
    assert (layout.deltas, layout.axes) == (deltas, axes) and layout.shape == whole.shape
    random = np.random.default_rng(0)
    arrays = {tensor.name: random.normal(size=[e.evaluate(SIZES) for e in tensor.shape]) for tensor in program.inputs}
    arrays["t"] = np.array([1, 0, 1])
    found = interpret(taken, arrays)
    shape = tuple(extent.evaluate(SIZES) for extent in layout.shape)
    structured = Structured(np.asarray(found[blocks.name]), layout.deltas, layout.axes, shape)
    np.testing.assert_array_equal(structured.dense(), found["D"])
    assert bool(deltas) == (blocks is not whole)


def test_what_is_not_chosen_need_have_no_delta(program_of) -> None:
    program = program_of("input c[b]\nD[i : b, p : b] = δ[i,p] c[i] if i > 0 else 0[i,p]")
    guarded = rewrite(program.definitions[0], lambda n: Select(n.condition, n.then, Zero()) if isinstance(n, Select) else None)
    taken, blocks, layout = take_apart(program.with_definitions((guarded,)), guarded.tensor)
    assert layout.deltas == ((0, 1),)
    assert interpret(taken, {"c": np.array([1.0, 2.0])})[blocks.name].tolist() == [0, 2]


def test_an_index_that_two_sums_bind_ties_nothing(program_of) -> None:
    program = program_of("input c[b]\nD[i : b, p : b] = sum[A](δ[A,i] exp(c[A] + c[i]))")
    definition = program.definitions[0]
    (summed,) = [node for node in walk(definition.body) if isinstance(node, Reduce)]
    i, p = definition.indices
    other = Reduce("sum", summed.indices, substitute(summed.body, {i: p}))
    both = Definition(definition.tensor, (i, p), mul(summed, other))
    _, blocks, layout = take_apart(program.with_definitions((both,)), both.tensor)
    assert layout.deltas == () and blocks is both.tensor
