"""Reverse mode over definitions: in go definitions, a scalar and tensors, out come definitions of its derivatives by them.

Every definition on the way gets one adjoint definition, `dL_dZ` for Z: the sum of what the uses of Z contribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from einlang.calculus.mentions import live_nodes
from einlang.calculus.normalise import normalise
from einlang.calculus.reverse import Body, Contribution, contributions, guarded
from einlang.ir.build import ONE, add, number
from einlang.ir.indices import substitute
from einlang.ir.measure import operations
from einlang.ir.naming import Names, define, derivative_name, derived_name, free_names
from einlang.ir.nodes import Access, Definition, Expr, Index, Tensor, Zero
from einlang.ir.operators import apply
from einlang.tree import walk

Definitions = dict[Tensor, Definition]
"""Definitions by tensor, each using only what stands before it."""

LETTERS = "ijklmnpqrstuvw"
"""Names for the indices of a tensor that no definition names."""
LONGEST_CONDITIONS = 8
"""Conditions of more operations than that are given a definition."""
FEW = 3
"""So many contributions that are guarded differently are looked at."""


@dataclass(frozen=True, slots=True)
class Adjoint:
    """The derivative by one tensor: `body` over `indices`, which is zero by structure where a condition is false."""

    indices: tuple[Index, ...]
    body: Expr
    conditions: tuple[Expr, ...] = ()

    def at(self, subscripts: Sequence[Expr]) -> Expr:
        """The element at some subscripts."""
        return substitute(self.body, dict(zip(self.indices, subscripts, strict=False)))

    def conditions_at(self, subscripts: Sequence[Expr]) -> tuple[Expr, ...]:
        """The conditions for that element."""
        return tuple(substitute(c, dict(zip(self.indices, subscripts, strict=True))) for c in self.conditions)


class Adjoints:
    """The derivatives of one scalar: found when asked for, shared by all who ask.

    They start from the scalar's derivative by itself, which is 1. A numerator with indices would start from δ of these and of
    seeds, free indices that no sum binds and every adjoint carries first.
    """

    def __init__(self, numerator: Tensor, names: Names) -> None:
        self._numerator = numerator
        self._names = names
        self._found = {numerator: Adjoint((), ONE)}

    def __getitem__(self, target: Tensor) -> Adjoint:
        """The derivative by a tensor that `extend` was asked for."""
        return self._found[target]

    def extend(self, definitions: Definitions, targets: Iterable[Tensor]) -> Definitions:
        """The definitions, with those of the derivatives by `targets` at the end, and with what these share named."""
        wanted = [target for target in dict.fromkeys(targets) if target not in self._found]
        return _Sweep(self._numerator, wanted, self._names, self._found).run(definitions) if wanted else definitions

    def made(self) -> Iterator[tuple[Tensor, Tensor]]:
        """What derivatives were taken by, each with the tensor that holds the derivative."""
        for target, adjoint in self._found.items():
            if isinstance(adjoint.body, Access):
                yield target, adjoint.body.tensor


class _Sweep:
    """One pass forward, which finds what depends on the targets, and one back, which collects contributions."""

    def __init__(self, numerator: Tensor, targets: Sequence[Tensor], names: Names, found: dict[Tensor, Adjoint]) -> None:
        self._numerator = numerator
        self._targets = targets
        self._names = names
        self._found = found
        self._live = {target for target in targets if target.kind == "float"}
        self._slots: dict[Tensor, tuple[Index, ...]] = {}
        self._contributions: dict[Tensor, list[Contribution]] = {}
        self._derived: Definitions = {}
        self._names_of: dict[Tensor, Sequence[str]] = {}

    def run(self, definitions: Definitions) -> Definitions:
        cone = _cone(definitions, self._numerator)
        self._names_of = {tensor: [i.name for i in definition.indices] for tensor, definition in definitions.items()}
        forward: Definitions = {}
        for definition in definitions.values():
            parts = self._forward(definition) if definition.tensor in cone else [definition]
            forward.update((part.tensor, part) for part in parts)
        for part in reversed(forward.values()):
            if part.tensor in self._live:
                self._back(part)
        for target in self._targets:
            self._adjoint(target)
        return {**forward, **self._derived}

    def _forward(self, definition: Definition) -> list[Definition]:
        if definition.body not in live_nodes(definition.body, self._live):
            return [definition]
        parts = normalise(definition, self._live, self._names)
        for part in parts:
            self._names_of[part.tensor] = [index.name for index in part.indices]
            if part.body in live_nodes(part.body, self._live):
                self._live.add(part.tensor)
        return parts

    def _back(self, definition: Definition) -> None:
        """Push the adjoint of a definition down its body, to what it accesses."""
        adjoint = self._adjoint(definition.tensor)
        if isinstance(adjoint.body, Zero):
            return
        body = Body(definition, self._live, self._names)
        conditions = adjoint.conditions_at(definition.indices)
        added = list(contributions(body, adjoint.at(definition.indices), conditions, self._indices_of))
        self._derived.update((part.tensor, part) for part in body.parts.definitions)
        for contribution in added:
            self._contributions.setdefault(contribution.tensor, []).append(contribution)

    def _adjoint(self, tensor: Tensor) -> Adjoint:
        """The adjoint of a tensor, all whose uses have contributed; a definition of its own unless it is zero."""
        if tensor not in self._found:
            added = self._contributions.get(tensor, [])
            body = add(*(contribution.body for contribution in added))
            self._found[tensor] = Adjoint((), body) if isinstance(body, Zero) else self._defined(tensor, body, added)
        return self._found[tensor]

    def _defined(self, tensor: Tensor, body: Expr, added: Sequence[Contribution]) -> Adjoint:
        indices = self._slots[tensor]
        name = self._names.spare(derivative_name(self._numerator, tensor))
        derived = Tensor(name, tensor.shape, "float", "definition", None)
        self._derived[derived] = Definition(derived, indices, body)
        return Adjoint(indices, Access(derived, indices), self._short(derived, indices, _joint_conditions(added)))

    def _short(self, tensor: Tensor, indices: tuple[Index, ...], conditions: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """The conditions, or where they are long a definition that is 1 where they hold: they add up from adjoint to adjoint."""
        if sum(1 + operations(condition) for condition in conditions) <= LONGEST_CONDITIONS:
            return conditions
        mask = define(self._names.spare(derived_name(tensor, "mask")), indices, guarded(conditions, ONE))
        self._derived[mask.tensor] = mask
        return (apply("!=", Access(mask.tensor, indices), number(0)),)

    def _indices_of(self, tensor: Tensor) -> tuple[Index, ...]:
        """The indices of the derivative by a tensor: those of its definition, or i, j, …"""
        if tensor in self._found:
            return self._found[tensor].indices
        if tensor not in self._slots:
            names = free_names(self._names_of.get(tensor) or LETTERS[: tensor.rank] + "x" * (tensor.rank - len(LETTERS)))
            self._slots[tensor] = tuple(Index(name, extent) for name, extent in zip(names, tensor.shape, strict=True))
        return self._slots[tensor]


def _cone(definitions: Definitions, numerator: Tensor) -> set[Tensor]:
    """The tensors that the numerator depends on."""
    cone = {numerator}
    for definition in reversed(definitions.values()):
        if definition.tensor in cone:
            cone.update(node.tensor for node in walk(definition.body) if isinstance(node, Access))
    return cone


def _joint_conditions(added: Sequence[Contribution]) -> tuple[Expr, ...]:
    """What holds wherever one of the contributions is not zero by structure."""
    common = [c for c in added[0].conditions if all(c in other.conditions for other in added)]
    if common or len(added) > FEW or not all(contribution.conditions for contribution in added):
        return tuple(common)
    either = [reduce(lambda a, b: apply("and", a, b), contribution.conditions) for contribution in added]
    if any(apply("not", condition) in either for condition in either):
        return ()
    return (reduce(lambda a, b: apply("or", a, b), either),)
