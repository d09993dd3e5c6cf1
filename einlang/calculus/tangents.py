"""Forward mode over definitions: in go definitions, where tangents start, and tensors, out come the derivatives of these tensors.

Every definition on the way gets one tangent, `dZ_dx` for Z: what it starts from, and what the tangents of what it reads give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from einlang.calculus.adjoints import Definitions, Group, Start, dependencies, enlivened, second_indices
from einlang.calculus.forward import tangent_terms
from einlang.calculus.ledger import Ledger, Naming
from einlang.calculus.normalise import normalise
from einlang.calculus.partial import Partial, Term, stored
from einlang.calculus.paths import Body
from einlang.calculus.together import Partials, Wanted, solved
from einlang.ir.nodes import Index, Tensor
from einlang.ir.recurrences import components, read, uses_itself


class Tangents:
    """The derivatives by one tensor: found when asked for, shared by all who ask.

    They start from the tensor's derivative by itself, which is δ of its indices and of `seeds`, that every tangent carries last;
    or where what is differentiated by is contracted with something, from that: each of `starts` gives it for one tensor.
    """

    def __init__(self, starts: Mapping[Tensor, Start], seeds: tuple[Index, ...], names: Ledger, naming: Naming) -> None:
        self.starts = starts
        self.seeds = seeds
        self.names = names
        self.naming = naming
        self.found: dict[Tensor, Partial] = {}

    def __getitem__(self, numerator: Tensor) -> Partial:
        """The derivative of a tensor that `extend` was asked for."""
        return self.found[numerator]

    def copy(self, names: Ledger) -> Tangents:
        """The same so far, to be extended under other names."""
        copy = Tangents(self.starts, self.seeds, names, self.naming)
        copy.found = dict(self.found)
        return copy

    def extend(self, definitions: Definitions, numerators: Iterable[Tensor]) -> Definitions:
        """The definitions, with those of the derivatives of `numerators` at the end, and with what these share named."""
        missing = self._missing(definitions, numerators)
        if not missing:
            return definitions
        sweep = _Sweep(self)
        for tensor in missing:
            if tensor not in definitions:
                sweep.leaf(tensor)
        forward: Definitions = {}
        for group in components(tuple(definitions.values())):
            groups = sweep.groups(group) if group[0].tensor in missing else [group]
            forward.update((part.tensor, part) for each in groups for part in each)
        return {**forward, **sweep.derived}

    def made(self) -> Iterator[tuple[Tensor, Partial]]:
        """What was derived, each with its derivative."""
        return iter(self.found.items())

    def _missing(self, definitions: Definitions, numerators: Iterable[Tensor]) -> list[Tensor]:
        """What the numerators depend on and what has no tangent yet."""
        cone = dependencies(definitions, numerators)
        mentioned = dict.fromkeys([*definitions, *numerators, *(t for d in definitions.values() for t in read(d))])
        return [tensor for tensor in mentioned if tensor in cone and tensor not in self.found]


class _Sweep:
    """One pass forward, which gives each definition its tangent."""

    def __init__(self, tangents: Tangents) -> None:
        self._tangents = tangents
        self._live = {tensor for tensor, found in tangents.found.items() if not found.is_zero}
        self.derived: Definitions = {}

    def leaf(self, tensor: Tensor) -> None:
        """The tangent of a tensor that nothing defines."""
        left = second_indices(tensor, ())
        self._keep(tensor, left, self._start(tensor, left))

    def groups(self, group: Group) -> list[Group]:
        """The definitions, what their derivatives would write twice named; all of it gets tangents."""
        live = set(self._live)
        if not enlivened(group, live):
            for definition in group:
                self._keep(definition.tensor, definition.indices, self._start(definition.tensor, definition.indices))
            return [group]
        parts = [part for definition in group for part in normalise(definition, live, self._tangents.names)]
        groups = components(parts)
        for each in groups:
            self._tangents_of(each)
        return groups

    def _tangents_of(self, group: Group) -> None:
        live = set(self._live)
        enlivened(group, live)
        bodies = [Body(definition, live, self._tangents.names) for definition in group]
        if uses_itself(group):
            self._solve(bodies)
            return
        terms = [self._terms(body, self._tangents.found) for body in bodies]
        self._take_parts(bodies)
        for definition, each in zip(group, terms, strict=True):
            self._keep(definition.tensor, definition.indices, each)

    def _solve(self, bodies: Sequence[Body]) -> None:
        """Find the tangents of definitions that use one another."""
        tangents = self._tangents
        wanted = {
            own.tensor: Wanted(tangents.naming(tangents.names, own.tensor), own.indices, tangents.seeds)
            for own in (body.definition for body in bodies)
        }

        def terms(partials: Partials) -> dict[Tensor, list[Term]]:
            return {body.definition.tensor: self._terms(body, {**tangents.found, **partials}) for body in bodies}

        partials, made = solved(wanted, terms, tangents.names)
        self._take_parts(bodies)
        tangents.found.update(partials)
        self.derived.update((definition.tensor, definition) for definition in made)
        self._live.update(tensor for tensor, found in partials.items() if not found.is_zero and tensor.kind == "float")

    def _terms(self, body: Body, found: Mapping[Tensor, Partial]) -> list[Term]:
        tangents, definition = self._tangents, body.definition
        return [*self._start(definition.tensor, definition.indices), *tangent_terms(body, found, tangents.seeds)]

    def _start(self, tensor: Tensor, left: tuple[Index, ...]) -> list[Term]:
        """What the tangent of a tensor starts from."""
        starts = self._tangents.starts
        return [starts[tensor](left, self._tangents.seeds)] if tensor in starts else []

    def _take_parts(self, bodies: Sequence[Body]) -> None:
        self.derived.update((part.tensor, part) for body in bodies for part in body.parts.definitions)

    def _keep(self, tensor: Tensor, left: tuple[Index, ...], terms: list[Term]) -> None:
        tangents = self._tangents
        found, made = stored(tangents.naming(tangents.names, tensor), left, tangents.seeds, terms, tangents.names)
        tangents.found[tensor] = found
        self.derived.update((definition.tensor, definition) for definition in made)
        if not found.is_zero and tensor.kind == "float":
            self._live.add(tensor)
