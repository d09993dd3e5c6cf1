"""What is abstract made concrete: in goes a program and a seed, out comes one with functions that the seed gives instead.

Each abstract function and tensor becomes a smooth function of what it depends on, another one at each of its positions, and each
of its partial derivatives that function's. So what holds for all functions can be checked: with floats (sines keep them small),
and exactly modulo a prime (polynomials are rational).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import factorial, perm
from random import Random
from typing import cast

from einlang.ir.build import add, delta, mul, neg, number, power, total
from einlang.ir.indices import renewed, substitute
from einlang.ir.nodes import Abstract, Definition, Expr, Index, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Equation, Program, own_sizes
from einlang.tree import rewrite

DEGREE = 4
"""The degree of the polynomials: derivatives of up to that order are not zero."""
RIDGES = 2
"""What stands for a function has so many terms that depend on a weighted sum of all elements, beside one of each alone."""
SIZES = (2, 3, 4)
"""The sizes that axes of abstract tensors get where nothing else gives them one."""

Curve = Callable[[int, Expr], Expr]
"""A function of one number: from an order and an argument to its derivative of that order."""


def realise(program: Program, seed: int, *, rational: bool = False) -> Program:
    """The program without anything abstract; the same seed gives the same functions, polynomials where `rational` is set."""
    curve = _polynomial if rational else _sine

    def concrete(expr: Expr) -> Expr:
        return cast(Expr, rewrite(expr, lambda node: _value(node, seed, curve) if isinstance(node, Abstract) else None))

    def equations(found: tuple[Equation, ...]) -> tuple[Equation, ...]:
        return tuple(replace(equation, sides=tuple(map(concrete, equation.sides))) for equation in found)

    definitions = tuple(Definition(d.tensor, d.indices, concrete(d.body)) for d in program.definitions)
    return replace(
        program.with_definitions(definitions),
        assumptions=equations(program.assumptions),
        checks=equations(program.checks),
        sizes=(*program.sizes, *_sizes(program, seed)),
    )


def _sizes(program: Program, seed: int) -> Iterator[tuple[str, int]]:
    """A value for each size that only abstract tensors have."""
    given = {*program.given_sizes, *(size for size, _ in program.sizes)}
    own = dict.fromkeys(size for definition in program.definitions for size in sorted(own_sizes(definition)))
    for place, size in enumerate(size for size in own if size not in given):
        yield size, SIZES[(place + seed) % len(SIZES)]


def _sine(order: int, argument: Expr) -> Expr:
    value = apply("cos" if order % 2 else "sin", argument)
    return neg(value) if order % 4 > 1 else value


def _polynomial(order: int, argument: Expr) -> Expr:
    """u + u²/2! + u³/3! + …, up to the degree."""
    powers = range(max(order, 1), DEGREE + 1)
    return add(*(mul(number(Fraction(perm(n, order), factorial(n))), power(argument, number(n - order))) for n in powers))


def _value(node: Abstract, seed: int, curve: Curve) -> Expr:
    """What stands for a call, or for its partial derivative: the same numbers are drawn for both."""
    kind = "tensor" if isinstance(node.function, Tensor) else "function"
    random = Random(f"{seed} {kind} {node.function.name}")
    return add(*(_joint(node, curve, random) for _ in range(RIDGES)), _separate(node, curve, random))


def _coefficients(random: Random, rank: int) -> list[Expr]:
    """Those of a weight at positions of a tensor of some rank."""
    values = ((random.choice((-5, -3, -2, 2, 3, 5, 7)), random.choice((4, 6, 8))) for _ in range(rank + 1))
    return [number(Fraction(*value)) for value in values]


def _weight(coefficients: Sequence[Expr], positions: Sequence[Expr]) -> Expr:
    """a + b i + c j: a number for each position."""
    first, *rest = coefficients
    return add(first, *(mul(c, position) for c, position in zip(rest, positions, strict=True)))


def _joint(node: Abstract, curve: Curve, random: Random) -> Expr:
    """w[P] h(u) for u the weighted sum of all elements of all arguments; its derivative is w[P] h'(u) w[Q]."""
    call = renewed(node)
    elements = [_coefficients(random, len(indices)) for indices in node.indices]
    outside = _weight(_coefficients(random, len(node.positions)), node.positions)
    parts = zip(elements, call.indices, call.arguments, strict=True)
    inside = add(*(total(indices, mul(_weight(weight, indices), argument)) for weight, indices, argument in parts))
    return mul(outside, *(_weight(elements[k], element) for k, element in node.by), curve(len(node.by), inside))


def _separate(node: Abstract, curve: Curve, random: Random) -> Expr:
    """w[P] Σ w[I] h(y[I]), summed over the arguments y; its derivative by y[Q] is w[P] w[Q] h'(y[Q])."""
    call = renewed(node)
    elements = [_coefficients(random, len(indices)) for indices in node.indices]
    outside = _weight(_coefficients(random, len(node.positions)), node.positions)
    if not node.by:
        parts = zip(elements, call.indices, call.arguments, strict=True)
        return mul(outside, add(*(total(own, mul(_weight(weight, own), curve(0, argument))) for weight, own, argument in parts)))
    (argument, first), *others = node.by
    if any(other != argument for other, _ in others):
        return Zero()
    at: dict[Index, Expr] = dict(zip(node.indices[argument], first, strict=True))
    same = (delta(a, b) for _, element in others for a, b in zip(first, element, strict=True))
    value = substitute(node.arguments[argument], at)
    return mul(outside, _weight(elements[argument], first), curve(len(node.by), value), *same)
