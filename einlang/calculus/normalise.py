"""What differentiation would write twice gets a name first: in goes a definition, out come that definition and its named parts.

The chain rule mentions the other factors of a product, arguments and values of functions, what a reduction runs over. Where
these are costly they become definitions of their own. So a derived program is as long as the program it comes from, up to a
factor, and computes nothing twice. Simplification puts back what turns out to be used once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from einlang.calculus.mentions import live_comparisons, live_nodes, mentioned, mentions_itself, own_values, shared_nodes
from einlang.calculus.rules import passes_on
from einlang.ir.build import mul, number, power, total
from einlang.ir.indices import free_indices
from einlang.ir.kinds import kind
from einlang.ir.measure import CHEAP, count, is_constant, operations
from einlang.ir.naming import Names
from einlang.ir.nodes import Access, Add, Apply, Definition, Delta, Div, Expr, Mul, Pow, Reduce, Select, Tensor
from einlang.ir.ordering import contraction_order
from einlang.ir.parts import Parts
from einlang.ir.safety import conditions_of_all, unsafe_nodes
from einlang.tree import Node, evaluate

LARGEST_PRODUCT = 4
"""A product of more factors is multiplied in parts: its derivative has a term for each factor, with all the others in it."""
LARGEST_SPREAD = 12
"""So many operations may be written for the accesses below a node together, before it gets an adjoint of its own."""


def normalise(definition: Definition, live: Collection[Tensor], names: Names) -> list[Definition]:
    """Definitions of the same values, the given one last, whose derivatives by `live` tensors are short."""
    return _Normaliser(definition, live, names).run()


@dataclass(frozen=True, slots=True)
class _Part:
    """A node, costly parts named: its operations, its accesses to live tensors, and whether it reduces."""

    expr: Expr
    operations: int
    accesses: int
    reduces: bool


class _Normaliser:
    def __init__(self, definition: Definition, live: Collection[Tensor], names: Names) -> None:
        body = definition.body
        self._definition = definition
        self._parts = Parts(definition, names)
        self._live = live_nodes(body, live)
        self._comparisons = live_comparisons(body, self._live)
        self._shared = shared_nodes(body)
        self._unsafe = unsafe_nodes(body)
        self._conditions = conditions_of_all(body) if self._unsafe else {}
        self._own = own_values(body) & self._unsafe

    def run(self) -> list[Definition]:
        body = evaluate(self._definition.body, self._visit).expr
        return [*self._parts.definitions, Definition(self._definition.tensor, self._definition.indices, body)]

    def _visit(self, node: Expr, parts: tuple[_Part, ...]) -> _Part:
        if isinstance(node, Access):
            return _Part(node, count(node, ()), int(node in self._live), False)
        passing = passes_on(node)
        flows = [child in self._live and child in passing for child in node.children]
        named = [
            self._named(part, child) if self._is_wanted(node, position, flows, parts) else part
            for position, (part, child) in enumerate(zip(parts, node.children, strict=True))
        ]
        if any(flows) and isinstance(node, Mul) and not self._is_stuck(node):
            return self._product(node, named)
        if any(flows) and isinstance(node, Reduce) and not self._is_stuck(node):
            return self._reduction(node, named[0])
        return _joined(node.rebuild([part.expr for part in named]), named)

    def _named(self, part: _Part, node: Node) -> _Part:
        """What has become of a node, or of a part of it, by a name; moved if the node can only stand where it stands."""
        guards = (self._conditions[node] or ()) if node in self._unsafe else ()
        return _Part(self._parts.name(part.expr, guards=guards), 0, min(part.accesses, 1), False)

    def _is_wanted(self, node: Expr, position: int, flows: Sequence[bool], parts: Sequence[_Part]) -> bool:
        """Whether the rules mention the child more often than is cheap, or its adjoint is better written once."""
        part, child = parts[position], node.children[position]
        if part.operations <= CHEAP or self._is_stuck(child) or kind(part.expr) == "bool" or is_constant(part.expr):
            return False
        if position in mentioned(node, flows) or node in self._comparisons:
            return True
        inside_function = part.reduces and isinstance(node, Apply | Pow)
        spread = part.accesses * _written(node, position, parts) if part.accesses > 1 else 0
        return flows[position] and (
            (mentions_itself(part.expr) and child not in self._own)
            or inside_function
            or child in self._shared
            or spread > LARGEST_SPREAD
        )

    def _is_stuck(self, node: Node) -> bool:
        """Whether a node can only stand where it stands, under one condition here and another there."""
        return node in self._unsafe and self._conditions[node] is None

    def _product(self, node: Mul, parts: Sequence[_Part]) -> _Part:
        """Equal factors joined to a power; factors of the same indices multiplied in groups until they are few."""
        factors = [_power(equal) for equal in _grouped(parts, lambda part: part.expr)]
        while len(factors) > LARGEST_PRODUCT:
            shorter = [
                self._named(_multiplied(chunk), node) if len(chunk) > 1 else chunk[0]
                for group in _grouped(factors, lambda part: frozenset(free_indices(part.expr)))
                for chunk in _chunks(group)
            ]
            if len(shorter) == len(factors):
                break
            factors = shorter
        return _multiplied(factors)

    def _reduction(self, node: Reduce, part: _Part) -> _Part:
        match node.operation:
            case "sum" if isinstance(part.expr, Mul) and len(part.expr.factors) > LARGEST_PRODUCT:
                return self._contraction(node, part)
            case "max" | "min":
                return self._extremum(node, part)
            case _:
                return _joined(node.rebuild([part.expr]), [part])

    def _extremum(self, node: Reduce, part: _Part) -> _Part:
        """max over K and L is max over K of max over L: each has one position where it is reached."""
        for index in reversed(node.indices[1:]):
            part = self._named(_joined(Reduce(node.operation, (index,), part.expr), [part]), node)
        return _joined(Reduce(node.operation, node.indices[:1], part.expr), [part])

    def _contraction(self, node: Reduce, part: _Part) -> _Part:
        """A sum of a long product, contracted pair by pair until the product is short."""
        summed = node.indices
        operands = [_Part(factor, operations(factor), 1, False) for factor in cast(Mul, part.expr).factors]
        kept = [index for index in free_indices(part.expr) if index not in summed]
        order = contraction_order([free_indices(operand.expr) for operand in operands], kept, {})
        alive = dict(enumerate(operands))
        for result, (first, second) in enumerate(order[: len(operands) - LARGEST_PRODUCT + 1], len(operands)):
            pair = _multiplied([alive.pop(first), alive.pop(second)])
            elsewhere = {*kept, *(index for other in alive.values() for index in free_indices(other.expr))}
            inner = [index for index in free_indices(pair.expr) if index not in elsewhere]
            summed = tuple(index for index in summed if index not in inner)
            alive[result] = self._named(_joined(total(inner, pair.expr), [pair]), node)
        rest = _multiplied(list(alive.values()))
        return _joined(total(summed, rest.expr), [rest])


def _joined(expr: Expr, parts: Sequence[_Part]) -> _Part:
    reduces = isinstance(expr, Reduce) or any(part.reduces for part in parts)
    total_operations = count(expr, tuple(part.operations for part in parts))
    return _Part(expr, total_operations, sum(part.accesses for part in parts), reduces)


def _multiplied(parts: Sequence[_Part]) -> _Part:
    return parts[0] if len(parts) == 1 else _joined(mul(*(part.expr for part in parts)), parts)


def _power(equal: Sequence[_Part]) -> _Part:
    """The product of equal factors. δ is its own square."""
    first = equal[0]
    if len(equal) == 1 or isinstance(first.expr, Delta):
        return first
    return _joined(power(first.expr, number(len(equal))), [first])


def _grouped(parts: Sequence[_Part], key: Callable[[_Part], Hashable]) -> list[list[_Part]]:
    groups: dict[Hashable, list[_Part]] = {}
    for part in parts:
        groups.setdefault(key(part), []).append(part)
    return list(groups.values())


def _chunks(parts: Sequence[_Part]) -> Iterator[Sequence[_Part]]:
    return (parts[start : start + LARGEST_PRODUCT] for start in range(0, len(parts), LARGEST_PRODUCT))


def _written(node: Expr, position: int, parts: Sequence[_Part]) -> int:
    """The operations written on the way to a child, for each access below it."""
    others = sum(part.operations for other, part in enumerate(parts) if other != position)
    match node:
        case Mul() | Div() | Select():
            return 1 + others
        case Add() | Reduce():
            return 0
        case _:
            return 3
