"""Jacobians, Hessians and third derivatives of random programs: each along a direction against differences of the one before."""

import shutil
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from property.arrays import arrays
from property.comparing import assert_close
from property.pieces import LOWERCASE, Known, Sample
from property.programs import programs
from property.stages import differentiated

import einlang
from einlang.ir.interpret import interpret
from einlang.optimize import optimise, simplify

EXTENDED = np.finfo(np.longdouble).eps < 1e-18
STEP = 1e-4 if EXTENDED else 1e-3
FEW = max(3, settings.default.max_examples // 4)
SECOND, THIRD, FOURTH = "abcd", "efgh", "opqs"


class Ranks(NamedTuple):
    """A program with a Jacobian `J` of `D` by `p`, a Hessian `H` of the loss by `p` and `q`, and `K`, that of it by `p` again."""

    sample: Sample
    D: Known
    p: Known
    q: Known

    @property
    def source(self) -> str:
        d, p, q = self.D, self.p, self.q
        axes = {"i": LOWERCASE[: len(d.axes)], "p": SECOND[: len(p.axes)], "q": THIRD[: len(q.axes)], "r": FOURTH[: len(p.axes)]}
        at = {key: f"[{','.join(letters)}]" if letters else "" for key, letters in axes.items()}
        above = {key: f"[{','.join(letters.upper())}]" if letters else "" for key, letters in axes.items()}

        def left(*keys: str) -> str:
            letters = [letter for key in keys for letter in axes[key]]
            return f"[{','.join(letters)}]" if letters else ""

        lines = [
            f"J{left('i', 'p')} = ∂{d.name}{at['i']}/∂{p.name}{at['p']}",
            f"GP{at['p']} = ∂L/∂{p.name}{at['p']}",
            f"H{left('p', 'q')} = ∂²L/∂{p.name}{at['p']}∂{q.name}{at['q']}",
            f"K{left('p', 'q', 'r')} = ∂³L/∂{p.name}{at['p']}∂{q.name}{at['q']}∂{p.name}{at['r']}",
            f"JP{at['i']} = ∂{d.name}{at['i']}/∂{p.name}{above['p']} {p.name}{above['p']}",
            f"HQ{at['p']} = ∂²L/∂{p.name}{at['p']}∂{q.name}{above['q']} {q.name}{above['q']}",
            f"DJ{at['p']} = {d.name}{above['i']} ∂{d.name}{above['i']}/∂{p.name}{at['p']}",
        ]
        head, _, outputs = self.sample.source.rpartition("output ")
        return f"{head}{chr(10).join(lines)}\noutput {outputs.strip()}, J, GP, H, K, JP, HQ, DJ\n"


@st.composite
def ranks(draw: st.DrawFn) -> Ranks:
    sample = draw(programs())
    known = [line.tensor for line in sample.lines[:-1] if line.tensor.kind == "float"]
    assume(known)
    params = st.sampled_from(sample.params)
    return Ranks(sample, draw(st.sampled_from(known)), draw(params), draw(params))


def mismatch(found: Mapping[str, np.ndarray], value: Callable[[float], np.ndarray], derivative: str, direction: np.ndarray):
    """The derivative along a direction by the program and by differences, where they differ."""
    expected = (8 * (value(STEP) - value(-STEP)) - value(2 * STEP) + value(-2 * STEP)) / (12 * STEP)
    slope = np.tensordot(found[derivative], direction, direction.ndim)
    scale = 1 + np.abs(expected).max(initial=0)
    if not np.all(np.isfinite(expected)) or np.allclose(slope, expected, rtol=1e-5, atol=float(1e-5 * scale)):
        return None
    return derivative, slope, expected


def mismatches(case: Ranks, values: Mapping[str, np.ndarray], seed: int) -> list[object]:
    """What differs, of the derivative of each order and what it is contracted to."""
    program = differentiated(case.source)
    generator = np.random.default_rng(seed)
    by = {known.name: generator.uniform(-1, 1, values[known.name].shape) for known in (case.p, case.q)}
    found = interpret(program, values, np.longdouble)

    def moved(name: str, output: str) -> Callable[[float], np.ndarray]:
        def value(amount: float) -> np.ndarray:
            return interpret(program, {**values, name: values[name] + np.longdouble(amount) * by[name]}, np.longdouble)[output]

        return value

    pairs = [(case.D.name, case.p, "J"), ("GP", case.q, "H"), ("H", case.p, "K")]
    return [
        wrong
        for before, known, derivative in pairs
        if (wrong := mismatch(found, moved(known.name, before), derivative, by[known.name])) is not None
    ]


@settings(max_examples=FEW)
@given(ranks(), st.data())
def test_each_order_agrees_with_differences_of_the_one_before(case: Ranks, data: st.DataObject) -> None:
    """Near a kink they need not: there must be a point away from kinks among three."""
    for _ in range(3):
        values = data.draw(arrays(case.sample, most=2, zero=False))
        found = mismatches(case, values, data.draw(st.integers(0, 2**32 - 1)))
        if not found:
            return
    assert not found


@settings(max_examples=FEW)
@given(ranks(), st.data())
def test_contracted_derivatives_are_whole_ones_contracted(case: Ranks, data: st.DataObject) -> None:
    values = data.draw(arrays(case.sample, most=2, zero=False))
    program = differentiated(case.source)
    for made in (program, simplify(program), optimise(program)):
        found = interpret(made, values)
        p, q, d = values[case.p.name], values[case.q.name], found[case.D.name]
        expected = {
            "JP": np.tensordot(found["J"], p, p.ndim),
            "HQ": np.tensordot(found["H"], q, q.ndim),
            "DJ": np.tensordot(d, found["J"], d.ndim),
        }
        assert_close(found, expected, 1e-9)


def check(case: Ranks, backend: str, data: st.DataObject) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = einlang.compile(case.source, backend=backend)
    values = data.draw(arrays(case.sample, most=2, zero=case.sample.is_finite_over_nothing))
    expected = interpret(differentiated(case.source), values)
    found = compiled(values)
    names = ["J", "H", "K", "JP", "HQ", "DJ"]
    assert_close({name: found[name] for name in names}, {name: expected[name] for name in names}, 1e-8)


@settings(max_examples=FEW)
@given(ranks(), st.data())
def test_numpy_agrees_with_the_oracle(case: Ranks, data: st.DataObject) -> None:
    check(case, "numpy", data)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
@settings(max_examples=FEW)
@given(ranks(), st.data())
def test_c_agrees_with_the_oracle(case: Ranks, data: st.DataObject) -> None:
    check(case, "c", data)
