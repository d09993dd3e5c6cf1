"""Numbers, arithmetic, comparisons and choices: in goes a node and its children's tensor IR, out comes its own.

The order of operations is the one written: chains run from left to right, and what stands in parentheses is computed by itself.
Signs move to the front of a product and literals are folded, which changes no value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce as fold_left

from einlang.ir.build import MINUS_ONE, ONE, add, delta, div, mul, number, power, select
from einlang.ir.nodes import Add, Apply, Delta, Expr, Index, Mul, Number
from einlang.ir.operators import OPERATORS, apply
from einlang.sema.reader import Reader
from einlang.syntax import nodes


def literal(reader: Reader, node: nodes.Number) -> Expr:
    """`0.5`."""
    return number(node.value)


def same(reader: Reader, node: nodes.Expression, body: Expr) -> Expr:
    """`(e)`: parentheses show in the shape of the tree alone."""
    return body


def joined(reader: Reader, node: nodes.Factor | nodes.Term, operand: Expr) -> Expr:
    """A factor or a term: what joins it is read off by the chain."""
    return operand


def negative(reader: Reader, node: nodes.Negative, operand: Expr) -> Expr:
    """`-e`."""
    return negated(operand)


def negated(operand: Expr) -> Expr:
    """A factor -1 in front of the factors of a product, in front of anything else, and part of a literal."""
    factors = operand.factors if isinstance(operand, Mul) else (operand,)
    if isinstance(factors[0], Number):
        return _chained([number(-factors[0].value), *factors[1:]])
    return Mul((MINUS_ONE, *factors))


def raised(reader: Reader, node: nodes.Power, base: Expr, exponent: Expr) -> Expr:
    """`base ^ exponent`."""
    return power(base, exponent)


def product(reader: Reader, node: nodes.Product, *operands: Expr) -> Expr:
    """`a b / c d`: from left to right, with the sign in front."""
    signs = [_without_sign(factor.operand, operand) for factor, operand in zip(node.factors, operands, strict=True)]
    chain: list[Expr] = [MINUS_ONE] if sum(bare is not None for bare in signs) % 2 else []
    for factor, operand, bare in zip(node.factors, operands, signs, strict=True):
        value = bare or operand
        if factor.joined == "/":
            chain = [div(_chained(chain), value)]
        else:
            chain = _folded([other for other in (*chain, value) if other is not ONE] or [ONE], mul)
    return _chained(chain)


def _without_sign(written: nodes.Expression, operand: Expr) -> Expr | None:
    """What a sign stands before; None where none does."""
    signed = isinstance(written, nodes.Negative) and isinstance(operand, Mul) and operand.factors[0] is MINUS_ONE
    return _chained(operand.factors[1:]) if signed and isinstance(operand, Mul) else None


def _chained(factors: Sequence[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _folded(chain: list[Expr], build: Callable[[Expr, Expr], Expr]) -> list[Expr]:
    """The chain; where it is two literals, they become one."""
    made = build(*chain) if len(chain) == 2 and all(isinstance(item, Number) for item in chain) else None
    return [made] if isinstance(made, Number) else chain


def additive(reader: Reader, node: nodes.Additive, *operands: Expr) -> Expr:
    """`a + b - c`: from left to right."""
    terms: list[Expr] = []
    for term, operand in zip(node.terms, operands, strict=True):
        terms = _folded([*terms, negated(operand) if term.sign == "-" else operand], add)
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def comparison(reader: Reader, node: nodes.Comparison, left: Expr, right: Expr) -> Expr:
    """`a <= b`."""
    return apply(node.operator, left, right)


def logical(reader: Reader, node: nodes.Logical, *operands: Expr) -> Expr:
    """`a and b and c`."""
    return fold_left(lambda left, right: apply(node.operator, left, right), operands)


def inverted(reader: Reader, node: nodes.Not, operand: Expr) -> Expr:
    """`not a`."""
    return apply("not", operand)


def conditional(reader: Reader, node: nodes.Conditional, then: Expr, condition: Expr, otherwise: Expr) -> Expr:
    """`a if c else b`; `1 if i == j else 0` is `δ[i, j]`."""
    if isinstance(condition, Apply) and condition.operator is OPERATORS["=="] and (then, otherwise) == (number(1), number(0)):
        left, right = condition.arguments
        if isinstance(left, Index) and isinstance(right, Index):
            if isinstance(made := delta(left, right), Delta):
                reader.known.ranges.link(left, right)
            return made
    return select(condition, then, otherwise)
