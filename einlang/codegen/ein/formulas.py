"""Expressions as formulas: in goes tensor IR, out come syntax trees that read back as the same, sums unsaid where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, cast

from einlang.codegen.ein.abstract import Call
from einlang.codegen.ein.patterns import Along, along, has_literal
from einlang.codegen.ein.pieces import NONE, Factor, Indices, Piece, shared_by, union
from einlang.codegen.ein.spans import NOWHERE, additive, name, number
from einlang.errors import InternalError
from einlang.ir.extent import Extent
from einlang.ir.guarded import chosen
from einlang.ir.means import mean
from einlang.ir.nodes import (
    Access,
    Add,
    Apply,
    Delta,
    Derivative,
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
    Stack,
    Stop,
    Target,
    Zero,
)
from einlang.syntax import nodes
from einlang.tree import Node, fold

LOGIC: dict[str, Literal["and", "or"]] = {"and": "and", "or": "or"}


@dataclass(slots=True)
class Formulas:
    """Writes the expressions of one definition.

    Attributes:
        indices: the names of the indices.
        tensors: the names of tensors as they are written.
        size: how an extent is written as a number.
        given: how the range of an index is written.
        found: the indices whose range the language finds by itself; others are given theirs.
        alone: the indices that stand alone as a subscript somewhere, which is what makes a name an index.
        is_scalar: whether the definition has no indices.
    """

    indices: Mapping[Index, str]
    tensors: Mapping[str, nodes.TensorName]
    size: Callable[[Extent], nodes.Expression]
    given: Callable[[Extent], nodes.Expression]
    found: frozenset[Index]
    alone: frozenset[Index]
    is_scalar: bool
    pieces: dict[Node, Piece] = field(default_factory=dict)

    def right_side(self, expr: Expr) -> nodes.Expression:
        """An expression as the right side of a definition."""
        return self.piece(expr).term.expression

    def piece(self, expr: Expr) -> Piece:
        """The formula of an expression."""
        fold(expr, self._visit)
        return self.pieces[expr]

    def _visit(self, node: Node, _: object) -> None:
        self.pieces[node] = self._piece(node)

    def _piece(self, node: Node) -> Piece:
        match node:
            case Number(value):
                return Piece((Factor(number(abs(value))),), negative=value < 0)
            case Mul(factors):
                return self._mul(factors)
            case Div() if (total := mean(node)) is not None:
                return self._reduction(total, "mean")
            case Div(numerator, denominator):
                return self._div(self.pieces[numerator], self.pieces[denominator])
            case Add() if (found := along(node)) is not None:
                return self._along(found)
            case Add(terms):
                return self._add(terms)
            case Apply() if (found := along(node)) is not None:
                return self._along(found)
            case Reduce("sum"):
                return self._sum(node)
            case Reduce(operation):
                return self._reduction(node, operation)
            case _:
                return Piece((self._factor(node),))

    # --- products and sums ------------------------------------------------------------------------------------------------

    def _mul(self, factors: Sequence[Expr]) -> Piece:
        first, *rest = (self.pieces[factor] for factor in factors)
        is_sign = isinstance(factors[0], Number) and factors[0].value == -1
        if isinstance(factors[0], Number) and len(rest) == 1 and rest[0].alone:
            total = factors[1]
            beside = isinstance(total, Reduce) and has_literal(total.body)
            return self._scaled(first, rest[0], is_sign, alone=not beside)
        if is_sign and len(rest) == 1:
            return replace(rest[0], negative=not rest[0].negative, as_term=())
        if is_sign:
            first, rest = replace(rest[0], negative=not rest[0].negative), rest[1:]
        if isinstance(factors[-1], Div) and all(isinstance(factor, Delta) for factor in factors[is_sign:-1]):
            return self._delta_over(first, rest, factors[-1])
        return Piece((*first.factors, *(piece.factor for piece in rest)), first.negative)

    def _delta_over(self, first: Piece, rest: Sequence[Piece], quotient: Div) -> Piece:
        """`2 δ[i,j] a / b`: δ is never divided, so it needs no parentheses."""
        *deltas, last = (first, *rest)
        factors = last.factors[1:] if quotient.numerator is Number(Fraction(1)) else last.factors
        numbers = int(not factors[0].divides and isinstance(factors[0].operand, nodes.Number))
        middle = (factor for delta in deltas for factor in delta.factors)
        return Piece((*factors[:numbers], *middle, *factors[numbers:]), first.negative != last.negative)

    def _scaled(self, first: Piece, total: Piece, is_sign: bool, alone: bool) -> Piece:
        """A number times a sum that is unsaid: in a product of its own the number stands among the factors."""
        negative = first.negative != total.negative
        if is_sign:
            return replace(total, negative=negative, as_term=())
        whole = (*first.factors, *total.alone) if alone else ()
        return Piece((*first.factors, *total.factors), negative, whole, hidden=total.hidden if alone else NONE)

    def _div(self, numerator: Piece, denominator: Piece) -> Piece:
        below = denominator.factor
        if isinstance(below.operand, nodes.Negative):
            below = replace(below, operand=nodes.Parenthesised(below.operand, NOWHERE))
        return Piece((*numerator.factors, replace(below, divides=True)), numerator.negative)

    def _add(self, terms: Sequence[Expr]) -> Piece:
        pieces = [self.pieces[term] for term in terms]
        carried, shared = union(p.carried for p in pieces), union(p.shared for p in pieces)
        outermost = [piece if _is_sum(piece) else piece.term for piece in pieces]
        inner, outer = (_additive(some) for some in (pieces, outermost))
        as_term = (Factor(outer, carried, shared),) if any(p.as_term for p in pieces) else ()
        return Piece((Factor(inner, carried, shared),), as_term=as_term)

    # --- reductions -------------------------------------------------------------------------------------------------------

    def _sum(self, expr: Reduce) -> Piece:
        """A sum, unsaid where rule 1 says it, or in a term rule 2, or rule 1 with `1[I]`."""
        body, own = self.pieces[expr.body], frozenset(expr.indices)
        said = self._reduction(expr, "sum")
        if not own <= self.found & self.alone or own & body.inside:
            return said
        shared = shared_by(body.factors) & own
        if shared == own:
            whole = nodes.Parenthesised(replace(body, negative=False, alone=()).expression, NOWHERE)
            factor = Factor(whole, body.carried - own, (body.inside | shared_by(body.factors)) - own)
            return Piece((factor,), body.negative, body.factors, hidden=own)
        carriers = [factor for factor in body.factors if factor.carried & (own - shared)]
        plain = all(factor.is_reference and not factor.divides for factor in carriers)
        literal = _is_literal(body.factors[0].operand)
        if body.negative or literal or not plain:
            return said
        ones = () if self.is_scalar else (self._ones([index for index in expr.indices if index not in shared]),)
        return replace(said, as_term=(*ones, *body.factors), hidden=own)

    def _reduction(self, expr: Reduce, function: str) -> Piece:
        """`op[K](…)`."""
        body, own = self.pieces[expr.body], frozenset(expr.indices)
        missing = [index for index in expr.indices if index not in body.carried]
        if missing:
            whole = body.factors if not body.alone else (body.factor,)
            body = Piece((*whole, self._ones(missing)), body.negative and not body.alone)
        named = tuple(nodes.IndexName(self.indices[index], self.range(index), NOWHERE) for index in expr.indices)
        return self._call(function, [body], named, own)

    def _ones(self, indices: Sequence[Index]) -> Factor:
        """`1[I]`, which makes a product carry indices."""
        return Factor(nodes.Filled(1, tuple(name(self.indices[index]) for index in indices), NOWHERE), frozenset(indices))

    def range(self, index: Index) -> nodes.Expression | None:
        """The range to give to an index; None where the language finds it."""
        return None if index in self.found else self.given(index.extent)

    def _along(self, found: Along) -> Piece:
        argument = self._add(found.terms) if len(found.terms) > 1 else self.pieces[found.terms[0]]
        named = (nodes.IndexName(self.indices[found.index], None, NOWHERE),)
        made = self._call(found.function, [argument], named, frozenset([found.index]))
        return Piece((replace(made.factors[0], carried=argument.carried),))

    def _call(
        self, function: str, arguments: Sequence[Piece], named: tuple[nodes.IndexName, ...] = (), protected: Indices = NONE
    ) -> Piece:
        call = nodes.Call(function, (), named, tuple(argument.expression for argument in arguments), NOWHERE)
        carried, shared = union(a.carried for a in arguments), union(a.shared for a in arguments)
        return Piece((Factor(call, carried - protected, shared - protected),))

    # --- factors ----------------------------------------------------------------------------------------------------------

    def _factor(self, node: Node) -> Factor:
        match node:
            case Access(tensor, subscripts) | Target(tensor, subscripts):
                written = self._written(subscripts, tensor.shape)
                word = self.tensors[tensor.name]
                reference = nodes.Reference(word, written, NOWHERE) if written else nodes.Name(word, NOWHERE)
                return Factor(reference, self._carried(subscripts), is_reference=True)
            case Delta():
                subscripts = (node.left, node.right)
                return Factor(nodes.Delta(self._written(subscripts), NOWHERE), self._carried(subscripts), is_reference=True)
            case Index():
                return Factor(name(self.indices[node]), frozenset([node]))
            case Size():
                return Factor(self.size(node.extent))
            case Pow(base, power):
                return self._pow(self.pieces[base], power)
            case Apply():
                return self._apply(node)
            case Select():
                return self._select(node)
            case Stack():
                return self._stack(node)
            case Stop(body):
                return self._call("stop", [self.pieces[body]]).factors[0]
            case Derivative():
                return self._derivative(node)
            case Call():
                return self._abstract(node)
            case _:
                return Factor(_leaf(node))

    def _written(self, subscripts: Sequence[Expr], shape: Sequence[Extent] = ()) -> tuple[nodes.Expression, ...]:
        """Subscripts; what is a name alone and no index stands in parentheses, or counts from the end of the axis."""
        written = [self.pieces[subscript].expression for subscript in subscripts]
        names = [isinstance(w, nodes.Name) and not isinstance(s, Index) for w, s in zip(written, subscripts, strict=True)]
        for place in (place for place, is_name in enumerate(names) if is_name):
            size = subscripts[place]
            from_end = (size.extent - shape[place]).constant if isinstance(size, Size) and shape else None
            is_last = from_end is not None and from_end < 0
            written[place] = number(Fraction(from_end or 0)) if is_last else nodes.Parenthesised(written[place], NOWHERE)
        return tuple(written)

    def _carried(self, parts: Sequence[Expr]) -> Indices:
        return union(self.pieces[part].carried for part in parts)

    def _pow(self, base: Piece, exponent: Expr) -> Factor:
        power = self.pieces[exponent]
        below = base.factor if len(base.factors) == 1 and not base.negative and not base.alone else None
        operand = below.operand if below else base.expression
        written = nodes.Power(operand, power.expression, NOWHERE)
        times = exponent.value if isinstance(exponent, Number) else Fraction(1)
        copies = int(times) if times.denominator == 1 and times >= 2 else 1
        inside = below.shared if below else base.shared
        return Factor(written, base.carried | power.carried, inside | power.shared, copies)

    def _apply(self, node: Apply) -> Factor:
        operator, parts = node.operator.name, [self.pieces[argument] for argument in node.arguments]
        carried, shared = union(p.carried for p in parts), union(p.shared for p in parts)
        operands = tuple(part.expression for part in parts)
        match operator:
            case "<" | "<=" | ">" | ">=" | "==" | "!=":
                return Factor(nodes.Comparison(operator, operands[0], operands[1], NOWHERE), carried, shared)
            case "and" | "or":
                return Factor(nodes.Logical(LOGIC[operator], _flat(operator, operands), NOWHERE), carried, shared)
            case "not":
                return Factor(nodes.Not(operands[0], NOWHERE), carried, shared)
            case "floor":
                return self._call(operator, [self._div(*parts)]).factors[0]
            case "max" if node.arguments[0] is Number(Fraction(0)):
                return self._call("relu", parts[1:]).factors[0]
            case _:
                return self._call(operator, parts).factors[0]

    def _select(self, node: Select) -> Factor:
        """A choice; one inside it that leaves the same is the same choice by two conditions."""
        conditions, then = chosen(node)
        first, second, *tests = parts = [self.pieces[part] for part in (then, node.otherwise, *conditions)]
        operands = tuple(test.expression for test in tests)
        joined = tuple(operand for found in operands for operand in _joined(found))
        test = joined[0] if len(joined) == 1 else nodes.Logical("and", joined, NOWHERE)
        written = nodes.Conditional(first.expression, test, second.expression, NOWHERE)
        return Factor(written, union(p.carried for p in parts), union(p.shared for p in parts))

    def _stack(self, node: Stack) -> Factor:
        positions: list[Expr] = []
        written = self._rows([node], positions)[0]
        parts = [self.pieces[part] for part in (*node.entries, node.position)]
        reference = nodes.WrittenReference(written, self._written(positions), NOWHERE)
        plain = not any(self.pieces[entry].carried for entry in node.entries)
        return Factor(reference, union(p.carried for p in parts), union(p.shared for p in parts), is_reference=plain)

    def _rows(self, rows: Sequence[Stack], positions: list[Expr]) -> list[nodes.Written]:
        """Stacks of one length at one position as rows; stacks of stacks as rows of rows."""
        positions.append(rows[0].position)
        entries = [entry for row in rows for entry in row.entries]
        inner = [entry for entry in entries if isinstance(entry, Stack)]
        alike = len({(entry.position, len(entry.entries)) for entry in inner}) == 1 and len(inner) == len(entries)
        plain = [self.pieces[entry].expression for entry in entries]
        made: Sequence[nodes.Expression] = self._rows(inner, positions) if alike else plain
        remaining = iter(made)
        return [nodes.Written(tuple(next(remaining) for _ in row.entries), NOWHERE) for row in rows]

    def _derivative(self, node: Derivative) -> Factor:
        targets = [self._factor(target) for target in node.wrt]
        denominators = tuple(cast("nodes.Name | nodes.Reference", target.operand) for target in targets)
        body = self.pieces[node.body]
        plain = isinstance(node.body, Access)
        numerator = body.expression if plain else nodes.Parenthesised(body.term.expression, NOWHERE)
        carried = body.carried | union(target.carried for target in targets)
        written = nodes.Derivative(len(targets), numerator, denominators, NOWHERE)
        return Factor(written, carried, body.shared, is_reference=True)

    def _abstract(self, node: Call) -> Factor:
        """A call of an abstract function, or of its derivative."""
        named = tuple(nodes.IndexName(self.indices[index], None, NOWHERE) for index in node.indices)
        made = self._call(node.function.name, [self.pieces[a] for a in node.arguments], named, frozenset(node.binds)).factors[0]
        return replace(made, operand=replace(cast(nodes.Call, made.operand), by=node.by))


def _additive(terms: Sequence[Piece]) -> nodes.Expression:
    """Terms; the sign of the first goes to its first factor."""
    first, *rest = terms
    return additive([(False, first.expression), *((term.negative, term.unsigned) for term in rest)])


def _joined(condition: nodes.Expression) -> tuple[nodes.Expression, ...]:
    """The conditions that `and` joins."""
    return condition.operands if isinstance(condition, nodes.Logical) and condition.operator == "and" else (condition,)


def _flat(operator: str, operands: tuple[nodes.Expression, ...]) -> tuple[nodes.Expression, ...]:
    """`a and b and c`, which reads from the left."""
    first = operands[0]
    chain = first.operands if isinstance(first, nodes.Logical) and first.operator == operator else (first,)
    return (*chain, *operands[1:])


def _is_sum(piece: Piece) -> bool:
    """Whether a term is a sum itself: what stands in its parentheses is no term of the right side."""
    return any(isinstance(factor.operand, nodes.Additive) for factor in piece.as_term)


def _is_literal(written: nodes.Expression) -> bool:
    """Whether a factor is a number, as such or as a quotient."""
    parts = [factor.operand for factor in written.factors] if isinstance(written, nodes.Product) else [written]
    return all(isinstance(part, nodes.Number) for part in parts)


def _leaf(node: Node) -> nodes.Expression:
    match node:
        case Zero():
            return number(Fraction(0))
        case Pi():
            return name("pi")
        case Infinity():
            return name("inf")
        case _:
            raise InternalError("ein", f"no formula for {type(node).__name__}")
