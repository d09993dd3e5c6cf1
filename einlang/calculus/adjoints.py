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
from einlang.ir.naming import free_names
from einlang.ir.nodes import Access, Definition, Index, Tensor
from einlang.tree import walk

Definitions = dict[Tensor, Definition]
"""Definitions by tensor, each using only what stands before it."""
Start = Callable[[Sequence[Index], Sequence[Index]], Term]
"""From the indices of the numerator and those of a tensor to what its derivative starts from."""

LETTERS = "ijklmnpqrstuvw"
"""Names for the indices of a tensor that no definition names."""
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

    def __getitem__(self, target: Tensor) -> Partial:
        """The derivative by a tensor that `extend` was asked for."""
        return self.found[target]

    def copy(self, names: Ledger) -> Adjoints:
        """The same so far, to be extended under other names."""
        copy = Adjoints(self.starts, self.seeds, names, self.naming)
        copy.found = dict(self.found)
        return copy

    def extend(self, definitions: Definitions, targets: Iterable[Tensor]) -> Definitions:
        """The definitions, with those of the derivatives by `targets` at the end, and with what these share named."""
        wanted = [target for target in dict.fromkeys(targets) if target not in self.found]
        return _Sweep(self, wanted).run(definitions) if wanted else definitions

    def made(self) -> Iterator[tuple[Tensor, Partial]]:
        """What derivatives were taken by, each with the derivative."""
        return iter(self.found.items())


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
        parts = normalise(definition, self._live, self._adjoints.names)
        for part in parts:
            self._names_of[part.tensor] = [index.name for index in part.indices]
            if part.body in live_nodes(part.body, self._live):
                self._live.add(part.tensor)
        return parts

    def _back(self, definition: Definition) -> None:
        """Push the adjoint of a definition down its body, to what it accesses."""
        adjoint = self._adjoint(definition.tensor)
        if adjoint.is_zero:
            return
        body = Body(definition, self._live, self._adjoints.names)
        added = list(contributions(body, adjoint, self._adjoints.seeds, self._indices_of))
        self._derived.update((part.tensor, part) for part in body.parts.definitions)
        for tensor, term in added:
            self._terms.setdefault(tensor, []).append(term)

    def _adjoint(self, tensor: Tensor) -> Partial:
        """The adjoint of a tensor, all whose uses have contributed."""
        adjoints = self._adjoints
        if tensor not in adjoints.found:
            right = self._indices_of(tensor)
            start = [adjoints.starts[tensor](adjoints.seeds, right)] if tensor in adjoints.starts else []
            terms = [*start, *self._terms.get(tensor, [])]
            found, made = stored(adjoints.naming(adjoints.names, tensor), adjoints.seeds, right, terms, adjoints.names)
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
    for definition in reversed(definitions.values()):
        if definition.tensor in cone:
            cone.update(node.tensor for node in walk(definition.body) if isinstance(node, Access))
    return cone
