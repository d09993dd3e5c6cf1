"""Masks: in goes a program, out come where its tensors are zero, and the program without what a mask leaves out.

Where `k <= q` does not hold, `S[q,k] if k <= q else -inf` is -inf, `exp(S[q,k] - m[q])` is 0, and so is a product with it. A sum
over k then runs to q; what is only read where it counts is only computed there; and a matrix product leaves out the blocks that
are zero. What is infinite or NaN does not come through where a mask makes another factor zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

from einlang.ir.guarded import OPPOSITE, joined
from einlang.ir.indices import free_indices, substitute
from einlang.ir.inside import rooms
from einlang.ir.naming import Names
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Definition,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pow,
    Reduce,
    Select,
    Tensor,
    Zero,
)
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.plan.contraction import contraction
from einlang.plan.guards import guards
from einlang.plan.isolate import NEUTRAL, reductions, replaced
from einlang.tree import Node, evaluate, walk

ZERO, BELOW, ABOVE = "0", "-inf", "inf"
KEPT = ("abs", "sign", "sin", "tan", "sinh", "tanh", "asin", "atan", "erf", "expm1", "log1p")
"""Functions that are 0 at 0."""
LEFT_OUT = {"sum": ZERO, "max": BELOW}
"""What adds nothing to a reduction."""

Key = tuple[frozenset[tuple[Index, object]], object]


class Claim(NamedTuple):
    """What an expression is where a condition does not hold."""

    condition: Expr
    value: str


@dataclass(frozen=True, slots=True)
class Values:
    """What is known of an expression: its value everywhere, or where conditions do not hold, by their linear form."""

    always: str | None
    claims: Mapping[Key, Claim]

    def at(self, key: Key) -> str | None:
        """The value where a condition does not hold."""
        return self.claims[key].value if key in self.claims else self.always


NOTHING = Values(None, {})


Zeros = Mapping[str, tuple[tuple[Index, ...], tuple[Expr, ...]]]
"""For each tensor that is zero somewhere, by name, its indices and the conditions outside of which it is."""
Known = Mapping[Tensor, tuple[tuple[Index, ...], Values]]
"""What is known of tensors, over their indices."""


class Masked(NamedTuple):
    """A program, and where its tensors are zero."""

    program: Program
    zeros: Zeros


def masks(program: Program, steps: Collection[Definition]) -> Masked:
    """The program without what masks leave out; of `steps`, which compute one position, all is left as it is."""
    stepped = {definition.tensor for definition in steps}
    kept = {*program.outputs, *(refusal.tensor for refusal in program.refusals), *stepped}
    known: dict[Tensor, tuple[tuple[Index, ...], Values]] = {}
    found: list[Definition] = []
    for definition in program.definitions:
        if definition.tensor not in stepped:
            definition = _shortened(definition, known)
            definition = definition if definition.tensor in kept else _thinned(definition, known)
            known[definition.tensor] = definition.indices, _outside(definition.body, known)
        found.append(definition)
    if not any(isinstance(node, Select) for definition in found for node in walk(definition.body)):
        return Masked(program, {})
    zeros = {tensor.name: (indices, _zero(values)) for tensor, (indices, values) in known.items()}
    return Masked(program.with_definitions(tuple(_needed(found, kept))), {name: zero for name, zero in zeros.items() if zero[1]})


def zero_outside(access: Access, zeros: Zeros) -> Iterator[Expr]:
    """Conditions on the indices of an access outside of which it is zero."""
    indices, conditions = zeros.get(access.tensor.name, ((), ()))
    for condition in conditions:
        yield from _moved(condition, indices, access)


def _zero(values: Values) -> tuple[Expr, ...]:
    return tuple(claim.condition for claim in values.claims.values() if claim.value == ZERO)


def _key(condition: Expr) -> Key | None:
    """The linear form of a condition, None where it is none."""
    found = rooms(condition)
    return None if found is None or len(found) != 1 else (frozenset(found[0].multiples), found[0].constant)


def _moved(condition: Expr, indices: tuple[Index, ...], access: Access) -> Iterator[Expr]:
    """A condition on indices of a tensor as one on those of an access, where these are indices too.

    The first axes of the access may have been merged into one.
    """
    places = dict(zip(reversed(indices), reversed(access.subscripts), strict=False))
    if all(isinstance(places.get(index), Index) for index in free_indices(condition)):
        yield substitute(condition, places)


# --- values -------------------------------------------------------------------------------------------------------------------


def _outside(body: Expr, known: Known) -> Values:
    """What a body is where conditions on its indices do not hold."""
    return evaluate(body, lambda node, children: _values(node, children, known))


def _values(node: Node, children: tuple[Values, ...], known: Known) -> Values:
    match node:
        case Zero():
            return Values(ZERO, {})
        case Infinity():
            return Values(ABOVE, {})
        case Number(value):
            return Values(ZERO if not value else "+" if value > 0 else "-", {})
        case Access(tensor):
            indices, values = known.get(tensor, ((), NOTHING))
            moved = ((found, claim.value) for claim in values.claims.values() for found in _moved(claim.condition, indices, node))
            return Values(values.always if indices or not node.subscripts else None, _claims(moved))
        case Select(condition):
            return _select(condition, children[1], children[2])
        case Reduce(operation, indices):
            held = {k: c for k, c in children[0].claims.items() if not {*free_indices(c.condition)} & {*indices}}
            return Values(None, {k: c for k, c in held.items() if LEFT_OUT.get(operation) == c.value})
        case Mul() | Add() | Div() | Pow() | Apply():
            return _combined(node, children)
        case _:
            return NOTHING


def _claims(found: Iterable[tuple[Expr, str]]) -> dict[Key, Claim]:
    keyed = ((_key(condition), condition, value) for condition, value in found)
    return {key: Claim(condition, value) for key, condition, value in keyed if key is not None}


def _select(condition: Expr, then: Values, otherwise: Values) -> Values:
    """The value of a choice: of the branch that a condition leaves, where it does not hold; else what both branches are."""
    both = {**then.claims, **otherwise.claims}
    same = {key: claim for key, claim in both.items() if then.at(key) == otherwise.at(key)}
    always = then.always if then.always == otherwise.always else None
    found: list[tuple[Expr, str]] = []
    for part in joined(condition):
        key = _key(part)
        if key is not None and (value := otherwise.at(key)) is not None:
            found.append((part, value))
    if isinstance(condition, Apply) and condition.operator.name in OPPOSITE:
        contrary = apply(OPPOSITE[condition.operator.name], *condition.arguments)
        key = _key(contrary)
        if key is not None and (value := then.at(key)) is not None:
            found.append((contrary, value))
    return Values(always, {**same, **_claims(found)})


def _combined(node: Node, children: tuple[Values, ...]) -> Values:
    """The value of an operation, from those of what it is applied to."""
    keys = dict.fromkeys(key for child in children for key in child.claims)
    claims = {}
    for key in keys:
        value = _result(node, tuple(child.at(key) for child in children))
        condition = next(child.claims[key].condition for child in children if key in child.claims)
        if value is not None:
            claims[key] = Claim(condition, value)
    return Values(_result(node, tuple(child.always for child in children)), claims)


def _result(node: Node, values: tuple[str | None, ...]) -> str | None:
    match node:
        case Mul():
            if ZERO in values:
                return ZERO
            negative = sum(value in (BELOW, "-") for value in values) % 2
            large = None not in values and (BELOW in values or ABOVE in values)
            return (BELOW if negative else ABOVE) if large else None
        case Add():
            if all(value == ZERO for value in values):
                return ZERO
            return BELOW if BELOW in values and ABOVE not in values else None
        case Div() | Pow():
            positive = isinstance(node, Div) or values[1] == "+"
            return ZERO if values[0] == ZERO and values[1] != ZERO and positive else None
        case Apply(operator):
            kept = values == (ZERO,) and operator.name in KEPT
            return ZERO if kept or (values == (BELOW,) and operator.name == "exp") else None
        case _:
            return None


# --- what is left out ---------------------------------------------------------------------------------------------------------


def _shortened(definition: Definition, known: Known) -> Definition:
    """A definition whose reductions run over what counts; a matrix product stays one."""
    body = definition.body
    for reduction in reductions(body):
        if reduction.operation in LEFT_OUT and contraction(definition, reduction, Names(())) is None:
            body = replaced(body, reduction, _shorter(reduction, known))
    return definition if body is definition.body else replace(definition, body=body)


def _shorter(reduction: Reduce, known: Known) -> Reduce:
    """A reduction over what counts."""
    conditions = [
        condition
        for condition in _unasked(reduction.body, LEFT_OUT[reduction.operation], known)
        if {*free_indices(condition)} & {*reduction.indices}
    ]
    if not conditions:
        return reduction
    return replace(reduction, body=Select(_all(conditions), reduction.body, NEUTRAL[reduction.operation]))


def _thinned(definition: Definition, known: Known) -> Definition:
    """A map of what is dear to compute, where it is not zero."""
    body = definition.body
    dear = any(isinstance(node, Apply) and node.operator.expensive for node in walk(body))
    conditions = _unasked(body, ZERO, known) if dear and not reductions(body) else []
    return replace(definition, body=Select(_all(conditions), body, Zero())) if conditions else definition


def _unasked(body: Expr, value: str, known: Known) -> list[Expr]:
    """The conditions outside of which a body has a value, without those that it asks itself."""
    asked = {_key(part) for part in joined(body.condition)} if isinstance(body, Select) else set()
    claims = _outside(body, known).claims
    return [claim.condition for key, claim in claims.items() if claim.value == value and key not in asked]


def _all(conditions: Iterable[Expr]) -> Expr:
    """That all of some conditions hold."""
    return reduce(lambda one, other: apply("and", one, other), conditions)


def _needed(definitions: list[Definition], kept: Collection[Tensor]) -> Iterator[Definition]:
    """The definitions, each computed only where it is read, if one condition covers all that reads it."""
    asked: dict[Tensor, list[dict[Key, Expr]]] = {}
    own = {definition.tensor: definition.indices for definition in definitions}
    found: list[Definition] = []
    for definition in reversed(definitions):
        demands = asked.get(definition.tensor, [])
        common = [demands[0][key] for key in demands[0] if all(key in other for other in demands)] if demands else []
        free = definition.tensor not in kept and definition.tensor.kind == "float" and not isinstance(definition.body, Select)
        if free and common:
            definition = replace(definition, body=Select(_all(common), definition.body, Zero()))
        found.append(definition)
        conditions = guards(definition.body)
        for node in walk(definition.body):
            if isinstance(node, Access) and node.tensor in own:
                asked.setdefault(node.tensor, []).append(_asked(node, conditions[node], own[node.tensor]))
    return reversed(found)


def _asked(access: Access, condition: Expr | None, indices: tuple[Index, ...]) -> dict[Key, Expr]:
    """Under which conditions on its own indices a tensor is read at an access."""
    back = {subscript: index for subscript, index in zip(access.subscripts, indices, strict=True) if isinstance(subscript, Index)}
    if condition is None or len(back) < len(indices):
        return {}
    parts = (part for part in joined(condition) if all(index in back for index in free_indices(part)))
    moved = (substitute(part, back) for part in parts)
    return {key: part for part in moved if (key := _key(part)) is not None}
