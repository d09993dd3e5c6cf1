"""Data that satisfies what a program assumes: in go arrays drawn at random, out come arrays near them for which it is true.

Newton's method on the differences of the sides: over residues one step, which ends at a solution where they are linear in the
elements; over floats some steps, each the shortest, or for positive data the shortest relative to the elements, so that for
`sum[J](Y[i,J]) = 1` it divides by the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from einlang.claims.differences import At, Function, is_analytic
from einlang.claims.meaning import Arrays, lifted, operators_of, slope
from einlang.claims.sides import sides_of
from einlang.ir.arrays import Array
from einlang.ir.exact import Residues
from einlang.ir.interpret import Numbers, interpret_over
from einlang.ir.nodes import Access
from einlang.ir.program import Program
from einlang.tree import walk

STEPS = 30
NEAR = 1e-13
MOST = 2000
"""So many elements are looked at."""

Element = tuple[str, tuple[int, ...]]


def satisfied(program: Program, numbers: Numbers, arrays: Arrays, *, positive: bool = False) -> Arrays | None:
    """The arrays, changed so that all assumptions hold; None where that is not found. What is positive remains so if it can."""
    if not program.assumptions:
        return arrays
    facts = _Facts(program, numbers, positive)
    for names in [facts.names, *([name] for name in facts.names)]:
        found = facts.solved(arrays, names)
        if found is not None:
            return found
    return None


class _Facts:
    def __init__(self, program: Program, numbers: Numbers, positive: bool) -> None:
        self._numbers, self._positive = numbers, positive
        self._programs = [sides_of(program, equation) for equation in program.assumptions]
        used = {n.tensor for sides in self._programs for d in sides.definitions for n in walk(d.body) if isinstance(n, Access)}
        self.names = [tensor.name for tensor in program.inputs if tensor in used and tensor.kind == "float"]
        self._analytic = all(is_analytic(operators_of(sides.definitions)) for sides in self._programs)

    def solved(self, arrays: Arrays, names: Sequence[str]) -> Arrays | None:
        """The arrays after Newton steps in the tensors of these names."""
        elements = [(name, place) for name in names for place in np.ndindex(arrays[name].shape)]
        exact = isinstance(self._numbers, Residues)
        for _ in range(1 if exact else STEPS):
            if self._hold(arrays) or len(elements) > MOST:
                break
            try:
                moves = self._moves(arrays, elements)
            except (ZeroDivisionError, np.linalg.LinAlgError):
                return None
            arrays = _moved(arrays, elements, moves)
        return arrays if self._hold(arrays) else None

    def _hold(self, arrays: Arrays) -> bool:
        apart = self._apart(self._numbers, arrays)
        return bool(np.all(apart == 0) if isinstance(self._numbers, Residues) else np.all(np.abs(apart) <= NEAR))

    def _apart(self, numbers: Numbers, arrays: Arrays) -> Array:
        """The differences of the sides of all assumptions, one after the other."""
        parts = []
        for sides in self._programs:
            found = interpret_over(numbers, sides, arrays)
            left, right = (numbers.convert(found[tensor.name]) for tensor in sides.outputs)
            parts.append(np.ravel(np.asarray(left + right * -1)))
        return np.concatenate(parts)

    def _moves(self, arrays: Arrays, elements: Sequence[Element]) -> Sequence[Any]:
        """The step that makes the linear part of the differences zero."""
        apart = self._apart(self._numbers, arrays)
        columns = [
            slope(Function(self._at(arrays, *element), apart.shape), self._numbers, self._analytic) for element in elements
        ]
        if isinstance(self._numbers, Residues):
            return _solution(columns, apart * -1, self._numbers.prime)
        values = np.array([arrays[name][place] for name, place in elements])
        sizes = np.sqrt(np.abs(values)) if self._positive else np.ones_like(values)
        steps, *_ = np.linalg.lstsq(np.stack(columns, -1) * sizes, -apart, rcond=None)
        return list(steps * sizes)

    def _at(self, arrays: Arrays, name: str, place: tuple[int, ...]) -> At:
        def at(numbers: Numbers, step: Any) -> Array:
            moved = {other: lifted(array, numbers) for other, array in arrays.items()}
            changed = moved[name].copy()
            changed[place] = changed[place] + step
            return self._apart(numbers, {**moved, name: changed})

        return at


def _moved(arrays: Arrays, elements: Sequence[Element], moves: Sequence[Any]) -> Arrays:
    changed = {name: array.copy() for name, array in arrays.items()}
    for (name, place), move in zip(elements, moves, strict=True):
        changed[name][place] = changed[name][place] + move
    return changed


def _solution(columns: Sequence[Array], right: Array, prime: int) -> list[int]:
    """Modulo a prime, numbers whose sum of products with the columns is `right`: Gauss-Jordan elimination, the free ones 0.

    Raises ZeroDivisionError where there are none.
    """
    rows = [[column[n].value for column in columns] + [right[n].value] for n in range(len(right))]
    pivots: list[tuple[int, int]] = []
    for column in range(len(columns)):
        top = len(pivots)
        chosen = next((n for n in range(top, len(rows)) if rows[n][column]), None)
        if chosen is None:
            continue
        rows[top], rows[chosen] = rows[chosen], rows[top]
        inverse = pow(rows[top][column], -1, prime)
        rows[top] = [entry * inverse % prime for entry in rows[top]]
        for n, row in enumerate(rows):
            if n != top and row[column]:
                rows[n] = [(a - row[column] * b) % prime for a, b in zip(row, rows[top], strict=True)]
        pivots.append((top, column))
    if any(row[-1] for row in rows[len(pivots) :]):
        raise ZeroDivisionError("the equations contradict each other")
    found = [0] * len(columns)
    for top, column in pivots:
        found[column] = rows[top][-1]
    return found
