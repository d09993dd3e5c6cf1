"""The kind of an expression's value: float, int or bool."""

from __future__ import annotations

from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Delta,
    Expr,
    Index,
    Kind,
    Mul,
    Number,
    Reduce,
    Select,
    Size,
    Stack,
    Stop,
    Zero,
)
from einlang.tree import Node, evaluate, fold


def kind(expr: Expr) -> Kind:
    """Positions, sizes, whole literals, integer tensors, argmax/argmin, sums and products of these: int; else float or bool.

    A definition of an int tensor is stored as int64; everywhere else an int that meets a float becomes one. A whole literal
    that int64 cannot hold is a float. So is a largest or smallest element, which is infinite over an empty range.
    """
    return evaluate(expr, _kind)


def kinds_of_all(root: Node) -> dict[Node, Kind]:
    """The kind of every node under `root`, in one traversal."""
    return fold(root, _kind)


def _kind(expr: Node, children: tuple[Kind, ...]) -> Kind:
    match expr:
        case Number(value):
            return "int" if value.denominator == 1 and abs(value) < 2**63 else "float"
        case Index() | Size() | Zero() | Delta():
            return "int"
        case Access(tensor):
            return tensor.kind
        case Apply(operator):
            return _joined(children) if operator.result == "number" else operator.result
        case Reduce(operation):
            return "int" if operation in ("argmax", "argmin") else children[0] if operation in ("sum", "prod") else "float"
        case Select():
            return _joined(children[1:])
        case Stack():
            return _joined(children[:-1])
        case Add() | Mul() | Stop():
            return _joined(children)
        case _:
            return "float"


def _joined(kinds: tuple[Kind, ...]) -> Kind:
    return "int" if all(k == "int" for k in kinds) else "float"
