"""The chain rule, one row a node: in goes a node, out come its steps: to each child, and what is multiplied on the way.

A rule says of an adjoint a at a node that the child's adjoint is `before` · a · `after`, inside a sum over `indices`, and
structurally zero where `guard` is false. No composite has a row: softmax, gelu and the like are derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from einlang.ir.build import MINUS_ONE, ONE, delta, div, mul, number, power, reduce, select, sub
from einlang.ir.indices import fresh, renewed, substitute
from einlang.ir.naming import free_names
from einlang.ir.nodes import (
    Abstract,
    Access,
    Add,
    Apply,
    Delta,
    Div,
    Expr,
    Index,
    Infinity,
    Mul,
    Number,
    Pi,
    Pow,
    Reduce,
    Select,
    Size,
    Solve,
    Stack,
    Stop,
    Tensor,
    Zero,
)
from einlang.ir.operators import apply


class Scope(Protocol):
    """What a rule may ask for: the value of its node, and a definition for something that it needs."""

    def value(self, expr: Expr) -> Expr: ...

    def name(self, expr: Expr, word: str) -> Expr: ...


@dataclass(frozen=True, slots=True)
class Step:
    """From a node to one of its children."""

    child: Expr
    before: tuple[Expr, ...] = ()
    after: tuple[Expr, ...] = ()
    guard: Expr | None = None
    indices: tuple[Index, ...] = ()


Rule = Callable[..., Iterator[Step]]
"""From a node and its scope to its steps."""


def none(_node: Expr, _scope: Scope) -> Iterator[Step]:
    """What does not depend on anything that can be differentiated by."""
    return iter(())


def sums(node: Add, _scope: Scope) -> Iterator[Step]:
    """∂(f + g) = ∂f + ∂g."""
    for term in node.terms:
        yield Step(term)


def products(node: Mul, _scope: Scope) -> Iterator[Step]:
    """∂(f g h) = ∂f g h + f ∂g h + f g ∂h: the adjoint takes the place of the factor."""
    for position, factor in enumerate(node.factors):
        yield Step(factor, node.factors[:position], node.factors[position + 1 :])


def quotients(node: Div, scope: Scope) -> Iterator[Step]:
    """∂(f / g) = ∂f / g - (f / g) ∂g / g."""
    reciprocal = div(ONE, node.denominator)
    yield Step(node.numerator, (), (reciprocal,))
    yield Step(node.denominator, (MINUS_ONE,), (scope.value(node), reciprocal))


def powers(node: Pow, scope: Scope) -> Iterator[Step]:
    """∂(f^n) = n f^(n-1) ∂f; by the exponent f^n log f, which is 0 at f = 0."""
    base, exponent = node.base, node.exponent
    guard = None if isinstance(exponent, Number) else apply("!=", exponent, number(0))
    yield Step(base, (exponent, power(base, sub(exponent, ONE))), (), guard)
    yield Step(exponent, (), (scope.value(node), apply("log", base)), apply("!=", base, number(0)))


def operators(node: Apply, scope: Scope) -> Iterator[Step]:
    """∂f(x, y) = f'1(x, y) ∂x + f'2(x, y) ∂y, the partial derivatives standing in the table of operators."""
    if node.operator.partials is None:
        return
    for argument, partial in zip(node.arguments, node.operator.partials(*node.arguments, scope.value(node)), strict=True):
        match partial:
            case Zero():
                continue
            case Select(condition, factor, Zero()):
                yield Step(argument, (), _unless_one(factor), condition)
            case Select(condition, Zero(), factor):
                yield Step(argument, (), _unless_one(factor), apply("not", condition))
            case _:
                yield Step(argument, (), (partial,))


def _unless_one(factor: Expr) -> tuple[Expr, ...]:
    return () if factor is ONE else (factor,)


def selections(node: Select, _scope: Scope) -> Iterator[Step]:
    """A branch takes part where it is chosen."""
    yield Step(node.then, guard=node.condition)
    yield Step(node.otherwise, guard=apply("not", node.condition))


def stacks(node: Stack, _scope: Scope) -> Iterator[Step]:
    """An entry takes part at its position."""
    for position, entry in enumerate(node.entries):
        yield Step(entry, guard=apply("==", node.position, number(position)))


def reductions(node: Reduce, scope: Scope) -> Iterator[Step]:
    """One formula an operation; where several elements are largest, the first takes it all."""
    formula = REDUCTIONS.get(node.operation)
    if formula is not None:
        yield Step(node.body, (), formula(node, scope), indices=node.indices)


def _prod(node: Reduce, scope: Scope) -> tuple[Expr, ...]:
    """∂(Π_K f_K)/∂f_k = Π_K (f_K where K ≠ k): right to every order, also where elements are zero."""
    others = {index: fresh(index) for index in node.indices}
    same: Expr | None = None
    for index, other in others.items():
        here = apply("==", other, index)
        same = here if same is None else apply("and", same, here)
    assert same is not None
    body = select(same, ONE, substitute(node.body, dict(others)))
    return (scope.name(reduce("prod", tuple(others.values()), body), "prod"),)


def _extremum(node: Reduce, scope: Scope) -> tuple[Expr, ...]:
    """∂(max_K f_K)/∂f_k = δ[k, argmax_K f_K]: of several that are largest, the first; NaN where there is one."""
    (index,) = node.indices
    other = fresh(index)
    first = Reduce("argmax" if node.operation == "max" else "argmin", (other,), substitute(node.body, {index: other}))
    return (delta(index, scope.name(first, first.operation)),)


def _logsumexp(node: Reduce, scope: Scope) -> tuple[Expr, ...]:
    """∂(log Σ_K exp f_K)/∂f_k = exp(f_k - log Σ_K exp f_K)."""
    return (apply("exp", sub(node.body, scope.value(node))),)


def _inverse(rows: Sequence[Index], columns: Sequence[Index], matrix: Expr, position: tuple[Expr, ...], scope: Scope) -> Expr:
    """The element of the inverse of a matrix at a position among the columns, and at the rows: solutions for unit vectors."""
    letters = free_names([index.name for index in (*columns, *rows, *rows)])[-len(rows) :]
    others = {row: Index(letter, row.extent) for row, letter in zip(rows, letters, strict=False)}
    unknowns = {column: fresh(column) for column in columns}
    units = mul(*(delta(other, row) for row, other in others.items()))
    made = substitute(matrix, {**others, **unknowns})
    return scope.name(Solve(tuple(others.values()), tuple(unknowns.values()), made, units, position), "inverse")


def _logdet(node: Reduce, scope: Scope) -> tuple[Expr, ...]:
    """∂(log |det K|)/∂K_ij is the element of the inverse at j, i."""
    row, column = node.indices
    return (_inverse((row,), (column,), node.body, (column,), scope),)


REDUCTIONS: dict[str, Callable[[Reduce, Scope], tuple[Expr, ...]]] = {
    "sum": lambda node, scope: (),
    "prod": _prod,
    "max": _extremum,
    "min": _extremum,
    "logsumexp": _logsumexp,
    "logdet": _logdet,
}
"""What the adjoint is multiplied with on the way into a reduction; argmax and argmin have derivative zero."""


def abstract(node: Abstract, _scope: Scope) -> Iterator[Step]:
    """∂f(T)/∂x = ∂f/∂T[P] ∂T[P]/∂x, ∂f/∂T being abstract as f is; for an elementwise function σ'(t) ∂t/∂x."""
    for position, (argument, indices) in enumerate(zip(node.arguments, node.indices, strict=True)):
        yield Step(argument, (), (renewed(node).partial(position, indices),), indices=indices)


def systems(node: Solve, scope: Scope) -> Iterator[Step]:
    """From A x = g follows ∂x = A^-1 (∂g - ∂A x): the implicit function theorem, A^-1 being the solution for each unit vector."""
    inverse = _inverse(node.rows, node.columns, node.matrix, node.position, scope)
    places = {place: column for place, column in zip(node.position, node.columns, strict=True) if isinstance(place, Index)}
    solution = scope.value(node) if scope.value(node) is not node else scope.name(node, "solution")
    yield Step(node.right, (), (inverse,), indices=node.rows)
    yield Step(node.matrix, (MINUS_ONE,), (inverse, substitute(solution, dict(places))), indices=(*node.rows, *node.columns))


RULES: dict[type[Expr], Rule] = {
    Number: none,
    Zero: none,
    Pi: none,
    Infinity: none,
    Size: none,
    Index: none,
    Delta: none,
    Stop: none,
    Access: none,
    Add: sums,
    Mul: products,
    Div: quotients,
    Pow: powers,
    Apply: operators,
    Select: selections,
    Stack: stacks,
    Reduce: reductions,
    Solve: systems,
    Abstract: abstract,
}

UNSAID = ""
"""The title of what needs no saying: a derivative goes into a sum, and past a sign."""

TITLES: dict[type[Expr], str] = {
    Add: "sum rule",
    Mul: "product rule",
    Div: "quotient rule",
    Pow: "power rule",
    Select: "each branch where it is chosen",
    Stack: "each entry at its position",
    Solve: "derivative of a solution",
}
"""What people call the rules; those of functions and reductions are called by these."""


def title(node: Expr, flows: Sequence[bool]) -> str:
    """What people call the rule of a node, some of whose children are derived."""
    match node:
        case Mul((Number(value), _)) if abs(value) == 1:
            return UNSAID
        case Mul() | Div() if sum(flows) == 1 and not (isinstance(node, Div) and flows[1]):
            return "constant factor"
        case Apply(operator, (Number(value), _)) if operator.name == "max" and value == 0:
            return "derivative of relu"
        case Apply(operator):
            return f"derivative of {operator.name}"
        case Abstract(Tensor(), _, _, arguments):
            through = (argument.tensor.name for argument in arguments if isinstance(argument, Access))
            return f"chain rule through {', '.join(through)}"
        case Abstract(function):
            return f"derivative of {function.name}"
        case Reduce(operation):
            return UNSAID if operation == "sum" else f"derivative of {operation}"
        case _:
            return TITLES[type(node)]


def passes_on(node: Expr) -> tuple[Expr, ...]:
    """The children whose derivative the node's derivative depends on."""
    match node:
        case Apply(operator, arguments):
            return arguments if operator.partials is not None else ()
        case Select(_, then, otherwise):
            return then, otherwise
        case Stack(entries, _):
            return entries
        case Reduce(operation, _, body):
            return (body,) if operation in REDUCTIONS else ()
        case Abstract():
            return node.arguments
        case Add(children) | Mul(children):
            return children
        case Div(numerator, denominator):
            return numerator, denominator
        case Solve(_, _, matrix, right):
            return matrix, right
        case Pow(base, exponent):
            return base, exponent
        case _:
            return ()
