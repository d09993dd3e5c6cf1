"""Derivatives by every mode: in goes what to derive and by what, out comes the derivative, the definitions growing meanwhile.

Reverse mode, forward mode, or split where all paths are narrowest: of several ways the one of the fewest operations is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from einlang.calculus.adjoints import LETTERS, Adjoints, Definitions, second_indices
from einlang.calculus.ledger import Ledger, Naming
from einlang.calculus.narrow import narrowest
from einlang.calculus.partial import Partial, Term, factors_of, identity, stored, term
from einlang.calculus.tangents import Tangents
from einlang.ir.build import delta
from einlang.ir.deltas import Eliminated, eliminate, renamed
from einlang.ir.equality import key
from einlang.ir.indices import fresh
from einlang.ir.naming import compound_name
from einlang.ir.nodes import Access, Definition, Expr, Index, Tensor
from einlang.ir.recurrences import grouped
from einlang.ir.work import work

Result = Partial | Expr


@dataclass(frozen=True, slots=True)
class Contraction:
    """What a side of a derivative is contracted with: `factor`, over `axes`, the indices of that side, and over `seeds`.

    An axis that is a seed too is not contracted.
    """

    tensor: Tensor
    axes: tuple[Index, ...]
    factor: Expr
    seeds: tuple[Index, ...]

    @property
    def key(self) -> str:
        """Equal for contractions that are the same up to the names of indices."""
        return (
            self.tensor.name
            + key(Access(self.tensor, self.axes), (*self.axes, *self.seeds))
            + key(self.factor, (*self.axes, *self.seeds))
        )

    def above(self, left: Sequence[Index], right: Sequence[Index]) -> Term:
        """What adjoints start from, over seeds and axes."""
        return term(Eliminated((), tuple(self._factors(right, left)), (), {}), (), (), (left, right), {})

    def below(self, left: Sequence[Index], right: Sequence[Index]) -> Term:
        """What tangents start from, over axes and seeds."""
        return term(Eliminated((), tuple(self._factors(left, right)), (), {}), (), (), (left, right), {})

    def _factors(self, axes: Sequence[Index], seeds: Sequence[Index]) -> list[Expr]:
        contracted = [(old, new) for old, new in zip(self.axes, axes, strict=True) if old not in self.seeds]
        replacements = dict[Index, Expr]([*contracted, *zip(self.seeds, seeds, strict=True)])
        kept = [delta(replacements[old], new) for old, new in zip(self.axes, axes, strict=True) if old in self.seeds]
        return [*(renamed(factor, replacements) for factor in factors_of(self.factor)), *kept]


@dataclass(slots=True)
class Engine:
    """The definitions so far, every derivative found, and what was tidied to be derived again."""

    definitions: Definitions
    ledger: Ledger
    sizes: Mapping[str, int]
    recurrent: frozenset[Tensor] = frozenset()
    tidied: frozenset[Tensor] = frozenset()
    _chosen: dict[tuple[Tensor, Tensor], Partial] = field(default_factory=dict)
    _adjoints: dict[object, Adjoints] = field(default_factory=dict)
    _tangents: dict[object, Tangents] = field(default_factory=dict)

    # --- whole derivatives ------------------------------------------------------------------------------------------------

    def derivative(self, numerator: Tensor, target: Tensor, together: Iterable[Tensor] = ()) -> Partial:
        """∂numerator/∂target. For a scalar, the targets that it is derived by `together` are found in one sweep."""
        if not numerator.rank:
            others = [] if self.recurs(target) else [other for other in together if not self.recurs(other)]
            return self.reverse(numerator, [target, *others])
        if (numerator, target) not in self._chosen:
            found = self.forward(numerator, target) if not target.rank else self._cheapest_mode(numerator, target)
            self._chosen[numerator, target] = found
        return self._chosen[numerator, target]

    def _cheapest_mode(self, numerator: Tensor, target: Tensor) -> Partial:
        modes: list[Callable[[Engine], Result]] = [
            lambda engine: engine.reverse(numerator, [target]),
            lambda engine: engine.forward(numerator, target),
        ]
        if numerator in self.ledger.derivatives:
            modes.reverse()
        middle = narrowest(self._independent(target), numerator, target, self.sizes)
        if middle is not None:
            modes.append(lambda engine: engine.split(numerator, middle, target))
        found = self.cheapest(modes)
        assert isinstance(found, Partial)
        return found

    def reverse(self, numerator: Tensor, targets: Sequence[Tensor]) -> Partial:
        """By adjoints: in one sweep for all targets."""
        key = (numerator, targets[0]) if self.recurs(targets[0]) else numerator
        if key not in self._adjoints:
            seeds = self._indices(numerator)
            self._adjoints[key] = Adjoints({numerator: identity}, seeds, self.ledger, _of(numerator))
        adjoints = self._adjoints[key]
        self._extend(adjoints, targets[0], targets)
        for tensor, found in adjoints.made():
            self.ledger.note(found, numerator, tensor)
        return adjoints[targets[0]]

    def forward(self, numerator: Tensor, target: Tensor) -> Partial:
        """By tangents."""
        if target not in self._tangents:
            self._tangents[target] = Tangents({target: identity}, second_indices(target, "i"), self.ledger, _by(target))
        tangents = self._tangents[target]
        self._extend(tangents, target, [numerator])
        for tensor, found in tangents.made():
            self.ledger.note(found, tensor, target)
        return tangents[numerator]

    def split(self, numerator: Tensor, middle: Tensor, target: Tensor) -> Partial:
        """As the product of two derivatives, by the chain rule: every path goes through `middle`."""
        above, below = self.derivative(numerator, middle), self.derivative(middle, target)
        left, right = self._indices(numerator), second_indices(target, [index.name for index in above.left])
        summed = tuple(Index(index.name.upper(), index.extent) for index in self._indices(middle))
        found = eliminate(summed, (*factors_of(above.at(left, summed)), *factors_of(below.at(summed, right))))
        product = term(found, (), (), (left, right), {})
        made = self._stored(self.ledger.name(numerator, target), left, right, [product])
        self.ledger.note(made, numerator, target)
        return made

    # --- contracted derivatives -------------------------------------------------------------------------------------------

    def pull(self, starts: Sequence[Contraction], target: Tensor) -> Partial:
        """Σ start.factor[seeds…, I…] ∂start.tensor[I…]/∂target[p…], by adjoints: the vector-Jacobian product."""
        key = (*(start.key for start in starts), target if self.recurs(target) else None)
        if key not in self._adjoints:
            seeds, naming = tuple(fresh(seed) for seed in starts[0].seeds), _of(starts[0].tensor, "vjp")
            self._adjoints[key] = Adjoints({start.tensor: start.above for start in starts}, seeds, self.ledger, naming)
        adjoints = self._adjoints[key]
        self._extend(adjoints, target, [target])
        return adjoints[target]

    def push(self, numerator: Tensor, starts: Sequence[Contraction]) -> Partial:
        """Σ ∂numerator[i…]/∂start.tensor[P…] start.factor[P…, seeds…], by tangents: the Jacobian-vector product."""
        key = tuple(start.key for start in starts)
        if key not in self._tangents:
            seeds, naming = tuple(fresh(seed) for seed in starts[0].seeds), _by(starts[0].tensor, "jvp")
            self._tangents[key] = Tangents({start.tensor: start.below for start in starts}, seeds, self.ledger, naming)
        tangents = self._tangents[key]
        self._extend(tangents, starts[0].tensor, [numerator])
        return tangents[numerator]

    # --- recurrences --------------------------------------------------------------------------------------------------------

    def recurs(self, tensor: Tensor) -> bool:
        """Whether a tensor is one of those that use themselves."""
        return tensor in self.recurrent

    def _independent(self, target: Tensor) -> Definitions:
        """The definitions, without that of what is derived by where it uses itself: all of it is taken as independent."""
        if not self.recurs(target) or target not in self.definitions:
            return self.definitions
        others = tuple(definition for tensor, definition in self.definitions.items() if tensor is not target)
        return {definition.tensor: definition for definition in grouped(others)}

    def _extend(self, found: Adjoints | Tangents, target: Tensor, wanted: Sequence[Tensor]) -> None:
        """Find derivatives by `target`, or by others with it."""
        independent = self._independent(target)
        extended = found.extend(independent, wanted)
        if independent is not self.definitions:
            extended = {**extended, target: self.definitions[target]}
            extended = {definition.tensor: definition for definition in grouped(tuple(extended.values()))}
        self.definitions = extended

    # --- choosing -----------------------------------------------------------------------------------------------------------

    def cheapest(self, attempts: Sequence[Callable[[Engine], Result]]) -> Result:
        """The result of the attempt that adds the fewest operations, the first where that ties; it alone leaves traces.

        An attempt that needs no new definition ends the search.
        """
        if len(attempts) == 1:
            return attempts[0](self)
        tried: list[tuple[Engine, Result]] = []
        for attempt in attempts:
            engine = self._copy()
            tried.append((engine, attempt(engine)))
            if len(engine.definitions) == len(self.definitions):
                return self._become(*tried[-1])
        return self._become(*min(tried, key=lambda each: self._added(*each)))

    def _become(self, other: Engine, result: Result) -> Result:
        for slot in fields(self):
            setattr(self, slot.name, getattr(other, slot.name))
        return result

    def _copy(self) -> Engine:
        ledger = self.ledger.copy()
        adjoints = {key: found.copy(ledger) for key, found in self._adjoints.items()}
        tangents = {key: found.copy(ledger) for key, found in self._tangents.items()}
        return Engine(self.definitions, ledger, self.sizes, self.recurrent, self.tidied, dict(self._chosen), adjoints, tangents)

    def _added(self, other: Engine, result: Result) -> int:
        """The operations of the definitions that another engine has beyond those of this one, and of its result."""
        new = [definition.body for tensor, definition in other.definitions.items() if tensor not in self.definitions]
        return work([*new, result.body if isinstance(result, Partial) else result], self.sizes)

    # --- definitions and names ------------------------------------------------------------------------------------------------

    def define(self, definition: Definition) -> None:
        """Add a definition."""
        self.definitions = {**self.definitions, definition.tensor: definition}

    def _stored(self, name: str, left: tuple[Index, ...], right: tuple[Index, ...], terms: Sequence[Term]) -> Partial:
        found, made = stored(name, left, right, terms, self.ledger)
        self.definitions = {**self.definitions, **{definition.tensor: definition for definition in made}}
        return found

    def _indices(self, tensor: Tensor) -> tuple[Index, ...]:
        """Fresh indices for a tensor, those of its definition or i, j, …"""
        if tensor in self.definitions:
            return tuple(fresh(index) for index in self.definitions[tensor].indices)
        return second_indices(tensor, (), LETTERS)


def _of(numerator: Tensor, word: str = "") -> Naming:
    """Names for the adjoints of one numerator."""
    if word:
        return lambda _, tensor: compound_name((f"{word}_", numerator), ("_", tensor))
    return lambda ledger, tensor: ledger.name(numerator, tensor)


def _by(target: Tensor, word: str = "") -> Naming:
    """Names for the tangents by one tensor."""
    if word:
        return lambda _, tensor: compound_name((f"{word}_", tensor), ("_", target))
    return lambda ledger, tensor: ledger.name(tensor, target)


def plain_indices(tensor: Tensor, subscripts: Sequence[Expr]) -> tuple[Index, ...] | None:
    """The subscripts, where they are distinct indices that range over all of their axes."""
    plain = [s for s, extent in zip(subscripts, tensor.shape, strict=True) if isinstance(s, Index) and s.extent is extent]
    return tuple(plain) if len(dict.fromkeys(plain)) == tensor.rank else None
