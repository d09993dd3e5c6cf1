"""The built-in functions: a row says what a call takes and which tensor IR it becomes; a new function is a row.

Composites (relu, gelu, softmax, mean, …) are expanded here, so that their derivatives are derived, never written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from einlang.ir.build import ONE, add, div, mul, neg, number, power, select, sub
from einlang.ir.indices import substitute
from einlang.ir.nodes import Expr, Index, Infinity, Pi, Reduce, ReductionName, Size, Stop, Zero
from einlang.ir.operators import OPERATORS, apply

CONSTANTS: dict[str, Expr] = {"pi": Pi(), "inf": Infinity()}
"""Numbers with a name."""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A function of numbers: how many it takes, and its expansion."""

    arity: int
    build: Callable[..., Expr]


@dataclass(frozen=True, slots=True)
class Reduction:
    """`op[K, …](e)`: uses the indices up."""

    build: Callable[[Sequence[Index], Expr], Expr]
    counts: tuple[int, ...] = ()
    """How many indices it may have; any number where there is none here."""

    def takes(self, count: int) -> bool:
        """Whether it works along so many indices."""
        return not self.counts or count in self.counts


@dataclass(frozen=True, slots=True)
class Along:
    """`op[j](e)`: works along an index, and keeps it."""

    build: Callable[[Index, Expr], Expr]


def _operator(name: str) -> Elementwise:
    return Elementwise(OPERATORS[name].arity, lambda *arguments: apply(name, *arguments))


def _relu(x: Expr) -> Expr:
    return apply("max", number(0), x)


def _gelu(x: Expr) -> Expr:
    half, erf = number(Fraction(1, 2)), apply("erf", div(x, apply("sqrt", number(2))))
    return mul(half, x, add(ONE, erf))


def _silu(x: Expr) -> Expr:
    return mul(x, apply("sigmoid", x))


def _clip(x: Expr, low: Expr, high: Expr) -> Expr:
    return apply("min", apply("max", x, low), high)


def _reduction(operation: ReductionName, *counts: int) -> Reduction:
    return Reduction(lambda indices, body: Reduce(operation, tuple(indices), body), counts)


def _mean(indices: Sequence[Index], body: Expr) -> Expr:
    positions = mul(*(Size(index.extent) for index in indices))
    return div(Reduce("sum", tuple(indices), body), positions)


def _logsumexp_along(index: Index, body: Expr) -> Expr:
    """The logsumexp of `body` over an index of its own instead of `index`."""
    other = Index(index.name[0].upper() + index.name[1:], index.extent)
    return Reduce("logsumexp", (other,), substitute(body, {index: other}))


def _log_softmax(index: Index, body: Expr) -> Expr:
    return sub(body, _logsumexp_along(index, body))


def _softmax(index: Index, body: Expr) -> Expr:
    return apply("exp", _log_softmax(index, body))


def _cumsum(index: Index, body: Expr) -> Expr:
    """The sum of `body` over the positions up to that of `index`."""
    other = Index(index.name[0].upper() + index.name[1:], index.extent)
    up_to_here = apply("<=", other, index)
    return Reduce("sum", (other,), select(up_to_here, substitute(body, {index: other}), Zero()))


_OPERATORS = (
    *("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan"),
    *("erf", "sigmoid", "softplus", "max", "min"),
)

ELEMENTWISE: dict[str, Elementwise] = {
    **{name: _operator(name) for name in _OPERATORS},
    "relu": Elementwise(1, _relu),
    "gelu": Elementwise(1, _gelu),
    "silu": Elementwise(1, _silu),
    "pow": Elementwise(2, power),
    "where": Elementwise(3, select),
    "clip": Elementwise(3, _clip),
    "stop": Elementwise(1, Stop),
}

REDUCTIONS: dict[str, Reduction] = {
    "sum": _reduction("sum"),
    "prod": _reduction("prod"),
    "max": _reduction("max"),
    "min": _reduction("min"),
    "mean": Reduction(_mean),
    "logsumexp": _reduction("logsumexp"),
    "argmax": _reduction("argmax", 1),
    "argmin": _reduction("argmin", 1),
    "logdet": _reduction("logdet", 2),
}

ALONG: dict[str, Along] = {"softmax": Along(_softmax), "log_softmax": Along(_log_softmax), "cumsum": Along(_cumsum)}


def levicivita(positions: Sequence[Expr]) -> Expr:
    """The permutation symbol: the product of the signs of all differences of a later and an earlier position."""
    pairs = [(a, b) for k, b in enumerate(positions) for a in positions[:k]]
    return mul(*(apply("sign", add(b, neg(a))) for a, b in pairs)) if pairs else ONE
