"""Lines put to the test exactly: in goes a derivation, out comes the line that is wrong, if any, wherever all of it is rational.

Everything is computed modulo a prime: the lines by the oracle, the derivatives by dual numbers, which know nothing of the rules.
What is abstract becomes polynomials. Functions that agree at a random point are the same, but for a chance of 10^-18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from einlang.claims.data import residues
from einlang.claims.facts import satisfied
from einlang.claims.meaning import Meaning
from einlang.claims.shapes import fits, numbers_held
from einlang.derivation.lines import Derivation, Steps
from einlang.ir.build import number
from einlang.ir.exact import PRIME, Residues, rational
from einlang.ir.indices import free_indices, fresh, substitute
from einlang.ir.nodes import Access, Definition, Derivative, Expr, Index, Target, Tensor
from einlang.ir.program import DerivativeOf, Program
from einlang.ir.realise import realise
from einlang.tree import Node, rewrite

SIZE = 2
"""The length of all axes that may have it."""
MOST = 4000
"""A program that holds more numbers at once is left to the floats."""


def wrong_line(derivation: Derivation) -> str | None:
    """The reason of a line that does not hold modulo a prime; None where all do, or where that cannot be told."""
    lines = _Lines(derivation.whole)
    for steps in derivation.equations:
        lines.add(steps)
    program = realise(lines.program, 0, rational=True)
    sizes = dict.fromkeys(program.given_sizes, SIZE) | dict(program.sizes)
    if not rational(_without_derivatives(program)) or not fits(program, sizes) or numbers_held(program, sizes) > MOST:
        return None
    numbers = Residues(PRIME)
    try:
        arrays = satisfied(program, numbers, residues(program, sizes, numbers, np.random.default_rng(0)))
        values = None if arrays is None else Meaning(program, sizes).values(arrays, numbers)
    except (ValueError, ZeroDivisionError):
        return None
    found = () if values is None else ((values[line.name], values[truth.name], words) for line, truth, words in lines.claims)
    return next((words for value, truth, words in found if not np.all(value == truth)), None)


def _without_derivatives(program: Program) -> Program:
    bodies = ((d, number(0) if isinstance(d.body, Derivative) else d.body) for d in program.definitions)
    return program.with_definitions(tuple(Definition(d.tensor, d.indices, body) for d, body in bodies))


@dataclass(slots=True)
class _Lines:
    """A program in which derivatives are derivatives again and every line is a definition; `claims` says what each equals."""

    whole: Program
    claims: list[tuple[Tensor, Tensor, str]] = field(default_factory=list)
    made: list[Definition] = field(default_factory=list)

    @property
    def program(self) -> Program:
        known = self.whole.derivatives
        written = [_derivative(d, known[d.tensor]) if d.tensor in known else d for d in self.whole.definitions]
        return replace(self.whole, definitions=(*written, *self.made), derivatives={})

    def add(self, steps: Steps) -> None:
        """Take the lines of an equation."""
        for line in steps.lines:
            body = rewrite(line.body, lambda node: self._slope(node, steps) if isinstance(node, Derivative) else None)
            self.claims.append((self._define(steps.indices, body), steps.tensor, line.reason.words))

    def _slope(self, node: Derivative, steps: Steps) -> Expr:
        """A derivative in a line, as the element of a definition."""
        (target,) = node.wrt
        body, by = self._alone(node.body, steps.by) if steps.holds_fixed else (node.body, steps.by)
        free = free_indices(body)
        part = self._define(free, body)
        own = tuple(map(fresh, (*free, *_axes(by))))
        derived = Derivative(Access(part, own[: len(free)]), (Target(by, own[len(free) :]),))
        return Access(self._define(own, derived), (*free, *target.subscripts))

    def _alone(self, body: Expr, by: Tensor) -> tuple[Expr, Tensor]:
        """An expression over a copy of a tensor that nothing else reads, and the copy."""
        definition = self.whole.definition(body.tensor) if isinstance(body, Access) and body.tensor is not by else None
        if definition is not None and isinstance(body, Access):
            body = substitute(definition.body, dict(zip(definition.indices, body.subscripts, strict=True)))
        axes = _axes(by)
        copy = self._define(axes, Access(by, axes))

        def rule(node: Node) -> Expr | None:
            return Access(copy, node.subscripts) if isinstance(node, Access) and node.tensor is by else None

        return rewrite(body, rule), copy

    def _define(self, indices: Sequence[Index], body: Expr) -> Tensor:
        tensor = Tensor(f"line part {len(self.made)}", tuple(index.extent for index in indices), "float", "definition", None)
        self.made.append(Definition(tensor, tuple(indices), body))
        return tensor


def _derivative(definition: Definition, of: DerivativeOf) -> Definition:
    own: Iterator[Index] = iter(definition.indices)
    numerator, *targets = (Target(tensor, tuple(next(own) for _ in tensor.shape)) for tensor in (of.numerator, *of.by))
    body = Derivative(Access(numerator.tensor, numerator.subscripts), tuple(targets))
    return Definition(definition.tensor, definition.indices, body)


def _axes(tensor: Tensor) -> tuple[Index, ...]:
    return tuple(Index(f"i{axis}", extent) for axis, extent in enumerate(tensor.shape))
