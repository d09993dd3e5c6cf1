"""A tensor of a recurrence as it was read: in go its step, starts and reads, out come places, and expressions over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from einlang.ir.build import number
from einlang.ir.extent import Extent, fixed
from einlang.ir.indices import substitute
from einlang.ir.linear import Linear, plain_positions
from einlang.ir.nodes import Expr, Index, Tensor
from einlang.sema.bounds import Doubtful
from einlang.sema.circles import Edge, Member
from einlang.sema.reader import Follow


@dataclass(slots=True)
class Part:
    """A member as it was read: over the index of its step, which stands for its place plus the shift.

    Attributes:
        indices: those of the definition; that of the step axis is the place.
        step: the index of the step.
        starts: positions with their elements; a negative one counts from the end.
        follows: the reads of members, with the whole number that is added to the step.
        doubtful: what else of it may be out of bounds.
    """

    member: Member
    tensor: Tensor
    indices: tuple[Index, ...]
    step: Index
    starts: list[tuple[int, Expr]]
    body: Expr
    follows: list[tuple[Follow, int]]
    doubtful: list[Doubtful]

    @property
    def place(self) -> Index:
        """The index of the definition along which it steps."""
        return self.indices[self.member.axis]

    @property
    def length(self) -> Extent:
        """The length of the axis along which it steps."""
        return self.place.extent

    @property
    def edges(self) -> Iterator[Edge]:
        """The reads of members, as offsets from one place to another."""
        for follow, added in self.follows:
            yield Edge(self.member.name, follow.axis.tensor, added - self.member.shift)

    @property
    def furthest(self) -> int:
        """How much further than the step the left side and what it reads of itself reach."""
        own = [a for follow, a in self.follows if follow.axis.tensor == self.member.name and is_bare(follow)]
        return max(self.member.shift, *own) if own else self.member.shift

    def placed(self, expr: Expr) -> Expr:
        """An expression over the step, over the place."""
        return plain_positions(substitute(expr, {self.step: Linear(((self.place, fixed(1)),), fixed(-self.member.shift)).expr}))


def is_bare(follow: Follow) -> bool:
    """Whether nothing keeps a read in bounds."""
    return not follow.conditions and not follow.padded


def at(part: Part, place: int) -> Expr:
    """A position of a start, as an expression."""
    return number(place) if place >= 0 else Linear((), part.length + place).expr
