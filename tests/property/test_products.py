"""Derived programs of random programs against each other: products with a Jacobian or a Hessian are those of the dense one."""

from collections.abc import Mapping

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from property.arrays import arrays
from property.comparing import assert_close
from property.pieces import Known, Sample
from property.programs import programs
from property.stages import analysed

from einlang.ir.interpret import interpret
from einlang.runtime.derivation import Derived, derive
from einlang.runtime.recipe import Derive
from einlang.runtime.signature import described


def computed(derived: Derived, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All that a derived program defines, for arrays of which it may need some alone."""
    needed = {tensor.name: values[tensor.name] for tensor in derived.program.inputs}
    with np.errstate(all="ignore"):
        return interpret(derived.program, needed)


def chosen(data: st.DataObject, sample: Sample) -> tuple[Known, list[Known]]:
    """A definition and one or two params, all of few elements."""
    defined = [line.tensor for line in sample.lines if line.tensor.kind == "float" and len(line.tensor.axes) <= 2]
    params = [tensor for tensor in sample.params if len(tensor.axes) <= 2]
    return data.draw(st.sampled_from(defined)), data.draw(st.lists(st.sampled_from(params), min_size=1, max_size=2, unique=True))


def directions(tensors: list[Known], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(len(tensors))
    return {f"v_{tensor.name}": generator.uniform(-1, 1, np.shape(values[tensor.name])) for tensor in tensors}


@given(programs(), st.data())
def test_products_with_a_jacobian_are_those_of_the_dense_one(sample: Sample, data: st.DataObject) -> None:
    program, values = analysed(sample.source), data.draw(arrays(sample, most=3, zero=False))
    top, params = chosen(data, sample)
    names = tuple(tensor.name for tensor in params)
    dense, along, weighted = (derive(program, [Derive(form, top.name, names)]) for form in ("jacobian", "jvp", "vjp"))
    whole = computed(dense, values)
    jacobians = {name: whole[tensor.name] for name, tensor in dense.results.items()}
    assume(all(np.isfinite(jacobian).all() for jacobian in jacobians.values()))
    tangents = directions(params, values)
    found = computed(along, values | tangents)
    axes = {name: np.ndim(values[name]) for name in names}
    expected = sum(np.tensordot(jacobians[name], tangents[f"v_{name}"], axes[name]) for name in names)
    assert_close({"jvp": found[along.program.outputs[0].name]}, {"jvp": np.asarray(expected)}, 1e-9)
    weights = {f"v_{top.name}": np.random.default_rng(0).uniform(-1, 1, np.shape(expected))}
    found = computed(weighted, values | weights)
    for name in names:
        expected = np.tensordot(weights[f"v_{top.name}"], jacobians[name], len(top.axes))
        assert_close({name: found[weighted.results[name].name]}, {name: np.asarray(expected)}, 1e-9)


@given(programs(), st.data())
def test_products_with_a_hessian_are_those_of_the_dense_one(sample: Sample, data: st.DataObject) -> None:
    program, values = analysed(sample.source), data.draw(arrays(sample, most=3, zero=False))
    _, params = chosen(data, sample)
    names = tuple(tensor.name for tensor in params)
    dense, product = (derive(program, [Derive(form, "L", names)]) for form in ("hessian", "hvp"))
    whole = computed(dense, values)
    blocks = {pair: whole[tensor.name] for pair, tensor in dense.results.items()}
    assume(all(np.isfinite(block).all() for block in blocks.values()))
    tangents = directions(params, values)
    found = computed(product, values | tangents)
    for name in names:
        terms = [np.tensordot(blocks[name, by], tangents[f"v_{by}"], np.ndim(values[by])) for by in names]
        assert_close({name: found[product.results[name].name]}, {name: np.asarray(sum(terms))}, 1e-9)
        transposed = np.moveaxis(blocks[name, name], range(np.ndim(values[name])), range(-np.ndim(values[name]), 0))
        assert_close({name: blocks[name, name]}, {name: transposed}, 1e-9)


@given(programs(), st.data())
def test_blocks_and_their_map_are_the_dense_result(sample: Sample, data: st.DataObject) -> None:
    program, values = analysed(sample.source), data.draw(arrays(sample, most=3, zero=False))
    top, params = chosen(data, sample)
    step = Derive("jacobian", top.name, (params[0].name,))
    dense, blocks = derive(program, [step]), derive(program, [step._replace(structured=True)])
    expected = computed(dense, values)[dense.program.outputs[0].name]
    found = computed(blocks, values)[blocks.program.outputs[0].name]
    sizes = {
        size: length for tensor in sample.inputs for size, length in zip(tensor.axes, values[tensor.name].shape, strict=True)
    }
    (layout,) = map(described, blocks.layouts)
    assert_close({"D": layout.of(np.asarray(found), sizes).dense()}, {"D": np.asarray(expected)}, 1e-12)
