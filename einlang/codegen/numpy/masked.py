"""Sums of products that a condition cuts: in goes a sum whose body is a choice between a product and 0, out comes its value.

`sum[J](A[i,J] B[J,k] if J <= i else 0)` is the matrix product of B with A where the condition holds and 0 elsewhere, as long as
B is finite: 0 does not hide an infinity or NaN. Where it is not, the products are chosen one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from einlang.codegen.numpy.arithmetic import Order, product, quotient
from einlang.codegen.numpy.products import Factor, Factors, factors_of, positions
from einlang.codegen.numpy.sums import SumOfProduct
from einlang.codegen.numpy.tidy import is_zero
from einlang.codegen.numpy.values import Value, aligned, alike, applied, literal, transposed, union
from einlang.codegen.numpy.writer import Writer
from einlang.ir.build import ONE
from einlang.ir.nodes import Expr, Index, Reduce, Select
from einlang.tree import Node


@dataclass(frozen=True, slots=True)
class Masked:
    """A sum of a product where a condition holds (or, `inverted`, does not); `host` is the factor that the condition goes to."""

    expr: Reduce
    condition: Expr
    inverted: bool
    factors: Factors
    host: int


def masked_of(expr: Reduce, free: Mapping[Node, tuple[Index, ...]], sizes: Mapping[str, int]) -> Masked | None:
    """The parts of a sum that a condition cuts; None where nothing is gained by taking it apart."""
    body = expr.body
    if not isinstance(body, Select) or not (is_zero(body.then) or is_zero(body.otherwise)):
        return None
    inverted = is_zero(body.then)
    factors = factors_of(Reduce("sum", expr.indices, body.otherwise if inverted else body.then))
    if factors is None:
        return None
    axes = [frozenset(free[factor.expr]) for factor in factors.operands]
    wanted = frozenset(free[body.condition])
    hosts = [n for n, f in enumerate(factors.operands) if not f.divides and axes[n] >= wanted and axes[n] & {*expr.indices}]
    if not hosts:
        return None
    host = min(hosts, key=lambda n: positions(axes[n], sizes))
    outside = [n for n, some in enumerate(axes) if not some <= axes[host]]
    return Masked(expr, body.condition, inverted, factors, host) if outside else None


def masked_sum(masked: Masked, condition: Value, operands: Sequence[Value], order: Order, writer: Writer) -> Value:
    """The sum, from the values of its condition and of its factors."""
    values = [writer.settled(value) for value in alike(operands)]
    host, rest = values[masked.host], list[Value]()
    for number, (factor, value) in enumerate(zip(masked.factors.operands, values, strict=True)):
        if number == masked.host:
            continue
        if not set(value.axes) <= set(host.axes):
            rest.append(writer.named(quotient(literal(Fraction(1)), value, order) if factor.divides else value))
        else:
            host = quotient(host, value, order) if factor.divides else product([host, value], order, writer)
    cut = _Cut(masked, writer.named(condition), order, writer)
    host, name = writer.named(host), writer.name()
    finite = [f"np.isfinite({value.text}).all()" for value in rest if value.kind == "float"]
    start = len(writer.lines)
    fast = cut.sum(host, rest)
    if not finite:
        return fast
    writer.assign(name, fast.text)
    writer.indent(start, f"if {' and '.join(finite)}:")
    start = len(writer.lines)
    slow = cut.sum(product([host, *rest], order, writer), [])
    writer.assign(name, transposed(slow, fast.axes).text)
    writer.indent(start, "else:  # 0 does not hide an infinity")
    return Value(name, fast.axes)


@dataclass(frozen=True, slots=True)
class _Cut:
    masked: Masked
    condition: Value
    order: Order
    writer: Writer

    def sum(self, host: Value, rest: Sequence[Value]) -> Value:
        """The sum of the products of `host`, where the condition holds, and the rest."""
        axes = union([self.condition.axes, host.axes], self.order)
        branches = [aligned(host, axes), literal(Fraction(0))]
        branches = branches[::-1] if self.masked.inverted else branches
        chosen = applied("np.where({0}, {1}, {2})", [aligned(self.condition, axes), *branches], axes, host.kind)
        factors = Factors(self.masked.factors.coefficients, (Factor(ONE, False),) * (1 + len(rest)))
        return SumOfProduct(self.masked.expr, factors, self.order, self.writer).value([chosen, *rest])
