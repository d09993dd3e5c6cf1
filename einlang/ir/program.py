"""A program of the tensor IR: inputs, definitions (each uses what stands before it), outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Self

from einlang.ir.extent import Extent, fixed
from einlang.ir.nodes import Abstract, Access, Definition, Expr, Index, Size, Target, Tensor, bound_indices
from einlang.source import Span
from einlang.tree import Node, walk


@dataclass(frozen=True, slots=True)
class Equation:
    """`sides[0] = sides[1] = …` for all positions of the indices: an assumption (two sides) or a check.

    `spans` are the places of the sides, where it was written.
    """

    indices: tuple[Index, ...]
    sides: tuple[Expr, ...]
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """`left = right` or `left <= right`: what the sizes of a call must satisfy beside what its shapes say; `text` says why.

    It need not hold where one of the ranges in `over` is empty, since then nothing is read.
    """

    left: Extent
    relation: Literal["=", "<="]
    right: Extent
    text: str
    over: tuple[Extent, ...] = ()


class Elements(NamedTuple):
    """Elements of an input: those at subscripts that indices run through, where all conditions are at least 0.

    A subscript and a condition are what each index is multiplied with, in the order of `ranges`, and then a constant.
    """

    tensor: Tensor
    ranges: tuple[Extent, ...]
    subscripts: tuple[tuple[Extent, ...], ...]
    conditions: tuple[tuple[Extent, ...], ...]

    @property
    def are_all(self) -> bool:
        """Whether they are all elements of the input: each axis has an index of its own, which ranges over all of it."""
        count = len(self.ranges)
        alone = [tuple(fixed(int(place == number)) for place in range(count + 1)) for number in range(count)]
        axes = [self.ranges[alone.index(subscript)] for subscript in self.subscripts if subscript in alone]
        are_apart = len(set(self.subscripts)) == len(self.subscripts) == count
        return not self.conditions and are_apart and tuple(axes) == self.tensor.shape


class Refusal(NamedTuple):
    """A call is refused before anything is written where `tensor` is not 0: something stands outside of an axis.

    Attributes:
        tensor: how many positions are outside; of rank 0.
        text: what should hold.
        elements: the elements of an integer input that are the positions, where they are just that.
        length: of the axis.
    """

    tensor: Tensor
    text: str
    elements: Elements | None
    length: Extent


class Bound(NamedTuple):
    """⌊extent / divisor⌋."""

    extent: Extent
    divisor: int

    def __str__(self) -> str:
        text = self.extent.spell()
        if self.divisor == 1:
            return text
        return f"floor({text if self.extent.size else f'({text})'} / {self.divisor})"


class Computed(NamedTuple):
    """A size that is the least of some bounds, and at least 0: how far an index ranges by `x[2 i]` or by two accesses."""

    size: str
    bounds: tuple[Bound, ...]

    @property
    def formula(self) -> str:
        """How it is computed, for people."""
        texts = ", ".join(map(str, self.bounds))
        return texts if len(self.bounds) == 1 else f"min({texts})"

    def value(self, sizes: Mapping[str, int]) -> int:
        """The size for given sizes."""
        return max(0, min(bound.extent.evaluate(sizes) // bound.divisor for bound in self.bounds))


class DerivativeOf(NamedTuple):
    """What a tensor holds the whole derivative of: its indices are those of the numerator, then those of each of `by` in turn.

    The numerator and what it is derived by need not be defined any more.
    """

    numerator: Tensor
    by: tuple[Tensor, ...]

    @property
    def shape(self) -> tuple[Extent, ...]:
        return tuple(extent for tensor in (self.numerator, *self.by) for extent in tensor.shape)


@dataclass(frozen=True, slots=True)
class Program:
    """A set of definitions with several roots. Passes map programs to programs.

    Attributes:
        name: an identifier, for generated code.
        inputs: inputs and params, in the order declared.
        definitions: topologically sorted, those that use one another (`recurrences`) side by side; no tensor is defined twice.
        outputs: defined (or input) tensors that a call returns, in this order.
        sizes: the value of each size that the program fixes.
        assumptions, checks: equations stated by the program.
        notes: why (tensor name, axis) must have the extent it has, where a use and not the declaration says so.
        requirements: what a call's sizes must satisfy before anything runs, where the shapes alone do not say it.
        derivatives: of the definitions that differentiation made, those that hold a whole derivative, and which.
        derived: definitions of the user's in which derivatives stood: what these brought forth has no form of its own yet.
        settled: definitions that keep their form and name as if the user had written them: what simplification left.
        updates: the outputs that are what the array of an input holds after a call, and which input.
        refusals: for what else a call is refused.
        computed: sizes that follow from others, each after those that it needs.
    """

    name: str
    inputs: tuple[Tensor, ...]
    definitions: tuple[Definition, ...]
    outputs: tuple[Tensor, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    assumptions: tuple[Equation, ...] = ()
    checks: tuple[Equation, ...] = ()
    notes: dict[tuple[str, int], str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    derivatives: Mapping[Tensor, DerivativeOf] = field(default_factory=dict)
    derived: frozenset[Tensor] = frozenset()
    settled: frozenset[Tensor] = frozenset()
    computed: tuple[Computed, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    updates: Mapping[Tensor, Tensor] = field(default_factory=dict)

    @property
    def given_sizes(self) -> tuple[str, ...]:
        """The sizes that the arrays of a call give, by first occurrence over the axes of the inputs; not those it fixes."""
        occurring = (size for tensor in self.inputs for extent in tensor.shape for size in extent.sizes)
        known = {*dict(self.sizes), *(found.size for found in self.computed)}
        return tuple(size for size in dict.fromkeys(occurring) if size not in known)

    def with_definitions(self, definitions: tuple[Definition, ...]) -> Self:
        """The same program with other definitions; what is not defined any more is no derivative either."""
        defined = {definition.tensor for definition in definitions}
        derivatives = {tensor: of for tensor, of in self.derivatives.items() if tensor in defined}
        return replace(self, definitions=definitions, derivatives=derivatives)

    def definition(self, tensor: Tensor) -> Definition | None:
        """The definition of a tensor, None for an input."""
        return next((d for d in self.definitions if d.tensor is tensor), None)


def tensors_in(root: Node) -> Iterator[Tensor]:
    """The tensors that an expression speaks of: those that it reads or derives by, abstract ones of which it has a derivative."""
    for node in walk(root):
        if isinstance(node, Access | Target):
            yield node.tensor
        elif isinstance(node, Abstract) and isinstance(node.function, Tensor):
            yield node.function


def own_sizes(definition: Definition) -> set[str]:
    """The sizes of the axes of an abstract tensor, which may have sizes of their own."""
    own = isinstance(definition.body, Abstract) and definition.body.function is definition.tensor
    return {size for extent in definition.tensor.shape for size in extent.sizes} if own else set()


def extents_in(definition: Definition) -> Iterator[Extent]:
    """Every extent that a definition speaks of."""
    for node in (*walk(definition), *definition.indices):
        if isinstance(node, Index | Size):
            yield node.extent
        else:
            yield from (index.extent for index in bound_indices(node))
