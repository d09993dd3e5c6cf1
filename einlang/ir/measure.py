"""The weight of expressions: in goes an expression, out come the scalar operations it takes at one position."""

from __future__ import annotations

from einlang.ir.build import MINUS_ONE
from einlang.ir.nodes import (
    Abstract,
    Access,
    Add,
    Apply,
    Delta,
    Div,
    Expr,
    Function,
    Index,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Solve,
    Stack,
)
from einlang.tree import Node, evaluate, fold, walk

EXPENSIVE = 10
"""Operations that a transcendental function counts as."""
REDUCTION = 1000
"""Operations that a reduction, or a system of equations, counts as, whatever its ranges."""
CHEAP = 3
"""An expression of so many operations is better computed twice than stored."""


def operations(expr: Node) -> int:
    """Scalar operations at one position, shared parts counted as often as they occur."""
    return evaluate(expr, count)


def operations_of_all(root: Node) -> dict[Node, int]:
    """The operations of every node under `root`, in one traversal."""
    return fold(root, count)


def is_cheap(expr: Expr) -> bool:
    """Whether computing `expr` twice costs less than storing it."""
    return operations(expr) <= CHEAP


def is_constant(expr: Expr) -> bool:
    """Whether the value depends on no tensor and no position: it is computed once, wherever it stands."""
    return not any(isinstance(node, Access | Index) for node in walk(expr))


def tree_size(expr: Node) -> int:
    """The nodes of the expression as a text, shared parts counted as often as they occur."""
    return evaluate(expr, lambda _, children: 1 + sum(children))


def count(expr: Node, children: tuple[int, ...]) -> int:
    """The operations of a node, from those of its children."""
    return _own(expr) + sum(children)


def _own(expr: Node) -> int:
    match expr:
        case Add(terms):
            return len(terms) - 1
        case Mul(factors):
            return len(factors) - 1 - (factors[0] is MINUS_ONE)
        case Apply(_, arguments) if all(isinstance(argument, Number | Pi | Size) for argument in arguments):
            return 0
        case Apply(operator):
            return EXPENSIVE if operator.expensive else 1
        case Pow(_, Number(exponent)) if exponent.denominator == 1:
            return max(1, abs(exponent.numerator).bit_length() - 1 + (exponent < 0))
        case Pow():
            return EXPENSIVE
        case Div() | Select() | Stack() | Delta():
            return 1
        case Access(_, subscripts):
            return sum(1 for subscript in subscripts if not isinstance(subscript, Index | Number))
        case Reduce() | Solve():
            return REDUCTION
        case Abstract(Function(), by=()):
            return REDUCTION if expr.binds else EXPENSIVE
        case _:
            return 0
