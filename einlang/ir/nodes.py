"""The tensor IR: scalar expressions of indices, every sum explicit, every index an object with its extent.

An expression stands for one number at each position of its free indices. Nodes are interned: equal trees are one object.
Classes are exact (`Mul((a, b))` is always a `Mul`); the functions of `build` simplify. Subtraction and sign are a factor -1.
Binders are `Reduce` (its indices, in its body), `Solve` (its rows and columns, in its children), `Abstract` (its indices, in its
arguments) and `Definition` (its indices, in its body); every binder owns its indices.
An `Index` is an expression too, its position counted from 0, so that a subscript is any whole-number expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Self

from einlang.ir.extent import Extent
from einlang.tree import Interned, Node, node

if TYPE_CHECKING:
    from einlang.ir.operators import Operator
    from einlang.source import Span

Kind = Literal["float", "int", "bool"]
Role = Literal["input", "param", "definition"]
ReductionName = Literal["sum", "prod", "max", "min", "logsumexp", "argmax", "argmin", "logdet"]


class Expr(Node, metaclass=Interned):
    """Base of expressions."""

    __slots__ = ()

    @property
    def binds(self) -> tuple[Index, ...]:
        """The indices that it binds in its children, where it is a binder."""
        return ()

    def rebound(self, renaming: Mapping[Index, Index]) -> Self:
        """The binder over other indices; its children are not changed."""
        return self


def bound_indices(node: Node) -> tuple[Index, ...]:
    """The indices that a node binds in its children, where it is a binder."""
    return node.binds if isinstance(node, Expr) else ()


@node
class Index(Expr):
    """An index: identity, a name to print, the extent it ranges over. As an expression: its position. Never interned."""

    atoms = ("extent",)
    has_identity = True
    name: str
    extent: Extent


@node
class Tensor(Node, metaclass=Interned):
    """A named array of a program. `declared` is where, or None for what a pass made."""

    atoms = ("shape",)
    name: str
    shape: tuple[Extent, ...]
    kind: Kind
    role: Role
    declared: Span | None

    @property
    def rank(self) -> int:
        return len(self.shape)


# --- leaves -------------------------------------------------------------------------------------------------------------


@node
class Number(Expr):
    """An exact rational."""

    value: Fraction


@node
class Zero(Expr):
    """What is zero by structure: it hides NaN and infinity, and prunes derivatives. `Number(0)` does neither."""


@node
class Pi(Expr):
    """The number π."""


@node
class Infinity(Expr):
    """IEEE 754's +∞."""


@node
class Size(Expr):
    """An extent as a number."""

    atoms = ("extent",)
    extent: Extent


@node
class Access(Expr):
    """`A[s, t]`: an element of a tensor, at whole-number expressions (an `Index` where the subscript is plain)."""

    atoms = ("tensor",)
    tensor: Tensor
    subscripts: tuple[Expr, ...]


@node
class Delta(Expr):
    """`δ[a, b]`: 1 where the whole-number expressions are equal, structurally zero elsewhere."""

    left: Expr
    right: Expr


# --- arithmetic ---------------------------------------------------------------------------------------------------------


@node
class Add(Expr):
    """The sum of two or more terms, from left to right."""

    terms: tuple[Expr, ...]


@node
class Mul(Expr):
    """The product of two or more factors, from left to right."""

    factors: tuple[Expr, ...]


@node
class Div(Expr):
    """`numerator / denominator`."""

    numerator: Expr
    denominator: Expr


@node
class Pow(Expr):
    """`base ^ exponent`; an integer `Number` exponent means repeated multiplication (its reciprocal where negative)."""

    base: Expr
    exponent: Expr


@node
class Apply(Expr):
    """An elementwise operator (a row of `operators`), comparisons and logic included."""

    operator: Operator
    arguments: tuple[Expr, ...]


@node
class Select(Expr):
    """`then if condition else otherwise`; what is not chosen contributes nothing, not even NaN."""

    condition: Expr
    then: Expr
    otherwise: Expr


@node
class Stack(Expr):
    """The entry at `position` (a whole-number expression in range) of entries written out."""

    entries: tuple[Expr, ...]
    position: Expr


@node
class Stop(Expr):
    """The value of `body`, with derivative zero."""

    body: Expr


# --- binders and derivatives --------------------------------------------------------------------------------------------


@node
class Reduce(Expr):
    """`op[I, J](body)`: the reduction of `body` over all positions of its indices.

    argmax and argmin have one index and give the first position. logdet has two, rows and columns: log |det|, -∞ where singular.
    Empty ranges: sum 0, prod 1, max -∞, min ∞, logsumexp -∞, logdet 0, argmax and argmin 0 (that calls with those are refused
    which a program states is one of its requirements).
    """

    atoms = ("indices",)
    operation: ReductionName
    indices: tuple[Index, ...]
    body: Expr

    @property
    def binds(self) -> tuple[Index, ...]:
        return self.indices

    def rebound(self, renaming: Mapping[Index, Index]) -> Self:
        return replace(self, indices=tuple(renaming.get(index, index) for index in self.indices))


@node
class Solve(Expr):
    """The element at `position` of the x for which Σ_columns matrix · x[columns] = right, at each position of `rows`.

    Rows and columns are bound in the matrix, rows alone in the right side; there are as many positions of both. Only ever all
    of a definition's body, at indices of the definition; its other indices are a batch.
    """

    atoms = ("rows", "columns")
    rows: tuple[Index, ...]
    columns: tuple[Index, ...]
    matrix: Expr
    right: Expr
    position: tuple[Expr, ...]

    @property
    def binds(self) -> tuple[Index, ...]:
        return (*self.rows, *self.columns)

    def rebound(self, renaming: Mapping[Index, Index]) -> Self:
        rows, columns = (tuple(renaming.get(index, index) for index in own) for own in (self.rows, self.columns))
        return replace(self, rows=rows, columns=columns)


@node
class Target(Node, metaclass=Interned):
    """`∂T[p, q]`: what a derivative is taken by, with the subscripts at which it is then read."""

    atoms = ("tensor",)
    tensor: Tensor
    subscripts: tuple[Expr, ...]


@node
class Derivative(Expr):
    """`∂body/∂T[p, q]`, `∂²body/∂T[p]∂U[q]`: the total derivative by distinct elements, its subscripts then set."""

    body: Expr
    wrt: tuple[Target, ...]


# --- what is known by name alone ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Body:
    """What a function is: an expression of its parameters, tensors of rank 0."""

    parameters: tuple[Tensor, ...]
    expr: Expr


@dataclass(frozen=True, slots=True)
class Function:
    """An abstract function: its indices as declared (a capital one is used up); its parameters, each with those it goes along.

    One with a body is not abstract: its derivative by name is worked out from it.
    """

    name: str
    indices: tuple[str, ...]
    parameters: tuple[tuple[str, tuple[str, ...]], ...]
    declared: Span | None = field(default=None, compare=False)
    body: Body | None = None


@node
class Abstract(Expr):
    """What is known only by what it depends on, or a partial derivative of that.

    The element at `positions` of an abstract tensor, or of what an abstract function gives. Its n-th argument is the tensor of
    all `arguments[n]` over `indices[n]`, which are bound there (an abstract tensor depends on whole tensors). Each pair of `by`
    is a differentiation: by which argument, counted from 0, and by which element of it. As derivatives commute, arguments
    stand in order.
    """

    atoms = ("function", "indices")
    function: Function | Tensor
    positions: tuple[Expr, ...]
    indices: tuple[tuple[Index, ...], ...]
    arguments: tuple[Expr, ...]
    by: tuple[tuple[int, tuple[Expr, ...]], ...] = ()

    @property
    def binds(self) -> tuple[Index, ...]:
        return tuple(index for own in self.indices for index in own)

    def rebound(self, renaming: Mapping[Index, Index]) -> Self:
        return replace(self, indices=tuple(tuple(renaming.get(index, index) for index in own) for own in self.indices))

    def partial(self, argument: int, element: tuple[Expr, ...]) -> Abstract:
        """Its partial derivative by an element of an argument."""
        return replace(self, by=tuple(sorted((*self.by, (argument, element)), key=lambda pair: pair[0])))


@node
class Definition(Node):
    """`tensor[indices] = body` for every position of the indices; `indices` has the tensor's rank and extents."""

    atoms = ("tensor", "indices")
    tensor: Tensor
    indices: tuple[Index, ...]
    body: Expr
