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
from einlang.tree import Node, evaluate


def kind(expr: Expr) -> Kind:
    """Positions, sizes, whole literals, integer tensors, argmax/argmin, sums and products of these: int; else float or bool.

    A definition of an int tensor is stored as int64; everywhere else an int that meets a float becomes one.
    """
    return evaluate(expr, _kind)


def _kind(expr: Node, children: tuple[Kind, ...]) -> Kind:
    match expr:
        case Number(value):
            return "int" if value.denominator == 1 else "float"
        case Index() | Size() | Zero() | Delta():
            return "int"
        case Access(tensor):
            return tensor.kind
        case Apply(operator):
            return _joined(children) if operator.result == "number" else operator.result
        case Reduce(operation):
            return "int" if operation in ("argmax", "argmin") else "float" if operation == "logsumexp" else children[0]
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
