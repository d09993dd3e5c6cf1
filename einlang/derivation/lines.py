"""A derivation as data: equations, each of lines, each line an expression and the reason why it equals the one above."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from einlang.ir.nodes import Access, Definition, Expr, Index, Tensor
from einlang.ir.program import Program
from einlang.tree import Node, walk


class Reason(NamedTuple):
    """A rule in words: `{}` stands for each of the parts in turn, tensors, indices or expressions over the line's indices.

    `renamed` are the indices that δ renames, and to what: they are named first.
    """

    words: str
    parts: tuple[Node, ...] = ()
    renamed: tuple[tuple[Index, Expr], ...] = ()

    def then(self, other: Reason) -> Reason:
        """Both."""
        return Reason(f"{self.words}; {other.words}", (*self.parts, *other.parts))


class Line(NamedTuple):
    """`= body`, and why."""

    body: Expr
    reason: Reason


@dataclass(frozen=True, slots=True)
class Steps:
    """`tensor[indices] = …`, line by line.

    Attributes:
        by: the tensor that every line derives by.
        holds_fixed: whether derivatives in the lines are partial ones: whatever else is read is held fixed.
    """

    tensor: Tensor
    indices: tuple[Index, ...]
    by: Tensor
    lines: tuple[Line, ...]
    holds_fixed: bool

    @property
    def mentioned(self) -> set[Tensor]:
        """The tensors that its lines and their reasons speak of."""
        return _tensors(node for line in self.lines for node in (line.body, *line.reason.parts))

    @property
    def last_mentioned(self) -> set[Tensor]:
        """The tensors that its last line speaks of."""
        return _tensors([self.lines[-1].body])

    @property
    def definition(self) -> Definition:
        """What the last line says."""
        return Definition(self.tensor, self.indices, self.lines[-1].body)


@dataclass(frozen=True, slots=True)
class Derivation:
    """Equations in the order in which they build upon each other, the derivatives asked for among them.

    Attributes:
        program: a program that computes the derivatives asked for, by these equations.
        whole: the program that was derived, with all that was found.
        equations: one for each tensor on the way.
        results: the tensors whose equations are to be read where the lines are not asked for.
    """

    program: Program
    whole: Program
    equations: tuple[Steps, ...]
    results: frozenset[Tensor]


def _tensors(roots: Iterable[Node]) -> set[Tensor]:
    nodes = [node for root in roots for node in walk(root)]
    return {node if isinstance(node, Tensor) else node.tensor for node in nodes if isinstance(node, Tensor | Access)}
