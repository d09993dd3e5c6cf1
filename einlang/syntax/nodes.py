"""The syntax tree: what the user wrote, one class a concept, every node with its span; names are strings (NFKC).

Expressions keep the shape that the rules of summation speak of: a `Product` is a chain of factors, an `Additive` a chain
of terms, and `Parenthesised` is kept, since what stands in parentheses is a product of its own.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from einlang.source import Span
from einlang.tree import Node, node


class Expression(Node):
    """Base of expressions."""

    __slots__ = ()
    span: Span


# --- names, indices, references -----------------------------------------------------------------------------------------


@node
class TensorName(Node):
    """`W`, `w'`, or `W{m, p}` with its superscripts."""

    name: str
    superscripts: tuple[Expression, ...]
    span: Span


@node
class IndexName(Node):
    """An index where it is introduced: on a left side or in `op[…]`, with the range given to it (`I : n - 1`) or None."""

    name: str
    extent: Expression | None
    span: Span


@node
class Name(Expression):
    """A bare name: a rank-0 tensor, a const, a size, a parameter, or the position of an index; or, in a subscript, an index."""

    name: TensorName
    span: Span


@node
class Reference(Expression):
    """`A[i, K]`: a tensor with subscripts (a `Name` for a plain index)."""

    name: TensorName
    subscripts: tuple[Expression, ...]
    span: Span


@node
class Filled(Expression):
    """`1[I]` or `0[i, j]`: a tensor of ones or zeros."""

    value: int
    subscripts: tuple[Expression, ...]
    span: Span


@node
class Delta(Expression):
    """`δ[a, b]`: 1 where the two subscripts are equal, else 0."""

    subscripts: tuple[Expression, ...]
    span: Span


@node
class LeviCivita(Expression):
    """`levicivita[i, j, k]`: the permutation symbol."""

    subscripts: tuple[Expression, ...]
    span: Span


@node
class Derivative(Expression):
    """`∂L/∂W[i,j]`, `∂²L/∂w[i]∂w[j]`: `numerator` is a Name, a Reference, a Derivative or Parenthesised."""

    order: int
    numerator: Expression
    denominators: tuple[Name | Reference, ...]
    span: Span


# --- arithmetic ---------------------------------------------------------------------------------------------------------


@node
class Number(Expression):
    """A literal, exact: `0.1` is Fraction(1, 10). `text` is as written."""

    value: Fraction
    text: str
    span: Span


@node
class Parenthesised(Expression):
    """`(e)`."""

    body: Expression
    span: Span


@node
class Negative(Expression):
    """`-e`."""

    operand: Expression
    span: Span


@node
class Power(Expression):
    """`base ^ exponent`."""

    base: Expression
    exponent: Expression
    span: Span


@node
class Factor(Node):
    """A factor of a product and how it is joined to what stands before it (the first has `*`)."""

    joined: Literal["*", "/", "juxtaposed"]
    operand: Expression
    span: Span


@node
class Product(Expression):
    """Two or more factors joined by juxtaposition, `*` or `/`, from left to right."""

    factors: tuple[Factor, ...]
    span: Span


@node
class Term(Node):
    """A term of a sum and its sign (the first has `+`; a leading minus is a `Negative`)."""

    sign: Literal["+", "-"]
    operand: Expression
    span: Span


@node
class Additive(Expression):
    """Two or more terms joined by `+` or `-`, from left to right."""

    terms: tuple[Term, ...]
    span: Span


# --- logic --------------------------------------------------------------------------------------------------------------


@node
class Comparison(Expression):
    """`left op right`; the operator in its ASCII spelling."""

    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Expression
    right: Expression
    span: Span


@node
class Logical(Expression):
    """`a and b and …` or `a or b or …`: two or more operands."""

    operator: Literal["and", "or"]
    operands: tuple[Expression, ...]
    span: Span


@node
class Not(Expression):
    """`not e`."""

    operand: Expression
    span: Span


@node
class Conditional(Expression):
    """`then if condition else otherwise`."""

    then: Expression
    condition: Expression
    otherwise: Expression
    span: Span


# --- calls and tensors written out --------------------------------------------------------------------------------------


@node
class Call(Expression):
    """`f(x)`, `sum[K : n](e)`, `softmax[j](e)`, `f'1(x, y)`: a function, built in or the file's own.

    `primes` counts the primes of a derivative of an abstract function, `argument` is the number after them (0 for none).
    """

    function: str
    primes: int
    argument: int
    indices: tuple[IndexName, ...]
    arguments: tuple[Expression, ...]
    span: Span


@node
class Written(Expression):
    """`[a, b, c]`: entries written out; `[[a, b], [c, d]]` has `Written` entries."""

    entries: tuple[Expression, ...]
    span: Span


@node
class WrittenReference(Expression):
    """`[[a, b], [c, d]][i, j]`."""

    tensor: Written
    subscripts: tuple[Expression, ...]
    span: Span


# --- what a file is made of ---------------------------------------------------------------------------------------------


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
    """A whole file. `unread`: the names that lines with a syntax error would have declared or defined."""

    items: tuple[Item, ...]
    span: Span
    unread: tuple[str, ...] = ()

    @property
    def is_sketch(self) -> bool:
        """Whether the file declares no input and no param: then what nothing defines is an input."""
        return not any(isinstance(item.item if isinstance(item, Repeated) else item, Declaration) for item in self.items)
