"""Derivatives of random recurrences: both modes against differences, as derived and after every stage."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from property.recurrent import K, N, defined, inputs, program, tensor

from einlang.calculus import differentiate, gradient
from einlang.ir.build import access, add, mul, number, select, total
from einlang.ir.interpret import interpret
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Size, Target, Tensor
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.verify import verify
from einlang.optimize import optimise, simplify, tidy

X, W, Y = tensor("x", N, K), tensor("w", K, K), tensor("y", K)
LOSS = defined("L")
STEP = 1e-5

Term = Callable[[Expr, Index, Index], Expr]
"""From an element of a member to a term of a step, over the position and the other index."""


def squashed(element: Expr, t: Index, i: Index) -> Expr:
    return apply("tanh", mul(element, access(X, (t, i))))


def scaled(element: Expr, t: Index, i: Index) -> Expr:
    return mul(number(Fraction(1, 2)), element, access(Y, (i,)))


def quotient(element: Expr, t: Index, i: Index) -> Expr:
    return apply("sin", add(mul(element, element), access(X, (t, i))))


TERMS: tuple[Term, ...] = (squashed, scaled, quotient)


@st.composite
def recurrences(draw: st.DrawFn) -> Program:
    """One, two or three members that step one way, read each other at other positions or before them in the order."""
    members = [defined(name, N, K) for name in "fgh"[: draw(st.integers(1, 3))]]
    sign = draw(st.sampled_from([-1, 1]))
    made = [_member(draw, members, place, sign) for place in range(len(members))]
    indices = [(Index("T", N), Index("I", K)) for _ in members]
    values = [access(member, own) for member, own in zip(members, indices, strict=True)]
    loss = add(*(total(own, mul(apply("sin", v), v)) for own, v in zip(indices, values, strict=True)))
    return replace(program((X, W, Y), *made, Definition(LOSS, (), loss)), outputs=(LOSS,))


def _member(draw: st.DrawFn, members: list[Tensor], place: int, sign: int) -> Definition:
    t, i, j = Index("t", N), Index("i", K), Index("j", K)
    reach = draw(st.integers(1, 2))
    # the circle through all members: the first reads the last, and each the one before it at the same position
    read = [(members[place - 1], 0)] if place else [(members[-1], sign * reach)]
    read += draw(st.lists(st.tuples(st.sampled_from(members), st.sampled_from([sign, sign * reach])), max_size=2))
    terms = []
    for other, offset in read:
        at = add(t, number(offset)) if offset else t
        if draw(st.booleans()):
            terms.append(apply("tanh", total((j,), mul(access(other, (at, j)), access(W, (j, i))))))
            j = Index("j", K)
        else:
            terms.append(draw(st.sampled_from(TERMS))(access(other, (at, i)), t, i))
    inside = apply(">=", t, number(reach)) if sign < 0 else apply("<", t, add(Size(N), number(-reach)))
    return Definition(members[place], (t, i), select(inside, add(*terms), access(X, (t, i))))


def difference(made: Program, arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    found = np.zeros_like(arrays[name])
    for place in np.ndindex(found.shape):
        moved = [arrays[name].copy() for _ in range(2)]
        moved[0][place] += STEP
        moved[1][place] -= STEP
        above, below = (interpret(made, {**arrays, name: array})["L"] for array in moved)
        found[place] = (above - below) / (2 * STEP)
    return found


@settings(max_examples=25, deadline=None)
@given(recurrences(), st.integers(0, 5), st.integers(0, 99))
def test_gradients_of_recurrences_are_differences(made: Program, length: int, seed: int) -> None:
    verify(made, "made")
    arrays = inputs(made, seed, n=length, k=2)
    derived = gradient(made, "L", ["x", "w", "y"])
    for change in (lambda p: p, simplify, optimise):
        changed = change(derived)
        verify(changed, "test")
        values = interpret(changed, arrays)
        for output, name in zip(changed.outputs[1:], "xwy", strict=True):
            np.testing.assert_allclose(values[output.name], difference(made, arrays, name), atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(recurrences(), st.integers(0, 99))
def test_products_with_derivatives_of_recurrences_are_those_of_the_gradient(made: Program, seed: int) -> None:
    """Σ ∂L/∂x v by tangents, and its derivative by x, a product with the Hessian, symmetric in what it is multiplied with."""
    arrays = {**inputs(made, seed, n=3, k=2), "v": np.random.default_rng(seed).normal(size=(3, 2))}
    v, slope, bend = tensor("v", N, K), defined("slope"), defined("bend", N, K)
    summed, free = (Index("T", N), Index("I", K)), (Index("t", N), Index("i", K))
    along = total(summed, mul(Derivative(Access(LOSS, ()), (Target(X, summed),)), access(v, summed)))
    asked = (
        Definition(slope, (), along),
        Definition(bend, free, Derivative(Access(slope, ()), (Target(X, free),))),
    )
    program = replace(made, inputs=(*made.inputs, v), definitions=(*made.definitions, *asked), outputs=(slope, bend))
    derived = optimise(differentiate(program, tidy))
    verify(derived, "test")
    values, first = interpret(derived, arrays), difference(made, {k: a for k, a in arrays.items() if k != "v"}, "x")
    np.testing.assert_allclose(values["slope"], np.sum(first * arrays["v"]), atol=1e-6)
    grad = gradient(made, "L", ["x"])
    ahead, behind = (
        interpret(grad, {**{k: a for k, a in arrays.items() if k != "v"}, "x": arrays["x"] + step * arrays["v"]})
        for step in (STEP, -STEP)
    )
    name = grad.outputs[1].name
    np.testing.assert_allclose(values["bend"], (ahead[name] - behind[name]) / (2 * STEP), atol=1e-5)
