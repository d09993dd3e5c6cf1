"""What is abstract, as it is written: in goes tensor IR, out comes it with derivatives of definitions and plain calls for that.

`∂L/∂Z[A,j]` is a partial derivative of the abstract tensor L by the tensor Z that it depends on, `∂Y[i,B]/∂Z[i,j]` one of the
call `σ[j](Z[i,j])` that defines Y, and `σ'(z)` one of an elementwise function. `optimize.speakable` sees to the definitions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast

from einlang.errors import InternalError
from einlang.ir.abstract import Held, element_of, is_plain
from einlang.ir.indices import free_indices, fresh, substitute
from einlang.ir.nodes import Abstract, Access, Derivative, Expr, Function, Index, Target, bound_indices
from einlang.tree import node, rewrite, walk

MOST = 3
"""The largest order that is written with one ∂."""


@node
class Call(Expr):
    """`σ[j, K](z[j, K])`, `f'1(x, y)`, as it is written: kept indices are those around it, `binds` are bound in the arguments.

    `by` are the arguments by which it is derived, counted from 1; 0 where there is but one.
    """

    atoms = ("function", "indices")
    function: Function
    by: tuple[int, ...]
    indices: tuple[Index, ...]
    arguments: tuple[Expr, ...]

    @property
    def binds(self) -> tuple[Index, ...]:
        named = zip(self.function.indices, self.indices, strict=True)
        return tuple(index for name, index in named if name[0].isupper())


def spoken(expr: Expr, held: Held) -> Expr:
    """The expression without `Abstract`; `held` has the definitions that calls of abstract functions along indices define."""

    summed = {index for found in walk(expr) for index in bound_indices(found)}

    def rule(found: Expr) -> Expr | None:
        return _said(_in_order(found, summed), held) if isinstance(found, Abstract) else None

    return cast(Expr, rewrite(expr, rule))


def _in_order(found: Abstract, summed: Collection[Index]) -> Abstract:
    """The same partial derivative, by the elements at free indices first: derivatives commute."""

    def key(pair: tuple[int, tuple[Expr, ...]]) -> tuple[int, int]:
        return pair[0], sum(index in summed for subscript in pair[1] for index in free_indices(subscript))

    return replace(found, by=tuple(sorted(found.by, key=key)))


def _said(found: Abstract, held: Held) -> Expr:
    function = found.function
    if not isinstance(function, Function):
        return _derived(Access(function, found.positions), found)
    if not function.indices:
        many = len(found.arguments) > 1
        return Call(function, tuple(argument + 1 if many else 0 for argument, _ in found.by), (), found.arguments)
    if not found.by and is_plain(found):
        return _call(found, function)
    value = held.element(found)
    if value is None:
        raise InternalError("ein", f"no definition holds what the derivative of `{function.name}` is of")
    return _derived(value, found)


def _call(found: Abstract, function: Function) -> Call:
    """The call with its kept indices in place of those that it binds."""
    bound = _bound(found, function)
    kept = iter(found.positions)
    named = {name: fresh(bound[name]) if name[0].isupper() else cast(Index, next(kept)) for name in function.indices}
    arguments = tuple(
        substitute(argument, {own: named[name] for own, name in zip(indices, names, strict=True)})
        for argument, indices, (_, names) in zip(found.arguments, found.indices, function.parameters, strict=True)
    )
    return Call(function, (), tuple(named.values()), arguments)


def _bound(found: Abstract, function: Function) -> dict[str, Index]:
    """An index of an argument for each index of the function."""
    along = zip(function.parameters, found.indices, strict=True)
    return {name: own for (_, names), indices in along for name, own in zip(names, indices, strict=True)}


def _derived(value: Access, found: Abstract) -> Expr:
    """The partial derivative as a derivative of a definition, no more than three times with one ∂."""
    made: Expr = value
    for start in range(0, len(found.by), MOST):
        targets = [_target(found, number, element) for number, element in found.by[start : start + MOST]]
        made = Derivative(made, tuple(targets))
    return made


def _target(found: Abstract, number: int, element: Sequence[Expr]) -> Target:
    indices = found.indices[number]
    access = element_of(found.arguments[number], indices)
    if access is None:
        raise InternalError("ein", f"an argument of `{found.function.name}` is derived by and is no tensor")
    at: dict[Expr, Expr] = dict(zip(indices, element, strict=True))
    return Target(access.tensor, tuple(at.get(subscript, subscript) for subscript in access.subscripts))
