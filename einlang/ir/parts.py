"""Definitions for parts of a definition: in goes an expression inside it, out comes an access to a definition of it."""

from __future__ import annotations

from collections.abc import Sequence

from einlang.ir.elsewhere import moved
from einlang.ir.indices import free_indices
from einlang.ir.kinds import kind
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Apply, Definition, Delta, Expr, Index, Reduce
from einlang.tree import walk


class Parts:
    """Collects definitions for parts of one definition, in order. The same part gets one name: `P_exp` where it is part of P."""

    def __init__(self, whole: Definition, names: Names) -> None:
        self.definitions: list[Definition] = []
        self._whole = whole
        self._names = names
        self._made: dict[tuple[Expr, Sequence[Expr]], Access] = {}

    def name(self, expr: Expr, word: str = "", guards: Sequence[Expr] = (), first: Sequence[Index] = ()) -> Access:
        """An access to a definition of `expr` over its free indices, some of them first, for a place where the guards hold."""
        key = (expr, tuple(guards))
        if key not in self._made:
            found = moved(expr, guards)
            indices = _layout(found.expr, first)
            name = self._names.spare(derived_name(self._whole.tensor, word or _word(expr)))
            made = define(name, indices, found.expr, "int" if kind(expr) == "int" and not _has_delta(expr) else "float")
            self.definitions.append(made)
            self._made[key] = Access(made.tensor, tuple(found.at.get(index, index) for index in indices))
        return self._made[key]


def _has_delta(expr: Expr) -> bool:
    """Whether a whole number is one by δ alone: it is a factor, and no position."""
    return any(isinstance(node, Delta) for node in walk(expr))


def _layout(expr: Expr, first: Sequence[Index]) -> tuple[Index, ...]:
    """The free indices of an expression, after the first ones in the order in which the accesses of highest rank have them."""
    free = free_indices(expr)
    accesses = sorted((node for node in walk(expr) if isinstance(node, Access)), key=lambda access: -access.tensor.rank)
    read = [*first, *(subscript for access in accesses for subscript in access.subscripts)]
    return tuple(dict.fromkeys([*(index for index in read if isinstance(index, Index) and index in free), *free]))


def _word(expr: Expr) -> str:
    match expr:
        case Apply(operator) if operator.name.isidentifier():
            return operator.name
        case Reduce(operation):
            return operation
        case _:
            return "part"
