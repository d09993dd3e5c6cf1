"""Derivations as mathematics: in goes an equation of a derivation, out come its lines, those that look like the last left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from einlang.codegen.ein.equations import WrittenEquation, WrittenLine, WrittenReason
from einlang.codegen.notation.boxes import Box, Row, Text
from einlang.codegen.notation.formulas import formula
from einlang.tree import equal


class Step(NamedTuple):
    """A line: as it is written, its right side, and its rule, set."""

    written: WrittenLine
    right: Box
    reason: Box


def steps(equation: WrittenEquation) -> Iterator[Step]:
    """The lines of an equation. Mathematics sets `(a b) / c` and `a b / c` alike, so that some lines have nothing to show."""
    before: Box | None = None
    for line in equation.lines:
        right = formula(line.right)
        if before is None or not equal(right, before):
            yield Step(line, right, _reason(line.reason))
        before = right


def _reason(written: WrittenReason) -> Box:
    """Words with formulas between them."""
    first, *others = (Text(words) for words in written.words)
    spread = [box for f, words in zip(written.formulas, others, strict=True) for box in (formula(f), words)]
    return Row((first, *spread))
