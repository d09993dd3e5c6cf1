"""A line of mathematics: its left side, the relation, its right side, and what is to be added."""

from __future__ import annotations

from dataclasses import dataclass

from einlang.codegen.notation.boxes import Box, Sign


@dataclass(frozen=True, slots=True)
class Line:
    """`left = right  (note)`; a line without relation is its left side alone."""

    left: Box
    relation: Sign | None
    right: Box | None
    note: Box | None = None
