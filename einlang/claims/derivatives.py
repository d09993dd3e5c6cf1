"""Derivatives put to the test: in goes a program, out comes for each derivative how far it is from what steps of variables give.

By steps the oracle computes the program as it is written, moved in one element (`meaning`); by rules it computes what the
calculus makes of it. Where both are rational they are compared modulo two primes as well, the steps being dual numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from einlang.calculus import differentiate
from einlang.claims.data import Generator, floats, residues, sorts
from einlang.claims.facts import satisfied
from einlang.claims.finding import Finding
from einlang.claims.meaning import Arrays, Meaning, Place
from einlang.claims.named import has_derivatives, named_derivatives, uses_of, with_gradients
from einlang.claims.points import PRIMES, REALS
from einlang.claims.shapes import Sizes, numbers_held, shape, small_sizes
from einlang.claims.table import Findings
from einlang.ir.arrays import Array
from einlang.ir.exact import Residues, rational
from einlang.ir.interpret import bind_sizes, interpret, interpret_over
from einlang.ir.nodes import Access, Definition, Derivative, Tensor
from einlang.ir.program import Program
from einlang.ir.realise import realise
from einlang.optimize.dead_code import dead_code

DRAWS, EXACT_SIZES = 2, 2
SMALL, TINIEST = 1e-4, float(np.finfo(np.float64).tiny)
MOST_PLACES = 60
"""So many elements of a tensor are moved, others are left out."""
MOST, MOST_EXACT = 20_000_000, 20_000


@dataclass(frozen=True, slots=True)
class _Subject:
    """A tensor to be tested.

    Attributes:
        written: the program with derivatives by themselves, for the tensor alone.
        derived: the program in which the calculus has worked them out.
    """

    tensor: Tensor
    formula: str
    written: Program
    derived: Program


def check_derivatives(program: Program, data: Mapping[str, Array] | None = None, seed: int = 0) -> Findings:
    """A finding for each derivative that a program takes, and for each definition that does more with one than to be it.

    Where it takes none, its scalar outputs are derived by its params. `data` are arrays that fit all inputs, by default random.
    """
    whole = program if has_derivatives(program) else with_gradients(program)
    generator = np.random.default_rng(seed)
    found = tuple(_Test(whole, subject, data, generator).finding() for subject in _subjects(whole))
    return Findings(found, written=whole is program)


def _subjects(program: Program) -> Iterator[_Subject]:
    named = named_derivatives(program)
    for definition in named.program.definitions:
        if isinstance(definition.body, Derivative):
            tensor = definition.tensor
            written = _only(named.program, tensor)
            yield _Subject(tensor, named.formulas[tensor], written, differentiate(written))
    for definition in uses_of(program):
        derived = differentiate(_only(program, definition.tensor))
        yield _Subject(definition.tensor, f"{_left(definition)} = …", _only(named.program, definition.tensor), derived)


def _only(program: Program, tensor: Tensor) -> Program:
    return dead_code(replace(program, outputs=(tensor,), assumptions=(), checks=()))


def _left(definition: Definition) -> str:
    names = ",".join(index.name for index in definition.indices)
    return f"{definition.tensor.name}[{names}]" if names else definition.tensor.name


@dataclass(frozen=True, slots=True)
class _Test:
    """One subject, and data for it: given, or random data that satisfies the program."""

    program: Program
    subject: _Subject
    data: Mapping[str, Array] | None
    generator: Generator

    def finding(self) -> Finding:
        """What testing finds."""
        found = [self._compared(sizes, arrays) for sizes, arrays in self._points()]
        worst = max(found, key=lambda one: one.deviation, default=Finding(self.subject.formula, self._why_not()))
        checked, elements = sum(one.checked for one in found), sum(one.elements for one in found)
        return worst._replace(checked=checked, elements=elements, exact=self._exact())

    # --- floats -----------------------------------------------------------------------------------------------------------

    def _points(self) -> Iterator[tuple[Sizes, Arrays]]:
        if self.data is not None:
            known = {tensor.name: tensor.kind for tensor in self.program.inputs}
            given = {name: a if known[name] == "int" else a.astype(np.float64) for name, a in self.data.items()}
            sizes = bind_sizes(self.program, given)
            if self._fits(sizes):
                yield sizes, given
            return
        drawn = 0
        for sizes in small_sizes(self.program, self.generator):
            for _ in range(DRAWS if drawn < DRAWS and self._fits(sizes) else 0):
                arrays = self._draw(sizes)
                if arrays is not None:
                    drawn += 1
                    yield sizes, arrays

    def _fits(self, sizes: Sizes) -> bool:
        size = np.prod(shape(self.subject.tensor.shape, sizes), dtype=float)
        return bool(size <= MOST) and numbers_held(self._realised(self.subject.derived), sizes) <= MOST

    def _draw(self, sizes: Sizes) -> Arrays | None:
        """Data for which all values on the way are finite."""
        for chosen in sorts(self.program, self.generator):
            drawn = floats(self.program, sizes, chosen, self.generator)
            arrays = satisfied(self.program, REALS, drawn, positive="any" not in chosen.values()) or drawn
            try:
                values = interpret(self._realised(self.subject.derived), arrays)
            except ValueError:
                return None
            if all(np.all(np.isfinite(value)) for value in values.values()):
                return arrays
        return None

    def _compared(self, sizes: Sizes, arrays: Arrays) -> Finding:
        written = Meaning(self._realised(self.subject.written), sizes, self._places)
        name = self.subject.tensor.name
        values = written.values(arrays, REALS)
        rule, step = interpret(self._realised(self.subject.derived), arrays)[name], values[name]
        known = np.isfinite(step)
        with np.errstate(invalid="ignore"):
            apart = np.where(known, np.abs(rule - step), -1.0)
        largest = max(_largest(rule), _largest(step))
        apart = np.where(np.isnan(apart), np.inf, apart) / max(largest, self._floor(values))
        place = np.unravel_index(int(np.argmax(apart)), apart.shape) if apart.size else ()
        finding = Finding(self.subject.formula, self._kind(written), int(np.sum(known)), int(known.size))
        if not np.any(known):
            return finding
        return finding._replace(
            deviation=float(apart[place]),
            largest=largest,
            place=tuple(map(int, place)),
            rule=float(rule[place]),
            step=float(step[place]),
        )

    def _floor(self, values: Mapping[str, Array]) -> float:
        """What counts as zero beside the numerators and the derivatives that are used, for elements of order 1."""
        numerators = [body.body.tensor for _, body in self._derivatives if isinstance(body.body, Access)]
        used = [tensor for tensor, _ in self._derivatives if tensor is not self.subject.tensor]
        return max([SMALL * _largest(values[tensor.name]) for tensor in (*numerators, *used)] + [TINIEST])

    def _places(self, tensor: Tensor, places: Sequence[Place]) -> Sequence[Place]:
        if len(places) <= MOST_PLACES:
            return places
        chosen = np.random.default_rng(len(places)).choice(len(places), MOST_PLACES, replace=False)
        return [places[number] for number in chosen]

    # --- residues ---------------------------------------------------------------------------------------------------------

    def _exact(self) -> bool | None:
        """Whether both are equal modulo the primes, at points of two sizes; None where there is none."""
        written, derived = (
            self._realised(self.subject.written, rational=True),
            self._realised(self.subject.derived, rational=True),
        )
        bare = replace(written, definitions=tuple(d for d in written.definitions if not isinstance(d.body, Derivative)))
        if not (rational(bare) and rational(derived)):
            return None
        points = 0
        for sizes in islice(small_sizes(self.program, self.generator), EXACT_SIZES):
            for prime in PRIMES if numbers_held(derived, sizes) <= MOST_EXACT else ():
                equal = self._equal(written, derived, sizes, Residues(prime))
                if equal is False:
                    return False
                points += equal is True
        return True if points else None

    def _equal(self, written: Program, derived: Program, sizes: Sizes, numbers: Residues) -> bool | None:
        name = self.subject.tensor.name
        try:
            arrays = satisfied(self.program, numbers, residues(self.program, sizes, numbers, self.generator))
            if arrays is None:
                return None
            step = Meaning(written, sizes).values(arrays, numbers)[name]
            rule = numbers.convert(interpret_over(numbers, derived, arrays)[name])
        except (ZeroDivisionError, ValueError):
            return None
        return bool(np.all(rule == step))

    # --- words ------------------------------------------------------------------------------------------------------------

    def _realised(self, program: Program, *, rational: bool = False) -> Program:
        """Something concrete for what is abstract, the same each time."""
        return realise(program, 1, rational=rational)

    @property
    def _derivatives(self) -> list[tuple[Tensor, Derivative]]:
        return [(d.tensor, d.body) for d in self.subject.written.definitions if isinstance(d.body, Derivative)]

    @property
    def _definition(self) -> Definition:
        return next(d for d in self.subject.written.definitions if d.tensor is self.subject.tensor)

    def _kind(self, written: Meaning) -> str:
        """By what kind of steps the subject is tested."""
        match self._definition.body:
            case Derivative(Access(numerator), (target,)) if written.is_simple(numerator, target.tensor):
                return "complex step"
            case Derivative():
                return "differences"
            case _:
                return "its derivatives by steps"

    def _why_not(self) -> str:
        if self.data is not None:
            return "too large to be tested"
        return "no random data of small sizes for which all values are finite"


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))
