"""Random expressions of the tensor IR, and their value at one position by direct recursion: what folds are tested against."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import strategies as st

from einlang.ir.extent import sized
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Delta,
    Div,
    Expr,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Select,
    Size,
    Stack,
    Stop,
    Tensor,
    Zero,
)
from einlang.ir.operators import OPERATORS

SIZES = {"m": 3, "n": 2, "one": 1}
INDICES = tuple(Index(name, sized(size)) for name, size in [("i", "m"), ("j", "n"), ("k", "m"), ("i", "m"), ("l", "one")])
"""A pool to draw free and bound indices from: two have one name, three one extent."""

TENSORS = tuple(
    Tensor(name, tuple(sized(size) for size in sizes), kind, "input", None)
    for name, sizes, kind in [("a", (), "float"), ("u", ("m",), "float"), ("A", ("m", "n"), "float"), ("t", ("m",), "int")]
)


def element(tensor: Tensor, subscripts: Sequence[int]) -> int:
    """The value of an element, for any whole numbers, in bounds or not: tensors of the point evaluation are functions."""
    spread = sum((3 + 4 * axis) * subscript for axis, subscript in enumerate(subscripts, start=1))
    return (spread + len(tensor.name) + ord(tensor.name[0])) % 7 - 3


def point(expr: Expr, at: Mapping[Index, int], sizes: Mapping[str, int] = SIZES) -> Any:
    """The value of an expression at one position of its free indices, whole numbers and fractions exact."""

    def value(part: Expr) -> Any:
        return point(part, at, sizes)

    match expr:
        case Number(number):
            return number
        case Zero():
            return 0
        case Index():
            return at[expr]
        case Size(extent):
            return extent.evaluate(sizes)
        case Access(tensor, subscripts):
            return element(tensor, [int(value(s)) for s in subscripts])
        case Delta(left, right):
            return int(value(left) == value(right))
        case Add(terms):
            return sum(value(term) for term in terms)
        case Mul(factors):
            return math.prod(value(factor) for factor in factors)
        case Div(numerator, denominator):
            return Fraction(value(numerator)) / value(denominator)
        case Pow(base, exponent):
            return Fraction(value(base)) ** int(value(exponent))
        case Apply(operator, arguments):
            return _OPERATIONS[operator.name](*(value(argument) for argument in arguments))
        case Select(condition, then, otherwise):
            return value(then) if value(condition) else value(otherwise)
        case Stack(entries, position):
            return value(entries[int(value(position))])
        case Stop(body):
            return value(body)
        case Reduce(operation, indices, body):
            positions = product(*(range(index.extent.evaluate(sizes)) for index in indices))
            values = [point(body, {**at, **dict(zip(indices, chosen, strict=True))}, sizes) for chosen in positions]
            return _REDUCTIONS[operation](values)
    raise NotImplementedError(type(expr).__name__)


_OPERATIONS: dict[str, Any] = {
    "max": max,
    "min": min,
    "abs": abs,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "and": lambda a, b: a and b,
    "not": lambda a: not a,
}
_REDUCTIONS: dict[str, Any] = {
    "sum": sum,
    "prod": math.prod,
    "max": lambda values: max(values, default=-math.inf),
    "min": lambda values: min(values, default=math.inf),
    "argmax": lambda values: values.index(max(values)),
    "argmin": lambda values: values.index(min(values)),
}


def whole(indices: Sequence[Index]) -> st.SearchStrategy[Expr]:
    """A whole-number expression of some of the indices, as stands in a subscript."""
    index = st.sampled_from(indices) if indices else st.just(Number(Fraction(1)))
    literal = st.integers(0, 2).map(lambda value: Number(Fraction(value)))
    shifted = st.tuples(index, literal).map(Add)
    gathered = index.map(lambda i: Access(TENSORS[3], (i,)))
    scaled = st.tuples(literal, index).map(Mul)
    return st.one_of(index, index, index, literal, shifted, scaled, gathered)


@st.composite
def expressions(draw: st.DrawFn, indices: Sequence[Index] = INDICES, depth: int = 4) -> Expr:
    """An expression of exact value. Its free indices are among `indices`; what is bound may be free elsewhere."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        tensor = draw(st.sampled_from(TENSORS))
        subscripts = st.tuples(*[whole(indices)] * tensor.rank)
        reference = subscripts.map(lambda subscripts: Access(tensor, subscripts))
        return draw(
            st.one_of(reference, reference, st.sampled_from([*indices, Number(Fraction(-1, 2)), Size(sized("n")), Zero()]))
        )
    part = expressions(indices, depth - 1)
    parts = st.lists(part, min_size=2, max_size=3).map(tuple)
    compared = st.tuples(whole(indices), whole(indices)).map(lambda pair: Apply(OPERATORS["<"], pair))
    negated = compared.map(lambda condition: Apply(OPERATORS["not"], (condition,)))
    return draw(
        st.one_of(
            parts.map(Add),
            parts.map(Mul),
            st.tuples(whole(indices), whole(indices)).map(lambda pair: Delta(*pair)),
            part.map(lambda base: Pow(base, Number(Fraction(2)))),
            part.map(lambda numerator: Div(numerator, Number(Fraction(2)))),
            part.map(Stop),
            st.tuples(part, part).map(lambda pair: Apply(OPERATORS["max"], pair)),
            st.tuples(st.one_of(compared, negated), part, part).map(lambda three: Select(*three)),
            reductions(indices, depth),
            reductions(indices, depth),
        )
    )


@st.composite
def reductions(draw: st.DrawFn, indices: Sequence[Index], depth: int) -> Expr:
    """A reduction over one or two of the pool's indices, which its body may use and binds no more."""
    operation = draw(st.sampled_from(["sum", "sum", "prod", "max", "argmin"]))
    number = 1 if operation == "argmin" else draw(st.integers(1, 2))
    bound = tuple(draw(st.permutations(INDICES))[:number])
    body = draw(expressions([*dict.fromkeys([*indices, *bound])], depth - 1))
    inside = {index for node in _binders(body) for index in node.indices}
    bound = tuple(index for index in bound if index not in inside)
    return Reduce(operation, bound, body) if bound else body


def _binders(expr: Any) -> list[Reduce]:
    below = [binder for child in expr.children for binder in _binders(child)]
    return [expr, *below] if isinstance(expr, Reduce) else below
