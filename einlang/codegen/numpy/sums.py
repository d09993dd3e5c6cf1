"""Sums of products as matrix products and einsums: in go the values of the factors, out comes the value of the sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from einlang.codegen.numpy.arithmetic import Order, product, quotient
from einlang.codegen.numpy.contraction import contracted, summed
from einlang.codegen.numpy.products import Factor, Factors, best_order, positions
from einlang.codegen.numpy.values import ATOM, SUM, Value, alike, as_float, literal, negated, typed
from einlang.codegen.numpy.writer import Writer
from einlang.ir.nodes import Index, Number, Reduce, Size


@dataclass(slots=True)
class SumOfProduct:
    """One sum. `guards` are the indices over which it is 0 where they have no positions, though its text would not say so."""

    expr: Reduce
    factors: Factors
    order: Order
    writer: Writer
    guards: list[Index] = field(default_factory=list)

    def value(self, operands: Sequence[Value]) -> Value:
        """The sum of the product of `operands`, the values of the factors' operands."""
        found = self._divided(alike(operands) if self._whole() else [as_float(value) for value in operands])
        result = [self._contracted(found)] if found else []
        missing = [index for index in self.expr.indices if not any(index in value.axes for value in found)]
        if found:
            self.guards += missing
        lengths = [self.writer.extent(index.extent) for index in missing]
        return self._scaled(self._guarded(product([*lengths, *result], self.order, self.writer)))

    def _whole(self) -> bool:
        """Whether all factors are whole numbers."""
        numbers = [f.expr.value for f in self.factors.coefficients if isinstance(f.expr, Number)]
        known = all(isinstance(f.expr, Number | Size) and not f.divides for f in self.factors.coefficients)
        divides = any(factor.divides for factor in self.factors.operands)
        return known and not divides and all(number.denominator == 1 for number in numbers)

    def _divided(self, values: Sequence[Value]) -> list[Value]:
        """Each denominator divides the smallest factor that has its indices, or becomes a reciprocal."""
        kept = [value for value, factor in zip(values, self.factors.operands, strict=True) if not factor.divides]
        for value, factor in zip(values, self.factors.operands, strict=True):
            if factor.divides:
                hosts = [n for n, host in enumerate(kept) if set(host.axes) >= set(value.axes)]
                if hosts:
                    host = min(hosts, key=lambda n: positions(kept[n].axes, self.writer.fixed))
                    kept[host] = self.writer.settled(quotient(kept[host], value, self.order))
                else:
                    kept.append(quotient(literal(Fraction(1)), value, self.order))
        return kept

    def _contracted(self, operands: Sequence[Value]) -> Value:
        """All operands multiplied, two at a time, and summed."""
        values = list(operands)
        plan = best_order([value.axes for value in values], self.expr.indices, self.writer.fixed)
        sums = 0
        for left, right, kept in plan.pairs:
            pair, separately = contracted(values[left], values[right], kept, self.order, self.writer)
            sums += separately
            values.append(self.writer.settled(pair))
        last = values[-1] if plan.pairs else next(v for n, v in enumerate(values) if n not in plan.after)
        rest = [index for index in self.expr.indices if index in last.axes]
        result = summed(last, rest)
        if sums + bool(rest) > 1 or plan.after:
            self.guards += self.expr.indices
        return product([*(values[n] for n in plan.after), result], self.order, self.writer)

    def _guarded(self, value: Value) -> Value:
        """0 where a range is empty: a factor that was taken out of the sum may be infinite or no number."""
        ranges = [self.writer.extent(i.extent) for i in dict.fromkeys(self.guards) if i.extent.constant in (None, 0)]
        finite = value.weak and "inf" not in value.text
        if not ranges or finite:
            return value
        distinct = list(dict.fromkeys(length.text for length in ranges))
        least = distinct[0] if len(distinct) == 1 else f"min({', '.join(distinct)})"
        text = f"np.where({least} > 0, {typed(value).within(SUM)}, 0)"
        return Value(text, value.axes, value.kind, depth=value.depth + 1)

    def _scaled(self, value: Value) -> Value:
        """The coefficients, multiplied and divided where that takes fewest numbers: after the sum."""
        above, below = self._number(divides=False), self._number(divides=True)
        others = [f for f in self.factors.coefficients if not isinstance(f.expr, Number)]
        factors = [self._coefficient(f) for f in others if not f.divides]
        if abs(above) != 1:
            factors.insert(0, literal(abs(above)))
        result = product([*factors, value], self.order, self.writer)
        for divisor in ([literal(below)] if below != 1 else []) + [self._coefficient(f) for f in others if f.divides]:
            result = quotient(result, divisor, self.order)
        return negated(result) if above < 0 else result

    def _number(self, divides: bool) -> Fraction:
        """The product of the literals above or below the slash; a sign goes above."""
        values = [f.expr.value for f in self.factors.coefficients if isinstance(f.expr, Number)]
        sides = [f.divides for f in self.factors.coefficients if isinstance(f.expr, Number)]
        chosen = [abs(value) for value, side in zip(values, sides, strict=True) if side == divides]
        negative = sum(value < 0 for value in values) % 2 and not divides
        return math.prod(chosen, start=Fraction(-1 if negative else 1))

    def _coefficient(self, factor: Factor) -> Value:
        if not isinstance(factor.expr, Size):
            return Value("np.pi", weak=True)
        value = self.writer.extent(factor.expr.extent)
        return value.but(text=f"max({value.text}, 1)", level=ATOM, depth=1) if factor.divides else value
