"""Reverse mode over definitions: in go definitions, where adjoints start, and tensors, out come the derivatives by these tensors.

Every definition on the way gets one adjoint, `dL_dZ` for Z: what it starts from, and the sum of what the uses of Z contribute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from einlang.calculus.ledger import Ledger, Naming
from einlang.calculus.mentions import live_nodes
from einlang.calculus.normalise import normalise
from einlang.calculus.partial import Partial, Term, stored
from einlang.calculus.paths import Body
from einlang.calculus.reverse import contributions
from einlang.calculus.together import Partials, Wanted, solved
from einlang.ir.naming import free_names, word_name
from einlang.ir.nodes import Access, Definition, Index, Tensor
from einlang.ir.recurrences import components, uses_itself
from einlang.tree import walk

Definitions = dict[Tensor, Definition]
"""Definitions by tensor, each using only what stands before it."""
Start = Callable[[Sequence[Index], Sequence[Index]], Term]
"""From the indices of the numerator and those of a tensor to what its derivative starts from."""

LETTERS = "ijklmnpqrstuvw"
"""Names for the indices of a tensor that no definition names."""
Group = tuple[Definition, ...]
"""Definitions that use one another, or one alone."""

SECOND_LETTERS = "pqrstuvwxyz"
"""Names for the indices of what is differentiated by, where the numerator has indices."""


class Adjoints:
    """The derivatives of one numerator: found when asked for, shared by all who ask.

    They start from the numerator's derivative by itself, which is δ of its indices and of `seeds`, that every adjoint carries
    first; or where the numerator is contracted with something, from that: each of `starts` gives it for one tensor.
    """

    def __init__(self, starts: Mapping[Tensor, Start], seeds: tuple[Index, ...], names: Ledger, naming: Naming) -> None:
        self.starts = starts
        self.seeds = seeds
        self.names = names
        self.naming = naming
        self.found: dict[Tensor, Partial] = {}
        self.through: dict[Tensor, None] = {}

    def __getitem__(self, target: Tensor) -> Partial:
        """The derivative by a tensor that `extend` was asked for."""
        return self.found[target]

    def copy(self, names: Ledger) -> Adjoints:
        """The same so far, to be extended under other names."""
        copy = Adjoints(self.starts, self.seeds, names, self.naming)
        copy.found, copy.through = dict(self.found), dict(self.through)
        return copy

    def passing(self, tensor: Tensor) -> str:
        """A name for how the numerator changes with an element and all that follows from it in a tensor that uses itself."""
        name = self.naming(self.names, tensor)
        return name if tensor.declared is None else word_name(name, "total")

    def extend(self, definitions: Definitions, targets: Iterable[Tensor]) -> Definitions:
        """The definitions, with those of the derivatives by `targets` at the end, and with what these share named."""
        wanted = [target for target in dict.fromkeys(targets) if target not in self.found]
        return _Sweep(self, wanted).run(definitions) if wanted else definitions

    def made(self) -> Iterator[tuple[Tensor, Partial]]:
        """What derivatives were taken by, each with the derivative: by a tensor, not by what follows from it in itself."""
        return ((tensor, found) for tensor, found in self.found.items() if tensor not in self.through)


class _Sweep:
    """One pass forward, which finds what depends on the targets, and one back, which collects contributions."""

    def __init__(self, adjoints: Adjoints, targets: Sequence[Tensor]) -> None:
        self._adjoints = adjoints
        self._targets = targets
        self._live = {target for target in targets if target.kind == "float"}
        self._slots: dict[Tensor, tuple[Index, ...]] = {}
        self._terms: dict[Tensor, list[Term]] = {}
        self._derived: Definitions = {}
        self._names_of: dict[Tensor, Sequence[str]] = {}

    def run(self, definitions: Definitions) -> Definitions:
        cone = dependencies(definitions, self._adjoints.starts)
        self._names_of = {tensor: [i.name for i in definition.indices] for tensor, definition in definitions.items()}
        forward: list[Group] = []
        for group in components(tuple(definitions.values())):
            forward += self._forward(group) if group[0].tensor in cone else [group]
        for group in reversed(forward):
            self._back([definition for definition in group if definition.tensor in self._live], uses_itself(group))
        for target in self._targets:
            self._adjoint(target)
        return {**{definition.tensor: definition for group in forward for definition in group}, **self._derived}

    def _forward(self, group: Group) -> list[Group]:
        """The definitions of a group, what their derivatives would write twice named; what depends on the targets is live."""
        if not enlivened(group, self._live):
            return [group]
        parts = [part for definition in group for part in normalise(definition, self._live, self._adjoints.names)]
        self._names_of.update((part.tensor, [index.name for index in part.indices]) for part in parts)
        groups = components(parts)
        for each in groups:
            enlivened(each, self._live)
        return groups

    def _back(self, group: Sequence[Definition], uses_itself: bool) -> None:
        """Push the adjoints of a group down the bodies, to what these access."""
        bodies = [Body(definition, self._live, self._adjoints.names) for definition in reversed(group)]
        if uses_itself:
            self._solve(bodies)
        adjoints = {body.definition.tensor: self._adjoint(body.definition.tensor) for body in bodies}
        added = self._contributions(bodies, adjoints)
        self._derived.update((part.tensor, part) for body in bodies for part in body.parts.definitions)
        for tensor, term in added:
            if tensor not in adjoints:
                self._terms.setdefault(tensor, []).append(term)

    def _solve(self, bodies: Sequence[Body]) -> None:
        """Find the adjoints of definitions that use one another, to which each of them contributes."""
        adjoints, members = self._adjoints, [body.definition.tensor for body in bodies]
        known = {tensor: adjoints.found[tensor] for tensor in members if tensor in adjoints.found}
        wanted = {
            tensor: Wanted(adjoints.passing(tensor), adjoints.seeds, self._indices_of(tensor))
            for tensor in members
            if tensor not in known
        }

        def terms(partials: Partials) -> dict[Tensor, list[Term]]:
            found = {tensor: self._outside(tensor) for tensor in wanted}
            for tensor, term in self._contributions(bodies, {**known, **partials}):
                if tensor in found:
                    found[tensor].append(term)
            return found

        partials, made = solved(wanted, terms, adjoints.names)
        adjoints.found.update(partials)
        adjoints.through.update(dict.fromkeys(wanted))
        self._derived.update((part.tensor, part) for body in bodies for part in body.parts.definitions)
        self._derived.update((definition.tensor, definition) for definition in made)

    def _contributions(self, bodies: Sequence[Body], adjoints: Mapping[Tensor, Partial]) -> list[tuple[Tensor, Term]]:
        return [
            found
            for body in bodies
            if not adjoints[body.definition.tensor].is_zero
            for found in contributions(body, adjoints[body.definition.tensor], self._adjoints.seeds, self._indices_of)
        ]

    def _outside(self, tensor: Tensor) -> list[Term]:
        """What the adjoint of a tensor starts from, and what was contributed to it."""
        starts, seeds = self._adjoints.starts, self._adjoints.seeds
        start = [starts[tensor](seeds, self._indices_of(tensor))] if tensor in starts else []
        return [*start, *self._terms.get(tensor, [])]

    def _adjoint(self, tensor: Tensor) -> Partial:
        """The adjoint of a tensor, all whose uses have contributed."""
        adjoints = self._adjoints
        if tensor not in adjoints.found:
            right, name = self._indices_of(tensor), adjoints.naming(adjoints.names, tensor)
            found, made = stored(name, adjoints.seeds, right, self._outside(tensor), adjoints.names)
            adjoints.found[tensor] = found
            self._derived.update((definition.tensor, definition) for definition in made)
        return adjoints.found[tensor]

    def _indices_of(self, tensor: Tensor) -> tuple[Index, ...]:
        """The indices of what is derived by: those of its definition, or i, j, …; after other indices p, q, …"""
        if tensor in self._adjoints.found:
            return self._adjoints.found[tensor].right
        if tensor not in self._slots:
            seeds = [seed.name for seed in self._adjoints.seeds]
            self._slots[tensor] = second_indices(tensor, seeds, self._names_of.get(tensor))
        return self._slots[tensor]


def second_indices(tensor: Tensor, first: Sequence[str], own: Sequence[str] | None = None) -> tuple[Index, ...]:
    """Indices for a tensor that something with the indices `first` is differentiated by."""
    wanted = list(SECOND_LETTERS) if first else list(own or LETTERS)
    wanted = [letter for letter in wanted if letter not in first or own][: tensor.rank]
    wanted += ["x"] * (tensor.rank - len(wanted))
    names = free_names([*first, *wanted])[len(first) :]
    return tuple(Index(name, extent) for name, extent in zip(names, tensor.shape, strict=True))


def dependencies(definitions: Definitions, tensors: Iterable[Tensor]) -> set[Tensor]:
    """The tensors, and what they depend on."""
    cone = set(tensors)
    waiting = [tensor for tensor in cone if tensor in definitions]
    while waiting:
        read = {node.tensor for node in walk(definitions[waiting.pop()].body) if isinstance(node, Access)} - cone
        cone |= read
        waiting += [tensor for tensor in read if tensor in definitions]
    return cone


def enlivened(group: Group, live: set[Tensor]) -> bool:
    """Whether definitions depend on live tensors; those that do become live themselves."""
    found: set[Tensor] = set()
    while more := {d.tensor for d in group if d.tensor not in found and d.body in live_nodes(d.body, live | found)}:
        found |= more
    live |= found
    return bool(found)
