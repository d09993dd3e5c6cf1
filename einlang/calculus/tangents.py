"""Forward mode over definitions: in go definitions, where tangents start, and tensors, out come the derivatives of these tensors.

Every definition on the way gets one tangent, `dZ_dx` for Z: what it starts from, and what the tangents of what it reads give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from einlang.calculus.adjoints import Definitions, Start, second_indices
from einlang.calculus.forward import tangent_terms
from einlang.calculus.ledger import Ledger, Naming
from einlang.calculus.mentions import live_nodes
from einlang.calculus.normalise import normalise
from einlang.calculus.partial import Partial, Term, stored
from einlang.calculus.paths import Body
from einlang.ir.nodes import Access, Definition, Index, Tensor
from einlang.tree import walk


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
        for definition in definitions.values():
            parts = sweep.parts(definition) if definition.tensor in missing else [definition]
            forward.update((part.tensor, part) for part in parts)
        return {**forward, **sweep.derived}

    def made(self) -> Iterator[tuple[Tensor, Partial]]:
        """What was derived, each with its derivative."""
        return iter(self.found.items())

    def _missing(self, definitions: Definitions, numerators: Iterable[Tensor]) -> set[Tensor]:
        """What the numerators depend on and what has no tangent yet."""
        cone = {tensor for tensor in numerators if tensor not in self.found}
        for definition in reversed(definitions.values()):
            if definition.tensor in cone:
                used = (node.tensor for node in walk(definition.body) if isinstance(node, Access))
                cone.update(tensor for tensor in used if tensor not in self.found)
        return cone


class _Sweep:
    """One pass forward, which gives each definition its tangent."""

    def __init__(self, tangents: Tangents) -> None:
        self._tangents = tangents
        self._live = {tensor for tensor, found in tangents.found.items() if not found.is_zero}
        self.derived: Definitions = {}

    def leaf(self, tensor: Tensor) -> None:
        """The tangent of a tensor that nothing defines."""
        self._keep(tensor, second_indices(tensor, ()), [])

    def parts(self, definition: Definition) -> list[Definition]:
        """The definition, what its derivative would write twice named; all of it gets tangents."""
        if definition.body not in live_nodes(definition.body, self._live):
            self._keep(definition.tensor, definition.indices, [])
            return [definition]
        parts = normalise(definition, self._live, self._tangents.names)
        for part in parts:
            body = Body(part, self._live, self._tangents.names)
            terms = list(tangent_terms(body, self._tangents.found, self._tangents.seeds))
            self.derived.update((made.tensor, made) for made in body.parts.definitions)
            self._keep(part.tensor, part.indices, terms)
        return parts

    def _keep(self, tensor: Tensor, left: tuple[Index, ...], terms: list[Term]) -> None:
        tangents = self._tangents
        if tensor in tangents.starts:
            terms = [tangents.starts[tensor](left, tangents.seeds), *terms]
        found, made = stored(tangents.naming(tangents.names, tensor), left, tangents.seeds, terms, tangents.names)
        tangents.found[tensor] = found
        self.derived.update((definition.tensor, definition) for definition in made)
        if not found.is_zero and tensor.kind == "float":
            self._live.add(tensor)
