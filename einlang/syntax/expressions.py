"""The nodes of expressions: what the user wrote from `=` on, one class a concept, every node with its span.

They keep the shape that the rules of summation speak of: a `Product` is a chain of factors, an `Additive` a chain of terms, and
`Parenthesised` is kept, since what stands in parentheses is a product of its own. Names are strings (NFKC).
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

    `by` says by which argument each prime of a derivative of a function derives, counted from 1; 0 where no number says it:
    `σ''` has (0, 0), `f''1'2` has (1, 1, 2).
    """

    function: str
    by: tuple[int, ...]
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
