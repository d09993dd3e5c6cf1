"""Logarithms of sums of exponentials: in goes a program, out comes one without `logsumexp`, stable for large arguments.

With m the largest of z (0 where that is infinite), log Σ exp z = m + log Σ exp(z - m). What subtracts it subtracts both parts
one after the other, (z - m) - log Σ exp(z - m), so that nothing is lost where m is large; and the exponential of that is
exp(z - m) / Σ exp(z - m), whose numerator the sum has computed already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from einlang.ir.build import ONE, add, div, mul, neg, number, reduce, select, sub, total
from einlang.ir.guarded import guarded
from einlang.ir.indices import fresh, substitute
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Add, Apply, Definition, Expr, Index, Infinity, Mul, Reduce, Tensor
from einlang.ir.operators import apply
from einlang.ir.parts import Parts
from einlang.ir.program import Program
from einlang.ir.safety import unsafe_nodes
from einlang.optimize.bodies import with_body
from einlang.tree import rewrite, walk

NOTHING = neg(Infinity())
"""What a logsumexp takes nothing from."""


def stabilise(program: Program) -> Program:
    """The program with every logsumexp split into a shift and the logarithm of a sum."""
    stabiliser = _Stabiliser(Names.of(program))
    return program.with_definitions(tuple(part for d in program.definitions for part in stabiliser.definitions(d)))


@dataclass(frozen=True, slots=True)
class _Split:
    """A tensor that is shift + log(total), each over `indices` of the tensor's."""

    definition: Definition
    shift: Expr
    total: Expr
    log: Expr

    def at(self, access: Access) -> tuple[Expr, Expr, Expr]:
        """Shift, total and logarithm of the total for an element."""
        renaming = dict(zip(self.definition.indices, access.subscripts, strict=True))
        return substitute(self.shift, renaming), substitute(self.total, renaming), substitute(self.log, renaming)


class _Stabiliser:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._splits: dict[Tensor, _Split] = {}

    def definitions(self, definition: Definition) -> Iterator[Definition]:
        """What a definition becomes: each logsumexp in it a definition of its own, and these split."""
        parts = Parts(definition, self._names)
        rest = with_body(definition, _separated(definition.body, parts))
        for part in (*parts.definitions, rest):
            if isinstance(part.body, Reduce) and part.body.operation == "logsumexp":
                yield from self._split(part, part.body)
            else:
                yield with_body(part, self._flattened(part.body))

    def _split(self, definition: Definition, found: Reduce) -> Iterator[Definition]:
        """The largest, the shift, the sum and its logarithm, and the definition as shift + logarithm."""
        parts = Parts(definition, self._names)
        shift = parts.name(_shift(parts.name(_largest(found))), "shift")
        summed = parts.name(_sum(found, shift), "sum")
        log = parts.name(apply("log", summed), "log")
        self._splits[definition.tensor] = _Split(definition, shift, summed, log)
        yield from (with_body(part, self._flattened(part.body)) for part in parts.definitions)
        yield with_body(definition, add(shift, log))

    def _flattened(self, body: Expr) -> Expr:
        """A body in which what is split is subtracted part by part."""
        if not any(isinstance(node, Access) and node.tensor in self._splits for node in walk(body)):
            return body
        quotients: Expr = rewrite(body, self._quotient)
        result: Expr = rewrite(quotients, self._difference)
        return result

    def _quotient(self, node: Expr) -> Expr | None:
        """exp(z - shift - log total) = exp(z - shift) / total."""
        match node:
            case Apply(operator, (Add(terms),)) if operator.name == "exp":
                for term in terms:
                    if (access := _negated(term)) is not None and access.tensor in self._splits:
                        shift, summed, _ = self._splits[access.tensor].at(access)
                        others = (other for other in terms if other is not term)
                        return div(apply("exp", add(*others, neg(shift))), summed)
        return None

    def _difference(self, node: Expr) -> Expr | None:
        """z - (shift + log total) = (z - shift) - log total: the other terms first, the logarithms last."""
        if not isinstance(node, Add):
            return None
        others, shifts, logs = list[Expr](), list[Expr](), list[Expr]()
        for term in node.terms:
            access = _negated(term) or term
            if isinstance(access, Access) and access.tensor in self._splits:
                shift, _, log = self._splits[access.tensor].at(access)
                sign = ONE if access is term else number(-1)
                shifts.append(mul(sign, shift))
                logs.append(mul(sign, log))
            else:
                others.append(term)
        return add(*others, *shifts, *logs) if shifts else None


def _negated(term: Expr) -> Access | None:
    """A for a term -A."""
    match term:
        case Mul((factor, Access() as access)) if factor is number(-1):
            return access
        case _:
            return None


def _separated(body: Expr, parts: Parts) -> Expr:
    """A body with each logsumexp named, or written out where it cannot stand elsewhere."""
    unsafe = unsafe_nodes(body)

    def rule(node: Expr) -> Expr | None:
        if not isinstance(node, Reduce) or node.operation != "logsumexp" or node is body:
            return None
        return _written_out(node) if node in unsafe else parts.name(node)

    if isinstance(body, Reduce) and body.operation == "logsumexp" and body in unsafe:
        return _written_out(body)
    result: Expr = rewrite(body, rule)
    return result


def _written_out(found: Reduce) -> Expr:
    shift = _shift(_largest(found))
    return add(shift, apply("log", _sum(found, shift)))


def _largest(found: Reduce) -> Expr:
    return reduce("max", *_renamed(found))


def _shift(largest: Expr) -> Expr:
    """The largest where it is finite: an infinite one would give ∞ - ∞."""
    return select(apply("<", apply("abs", largest), Infinity()), largest, number(0))


def _sum(found: Reduce, shift: Expr) -> Expr:
    """exp(-∞ - shift) is 0, as the shift is finite: what a mask throws away is not computed."""
    indices, body = _renamed(found)
    masked = guarded(body, lambda expr: expr is NOTHING)
    if masked is None:
        return total(indices, apply("exp", sub(body, shift)))
    added = replace(masked, body=apply("exp", sub(masked.body, shift)), nothing=number(0))
    return total(indices, added.under(added.conditions))


def _renamed(found: Reduce) -> tuple[tuple[Index, ...], Expr]:
    """The indices and body of a reduction over indices of its own."""
    renaming = {index: fresh(index) for index in found.indices}
    return tuple(renaming.values()), substitute(found.body, dict(renaming))
