"""The table of elementwise operators: a row has arity, derivative, spellings, and points to test at; a new operator is a row.

`partials` gives the partial derivative by each argument from the arguments and the operator's own value. Spellings use
{0}, {1} for the arguments; the C spelling is of `csrc/einlang_math.h`, suffixed `_f32` / `_f64` by the emitter where it
starts with `ein_`. Composites (gelu, silu, …) are not here: `sema` expands them, so that their derivatives are derived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from einlang.ir.build import ONE, add, div, mul, neg, number, power, select, sub
from einlang.ir.nodes import Apply, Expr, Kind, Pi, Zero

Partials = Callable[..., tuple[Expr, ...]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operator:
    """A row of the table.

    Attributes:
        name: the name in the language, or the comparison's ASCII spelling.
        partials: from the arguments and, last, the operator's value to the partial derivatives; None where all are zero.
        numpy, c: spellings.
        points: argument tuples at which tests compare value and derivative (none at a kink).
        result, takes: kind of the value and of the arguments (`number` is float or int, int only if all are int).
        expensive: whether computing it twice costs more than storing it (transcendental).
    """

    name: str
    arity: int
    partials: Partials | None
    numpy: str
    c: str
    points: tuple[tuple[float, ...], ...] = ()
    result: Literal["float", "bool", "number"] = "float"
    takes: Kind | Literal["number"] = "float"
    expensive: bool = False

    def __repr__(self) -> str:
        return f"Operator({self.name!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _row, (self.name,)


def apply(name: str, *arguments: Expr) -> Expr:
    """The operator of that name applied. Raises KeyError for no such operator."""
    return Apply(OPERATORS[name], arguments)


def _unary(name: str, partial: Callable[[Expr, Expr], Expr], numpy: str, *points: float) -> Operator:
    return Operator(
        name, 1, lambda x, f: (partial(x, f),), numpy, f"ein_{name}({{0}})", tuple((p,) for p in points), expensive=True
    )


def _comparison(name: str) -> Operator:
    return Operator(name, 2, None, f"({{0}} {name} {{1}})", f"({{0}} {name} {{1}})", result="bool", takes="number")


_TWO = number(2)

_ROWS = (
    _unary("exp", lambda x, f: f, "np.exp({0})", -1.5, 0.0, 0.7),
    _unary("log", lambda x, f: div(ONE, x), "np.log({0})", 0.3, 1.0, 4.0),
    _unary("log1p", lambda x, f: div(ONE, add(ONE, x)), "np.log1p({0})", -0.4, 0.0, 1e-9, 3.0),
    _unary("expm1", lambda x, f: apply("exp", x), "np.expm1({0})", -2.0, 1e-9, 0.8),
    _unary("sqrt", lambda x, f: div(ONE, mul(_TWO, f)), "np.sqrt({0})", 0.2, 1.0, 9.0),
    _unary("sin", lambda x, f: apply("cos", x), "np.sin({0})", -2.0, 0.0, 1.0),
    _unary("cos", lambda x, f: neg(apply("sin", x)), "np.cos({0})", -2.0, 0.5, 1.0),
    _unary("tan", lambda x, f: add(ONE, power(f, _TWO)), "np.tan({0})", -1.0, 0.0, 0.9),
    _unary("sinh", lambda x, f: apply("cosh", x), "np.sinh({0})", -1.0, 0.0, 2.0),
    _unary("cosh", lambda x, f: apply("sinh", x), "np.cosh({0})", -1.0, 0.3, 2.0),
    _unary("tanh", lambda x, f: sub(ONE, power(f, _TWO)), "np.tanh({0})", -1.0, 0.0, 0.3, 2.0),
    _unary("asin", lambda x, f: div(ONE, apply("sqrt", sub(ONE, power(x, _TWO)))), "np.arcsin({0})", -0.6, 0.0, 0.5),
    _unary(
        "acos",
        lambda x, f: div(number(-1), apply("sqrt", sub(ONE, power(x, _TWO)))),
        "np.arccos({0})",
        -0.6,
        0.1,
        0.5,
    ),
    _unary("atan", lambda x, f: div(ONE, add(ONE, power(x, _TWO))), "np.arctan({0})", -3.0, 0.0, 0.7),
    _unary(
        "erf",
        lambda x, f: mul(number(2), div(apply("exp", neg(power(x, _TWO))), apply("sqrt", Pi()))),
        "_erf({0})",
        -1.2,
        0.0,
        0.4,
    ),
    _unary("sigmoid", lambda x, f: mul(f, sub(ONE, f)), "_sigmoid({0})", -3.0, 0.0, 1.5),
    _unary("softplus", lambda x, f: apply("sigmoid", x), "np.logaddexp({0}, 0)", -3.0, 0.0, 1.5),
    Operator(
        "abs",
        1,
        lambda x, f: (apply("sign", x),),
        "np.abs({0})",
        "ein_abs({0})",
        ((-2.0,), (0.5,)),
        "number",
        "number",
    ),
    Operator("sign", 1, None, "np.sign({0})", "ein_sign({0})", ((-2.0,), (0.5,)), "number", "number"),
    Operator(
        "max",
        2,
        lambda a, b, f: (select(apply(">=", a, b), ONE, Zero()), select(apply(">=", a, b), Zero(), ONE)),
        "np.maximum({0}, {1})",
        "ein_max({0}, {1})",
        ((1.0, 2.0), (3.0, -1.0)),
        "number",
        "number",
    ),
    Operator(
        "min",
        2,
        lambda a, b, f: (select(apply("<=", a, b), ONE, Zero()), select(apply("<=", a, b), Zero(), ONE)),
        "np.minimum({0}, {1})",
        "ein_min({0}, {1})",
        ((1.0, 2.0), (3.0, -1.0)),
        "number",
        "number",
    ),
    Operator("mod", 2, None, "np.mod({0}, {1})", "ein_mod({0}, {1})", ((7, 3), (-1, 3)), "number", "int"),
    Operator("floor", 2, None, "np.floor_divide({0}, {1})", "ein_floor({0}, {1})", ((7, 3), (-1, 3)), "number", "int"),
    _comparison("<"),
    _comparison("<="),
    _comparison(">"),
    _comparison(">="),
    _comparison("=="),
    _comparison("!="),
    Operator("and", 2, None, "({0} & {1})", "({0} && {1})", result="bool", takes="bool"),
    Operator("or", 2, None, "({0} | {1})", "({0} || {1})", result="bool", takes="bool"),
    Operator("not", 1, None, "np.logical_not({0})", "(!{0})", result="bool", takes="bool"),
)

OPERATORS: dict[str, Operator] = {row.name: row for row in _ROWS}


def _row(name: str) -> Operator:
    return OPERATORS[name]
