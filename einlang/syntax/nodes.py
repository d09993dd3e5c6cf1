"""The syntax tree: what the user wrote, one class a concept, every node with its span. Here: what a file is made of.

Expressions are in `einlang.syntax.expressions`, and are names of this module too.
"""

from __future__ import annotations

from typing import Literal

from einlang.source import Span
from einlang.syntax.expressions import (
    Additive,
    Call,
    Comparison,
    Conditional,
    Delta,
    Derivative,
    Expression,
    Factor,
    Filled,
    IndexName,
    LeviCivita,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Parenthesised,
    Power,
    Product,
    Reference,
    TensorName,
    Term,
    Written,
    WrittenReference,
)
from einlang.tree import Node, node

__all__ = [
    "Abstract",
    "Additive",
    "Assume",
    "Call",
    "Check",
    "Comparison",
    "Conditional",
    "ConstDeclaration",
    "Declaration",
    "Declarator",
    "Definition",
    "Delta",
    "Derivative",
    "Expression",
    "Factor",
    "File",
    "Filled",
    "Function",
    "IndexName",
    "Item",
    "LeftIndex",
    "LeviCivita",
    "Logical",
    "Name",
    "Negative",
    "Not",
    "Number",
    "Output",
    "Parameter",
    "Parenthesised",
    "Power",
    "Product",
    "Reference",
    "Repeated",
    "Repetition",
    "SizeDeclaration",
    "SizeDeclarator",
    "Solve",
    "TensorName",
    "Term",
    "Update",
    "Use",
    "Written",
    "WrittenReference",
]


class Item(Node):
    """Base of what stands on a line of its own."""

    __slots__ = ()
    span: Span


@node
class Repetition(Node):
    """One `m in 1..n` of a `for`."""

    variable: str
    first: Expression
    last: Expression
    span: Span


@node
class Repeated(Item):
    """`item for m in 1..n, p in 0..m`."""

    item: Item
    ranges: tuple[Repetition, ...]
    span: Span


@node
class Declarator(Node):
    """`X[b, k0]`, or `y[b] : int` with `integer` set; the axes are expressions of sizes."""

    name: TensorName
    axes: tuple[Expression, ...]
    integer: bool
    span: Span


@node
class Declaration(Item):
    """`input …` or `param …`."""

    role: Literal["input", "param"]
    declarators: tuple[Declarator, ...]
    span: Span


@node
class SizeDeclarator(Node):
    """`h = 128`, or `n` with `value` None."""

    name: TensorName
    value: Expression | None
    span: Span


@node
class SizeDeclaration(Item):
    """`size h = 128` · `size n, m`."""

    sizes: tuple[SizeDeclarator, ...]
    span: Span


@node
class ConstDeclaration(Item):
    """`const n = 3` · `const w[3] = [1/6, 2/3, 1/6]`."""

    name: TensorName
    axes: tuple[Expression, ...]
    value: Expression
    span: Span


@node
class Use(Item):
    """`use "layers.ein"`."""

    path: str
    span: Span


@node
class Assume(Item):
    """`assume left = right`."""

    left: Expression
    right: Expression
    span: Span


@node
class Abstract(Item):
    """`abstract L(Y, T)` · `abstract Z[p](Y)`: a tensor known only by what it depends on."""

    name: TensorName
    indices: tuple[IndexName, ...]
    arguments: tuple[TensorName, ...]
    span: Span


@node
class Check(Item):
    """`check a = b = c`: two or more sides."""

    sides: tuple[Expression, ...]
    span: Span


@node
class Output(Item):
    """`output L, G1`."""

    names: tuple[TensorName, ...]
    span: Span


@node
class Parameter(Node):
    """A parameter of a function: `x`, or `z[j]` with its indices."""

    name: str
    indices: tuple[IndexName, ...]
    span: Span


@node
class Function(Item):
    """`fn f[j](z[j], x) = body`; without a body it is abstract."""

    name: str
    indices: tuple[IndexName, ...]
    parameters: tuple[Parameter, ...]
    body: Expression | None
    span: Span


@node
class LeftIndex(Node):
    """A subscript on a left side with its given range: `i`, `i : b`, `0`, `-1`, `t + 1`."""

    subscript: Expression
    extent: Expression | None
    span: Span


@node
class Definition(Item):
    """`Z[i, j] = body`; a recurrence's start and step are definitions too."""

    name: TensorName
    indices: tuple[LeftIndex, ...]
    body: Expression
    span: Span


@node
class Update(Item):
    """`w[i] <- body`."""

    name: TensorName
    indices: tuple[LeftIndex, ...]
    body: Expression
    span: Span


@node
class Solve(Item):
    """`solve s[j]: left = right`."""

    name: TensorName
    indices: tuple[LeftIndex, ...]
    left: Expression
    right: Expression
    span: Span


@node
class File(Node):
    """A whole file. `unread`: names that lines with a syntax error would have declared or defined; `use`, if more."""

    items: tuple[Item, ...]
    span: Span
    unread: tuple[str, ...] = ()

    @property
    def is_sketch(self) -> bool:
        """Whether the file declares no input and no param: then what nothing defines is an input."""
        return not any(isinstance(item.item if isinstance(item, Repeated) else item, Declaration) for item in self.items)
