"""Reading one expression: in goes an expression with its sums written out, out comes tensor IR, by way of a table of visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from einlang.diagnostics import Label, Report
from einlang.ir.extent import Extent
from einlang.ir.linear import linear
from einlang.ir.nodes import Access, Definition, Expr, Function, Index, Tensor
from einlang.ir.operators import apply
from einlang.ir.reaches import Reach
from einlang.sema.binding import BoundSide
from einlang.sema.bounds import Doubtful
from einlang.sema.names import Scope, Symbols, TensorSymbol
from einlang.sema.order import reachable
from einlang.sema.ranges import Axis, Ranges
from einlang.sema.reading import Place, Reading, may_be_size, places
from einlang.sema.scopes import resolve
from einlang.source import Span
from einlang.syntax import nodes
from einlang.tree import Node, fold

FAILED = Access(Tensor("?", (), "float", "input", None), ())
"""What an expression with an error becomes: its error is reported, and nothing that follows from it is."""


@dataclass(frozen=True, slots=True)
class Template:
    """A function of the program: its parameters, as tensors of rank 0, and its body over them; no body after an error."""

    parameters: tuple[Expr, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands for a parameter of a function in its body: an expression, and its indices that are the parameter's axes."""

    value: Expr
    axes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Along:
    """A function along indices: its declaration, and its body with the sums written out."""

    function: Function
    scope: Scope
    bound: BoundSide

    @property
    def kept(self) -> list[str]:
        """The indices that a call keeps."""
        return [index for index in self.function.indices if index[0].islower()]


@dataclass(frozen=True, slots=True)
class Side:
    """A right side that was read: its tensor IR, whether part of it had an error, and its sums with the indices they run over."""

    expr: Expr
    failed: bool
    bound: BoundSide
    implied: Mapping[nodes.IndexName, Index]


@dataclass(frozen=True, slots=True)
class Follow:
    """A subscript on the axis along which a tensor of the recurrence that is read now steps.

    Attributes:
        conditions: what holds there.
        padded: whether it may be out of bounds.
    """

    axis: Axis
    position: Expr
    conditions: tuple[Expr, ...]
    padded: bool


@dataclass(slots=True)
class Known:
    """What is known of the whole program while its expressions are read.

    Attributes:
        shapes: the extents of every tensor's axes, those of a definition before it is read.
        tensors: the tensors whose kind is known too.
        consts, templates, abstract: consts of rank 0, functions, and functions without a body.
        along: functions along indices that a built-in one was given for: from indices and arguments to an expression.
        bodies: functions of the program along indices.
        parameter_sizes: the sizes of the axes of parameters, and how they are spelled in the function.
        depth: how deep calls of functions along indices are nested in what is read now.
        instances: calls by function and arguments, so that equal calls are one expression, however deep calls are nested.
        uses: for each definition the names that it uses.
        const_tensors: the definitions of the consts that have axes.
        read: every right side that was read, by the expression as written.
        broken: the definitions that had an error.
        failed: whether any expression had an error.
        doubtful: the positions that may be out of bounds.
        steps: the axis along which each tensor of the recurrence steps that is read now.
        follows: the reads of those tensors.
        circles: the names of each recurrence's tensors.
    """

    symbols: Symbols
    report: Report
    ranges: Ranges
    shapes: dict[str, tuple[Extent, ...]] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    consts: dict[str, Expr] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    abstract: dict[str, Function] = field(default_factory=dict)
    along: dict[str, Callable[[Sequence[Index], Sequence[Expr]], Expr]] = field(default_factory=dict)
    bodies: dict[str, Along] = field(default_factory=dict)
    parameter_sizes: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    instances: dict[tuple[str, tuple[Expr, ...]], Expr] = field(default_factory=dict)
    uses: dict[str, list[str]] = field(default_factory=dict)
    const_tensors: list[Definition] = field(default_factory=list)
    read: dict[nodes.Expression, Side] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    failed: bool = False
    doubtful: list[Doubtful] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)
    follows: list[Follow] = field(default_factory=list)
    circles: list[frozenset[str]] = field(default_factory=list)

    def tensor(self, symbol: TensorSymbol) -> Tensor:
        """The tensor of a symbol; one that is used before it is read, which is an error reported elsewhere, holds floats."""
        if symbol.name not in self.tensors:
            role = "definition" if symbol.role == "const" else symbol.role
            integer = isinstance(symbol.item, nodes.Declarator) and symbol.item.integer
            self.tensors[symbol.name] = Tensor(
                symbol.name, self.shapes[symbol.name], "int" if integer else "float", role, symbol.span
            )
        return self.tensors[symbol.name]

    def depends(self, names: Iterable[str], on: str) -> bool:
        """Whether tensors depend on another by way of definitions, or may do so by way of one that has an error."""
        found = reachable(names, self.uses, barrier=on)
        return on in found or not found.isdisjoint(self.broken)


@dataclass(slots=True)
class Reader:
    """Reads one expression, its sums written out, bottom-up."""

    known: Known
    scope: Scope
    places: Mapping[Node, Place]
    indices: Mapping[Node, Index]
    parameters: Mapping[str, Argument]
    visitors: Mapping[type[Node], Callable[..., Expr]]
    failed: bool = False
    _doubtful: list[tuple[nodes.Expression, Expr, Axis]] = field(default_factory=list)
    _followed: list[tuple[nodes.Expression, Expr, Axis]] = field(default_factory=list)
    _made: dict[Node, Expr] = field(default_factory=dict)

    def read(self, expression: nodes.Expression) -> Expr:
        """The expression as tensor IR; `failed` tells whether part of it had an error."""
        self._made = fold(expression, self.visit)
        return self._made[expression]

    def visit(self, node: Node, children: tuple[Expr, ...]) -> Expr:
        """The tensor IR of a node, given that of its children; the kind must be the one that is wanted there."""
        visitor, place = self.visitors.get(type(node)), self.places.get(node)
        if visitor is None or place is None or place.reading is Reading.SIZED:
            return FAILED
        if place.reading is Reading.RANGE and not may_be_size(node):
            return self.no_size(node)
        made = visitor(self, node, *children)
        is_condition = isinstance(node, nodes.Comparison | nodes.Logical | nodes.Not)
        return FAILED if is_condition and FAILED in children else self._of_kind(node, made, is_condition)

    def _of_kind(self, node: Any, made: Expr, is_condition: bool) -> Expr:
        """A comparison stands in `if`, `where`, `and or not`, and nothing else does."""
        wanted = self.places[node].condition
        if made is FAILED or isinstance(node, nodes.Parenthesised) or wanted is None or wanted == is_condition:
            return made
        if is_condition and any(node.span.covers(found.span) for found in self.known.report.diagnostics):
            return made
        if is_condition:
            help = "choose between two numbers with it: `… if … else …`"
            return self.error(
                "comparison-as-number", node.span, "a comparison is no number", "stands where a number is wanted", help
            )
        text = f"({node.span.text})" if isinstance(node, nodes.Conditional) else node.span.text
        help = f"compare it with something: `{text} != 0`"
        return self.error("number-as-condition", node.span, "a number is no condition", "a comparison is wanted here", help)

    # --- errors -----------------------------------------------------------------------------------------------------------

    def error(self, id: str, span: Span, message: str, label: str = "", help: str = "", others: tuple[Label, ...] = ()) -> Expr:
        """Report an error."""
        self.known.report.add(id, span, message, label=label, help=help, others=others)
        return self.fail()

    def no_size(self, node: Any) -> Expr:
        """Report what stands where a size is wanted."""
        help = "a size is made of whole numbers, consts, sizes and `size(X, 0)` with + - *, `floor(n / 2)`, `min` and `max(0, n)`"
        return self.error("not-a-size", node.span, f"`{node.span.text}` is no size", "a size is wanted here", help)

    def fail(self) -> Expr:
        """Go on after an error that is reported already."""
        self.failed = self.known.failed = True
        return FAILED

    # --- indices ----------------------------------------------------------------------------------------------------------

    def index(self, subscript: Node) -> Index | None:
        """The index that stands alone as a subscript."""
        return self.indices.get(subscript) if isinstance(subscript, nodes.Name) else None

    def place(self, subscript: nodes.Expression, made: Expr, axis: Axis) -> None:
        """A position stands on an axis: it says how far indices range, or else it is to be checked."""
        position, conditions, ranges = linear(made), self.places[subscript].conditions, self.known.ranges
        if self.known.steps.get(axis.tensor) == axis.number:
            self._followed.append((subscript, made, axis))
            if position is not None and position.index is not None and not ranges.is_stepped(position):
                ranges.stand(position.index, axis)
            return
        if self.places[subscript].padded or (position is not None and position.index and position.index.extent is axis.extent):
            return
        is_sure = position is not None and Reach(position, axis.extent).is_definite and not conditions
        if position is None or not is_sure or (position.index is None and ranges.is_stepped(position)):
            self._doubtful.append((subscript, made, axis))
        if position is not None and is_sure and position.index is None:
            ranges.reach(position, axis)
        if position is not None and position.index is not None:
            (ranges.stand_where_chosen if conditions else ranges.stand)(position.index, axis)

    def doubtful(self) -> Iterator[Doubtful]:
        """The positions that may be out of bounds, when everything is read."""
        for subscript, position, axis in self._doubtful:
            yield Doubtful(position, self._conditions(subscript), axis)

    def followed(self) -> Iterator[Follow]:
        """The reads of the recurrence, when everything is read."""
        for subscript, position, axis in self._followed:
            yield Follow(axis, position, self._conditions(subscript), self.places[subscript].padded)

    def _conditions(self, subscript: nodes.Expression) -> tuple[Expr, ...]:
        """What holds where a subscript is chosen."""
        made = [(self._made[condition], holds) for condition, holds in self.places[subscript].conditions]
        return tuple(condition if holds else apply("not", condition) for condition, holds in made)


def read_bound(
    reader: Reader, bound: BoundSide, scope: Scope, free: Mapping[str, Index], parameters: Mapping[str, Argument]
) -> Side:
    """A right side whose sums are written out, over the free indices of its item, read as `reader` reads."""
    known = reader.known

    def introduce(call: nodes.Call, name: nodes.IndexName) -> Index:
        mend = f"give it one: `{call.function}[{name.name} : n](…)`"
        return known.ranges.introduce(name.name, name.span, mend, name.extent is not None)

    found = places(bound.expression)
    indices = resolve(bound.expression, found, scope, free, introduce)
    inner = Reader(known, scope, found, indices, parameters, reader.visitors)
    expr = inner.read(bound.expression)
    if not known.ranges.claimed:
        known.doubtful.extend(inner.doubtful())
    known.follows.extend(inner.followed())
    return Side(expr, inner.failed or bound.failed, bound, {name: indices[name] for name in bound.implied if name in indices})
