"""Running sums: in go sums over the positions up to or from another index, out come recurrences that add one term at each.

Σ_K (e(K) if K <= j) for all j takes an addition for each pair of positions; c(k) = c(k - 1) + e(k), read at j, takes one for each
position. What is bounded on both sides by what moves stays a sum: differences of running sums cancel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from einlang.ir.bounds import bounds, surely_inside
from einlang.ir.build import add, div, mul, number, select, total
from einlang.ir.extent import Extent, fixed
from einlang.ir.guarded import Condition, Guarded, guarded, is_zero
from einlang.ir.indices import free_indices, substitute
from einlang.ir.kinds import kind
from einlang.ir.linear import Linear
from einlang.ir.measure import is_cheap
from einlang.ir.naming import Names, define, derived_name
from einlang.ir.nodes import Access, Definition, Div, Expr, Index, Kind, Mul, Reduce, Tensor, Zero
from einlang.ir.operators import apply
from einlang.ir.program import Program
from einlang.ir.reaches import at_most, never_negative
from einlang.ir.recurrences import components, uses_itself
from einlang.ir.safety import unsafe_nodes
from einlang.tree import Node, rewrite, walk


def running(program: Program) -> Program:
    """The program with running sums as recurrences; those of what a recurrence is computing stay."""
    names = Names.of(program)
    circles = [members for members in components(program.definitions) if uses_itself(members)]
    filled = {member.tensor: {other.tensor for other in members} for members in circles for member in members}
    made = (part for d in program.definitions for part in _apart(d, names, filled.get(d.tensor, ())))
    return program.with_definitions(tuple(made))


@dataclass(frozen=True, slots=True)
class _Bound:
    """A sum over `index` takes in the positions up to `end`, or from it on."""

    index: Index
    end: Linear
    upwards: bool


@dataclass(frozen=True, slots=True)
class _Sum:
    """A running sum of `terms`, of which a sum over `around` takes `outer` times, over a divisor, under conditions."""

    bound: _Bound
    terms: Expr
    around: tuple[Index, ...]
    outer: tuple[Expr, ...]
    divisor: Expr
    conditions: tuple[Condition, ...]


def _apart(definition: Definition, names: Names, filled: Collection[Tensor]) -> list[Definition]:
    """The definitions that one becomes, itself last."""
    done: list[Definition] = []
    waiting = [definition]
    while waiting:
        current = waiting.pop()
        search = _Search(current, names, filled)
        body = rewrite(current.body, search.replaced)
        if search.sums:
            waiting += [*search.terms, *search.sums, replace(current, body=body)]
        else:
            done.append(current)
    done.reverse()
    return _taken_over(done)


def _taken_over(found: list[Definition]) -> list[Definition]:
    """The definitions; a copy of the running sum before it takes its place."""
    if len(found) < 2:
        return found
    *rest, original, copy = found
    tensor = original.tensor
    if copy.body is not Access(tensor, copy.indices) or (tensor.shape, tensor.kind) != (copy.tensor.shape, copy.tensor.kind):
        return found
    body = rewrite(original.body, lambda node: _read_from(copy.tensor, node) if _reads(node, tensor) else None)
    return [*rest, Definition(copy.tensor, original.indices, body)]


def _reads(node: Node, tensor: Tensor) -> bool:
    return isinstance(node, Access) and node.tensor is tensor


def _read_from(tensor: Tensor, access: Access) -> Access:
    return Access(tensor, access.subscripts)


class _Search:
    """What becomes of the running sums in a definition: `sums` are their recurrences, `terms` definitions of what they add up."""

    def __init__(self, definition: Definition, names: Names, filled: Collection[Tensor]) -> None:
        self.sums: list[Definition] = []
        self.terms: list[Definition] = []
        self._definition, self._names, self._filled = definition, names, filled

    def replaced(self, node: Node) -> Expr | None:
        """What reads a running sum in place of a sum; None for what is none."""
        found = guarded(node.body, is_zero) if isinstance(node, Reduce) and node.operation == "sum" else None
        if found is None or not isinstance(node, Reduce):
            return None
        for condition in found.conditions:
            rest = tuple(other for other in found.conditions if other is not condition)
            for bound in _bounds(condition, node.indices):
                split = _split(bound, node.indices, replace(found, conditions=rest))
                narrow = None if split is None or self._holds(split.terms) else _narrowed(split)
                if narrow is not None:
                    return self._read(narrow)
        return None

    def _holds(self, expr: Expr) -> bool:
        """Whether an expression needs something that the recurrence around it fills."""
        return any(isinstance(node, Access) and node.tensor in self._filled for node in walk(expr))

    def _read(self, found: _Sum) -> Expr:
        """The sum, from a definition of the running one."""
        bound = found.bound
        order = self._order(found)
        tensor = self._summed(found, order)
        at, condition = _position(bound)
        access = Access(tensor, tuple(at if index is bound.index else index for index in order))
        read = div(mul(*found.outer, access), found.divisor)
        read = read if condition is None else select(condition, read, Zero())
        return total(found.around, Guarded(found.conditions, read, Zero()).under(found.conditions))

    def _order(self, found: _Sum) -> tuple[Index, ...]:
        """The axes: in the order of the definition, the running index where its bound stands; else as what is added has them."""
        index, end = found.bound.index, found.bound.end
        free = tuple(dict.fromkeys((*free_indices(found.terms), index)))
        places = {own: place for place, own in enumerate(self._definition.indices)}
        places[index] = min((places.get(own, len(places)) for own in end.indices), default=len(places))
        return tuple(sorted(free, key=places.__getitem__)) if all(own in places for own in free) else free

    def _summed(self, found: _Sum, order: Sequence[Index]) -> Tensor:
        """The tensor of a running sum, which is defined here."""
        index, upwards = found.bound.index, found.bound.upwards
        terms = self._named(found.terms, order)
        made = define(self._spare("running"), order, terms, _kind(terms))
        step = made.indices[order.index(index)]
        first = number(0) if upwards else _size(index.extent - 1)
        last = add(step, number(-1 if upwards else 1))
        before = Access(made.tensor, tuple(last if own is step else own for own in made.indices))
        body = select(apply("==", step, first), made.body, add(before, made.body))
        self.sums.append(replace(made, body=body))
        return made.tensor

    def _named(self, terms: Expr, order: Sequence[Index]) -> Expr:
        """The terms as what is cheap to compute where it is added."""
        if is_cheap(terms):
            return terms
        own = [index for index in order if index in free_indices(terms)]
        made = define(self._spare("terms"), own, terms, _kind(terms))
        self.terms.append(made)
        return Access(made.tensor, tuple(own))

    def _spare(self, word: str) -> str:
        return self._names.spare(derived_name(self._definition.tensor, word))


def _bounds(condition: Condition, indices: Sequence[Index]) -> Iterator[_Bound]:
    """How a condition bounds one of the indices by others."""
    if condition.rooms is None or len(condition.rooms) > 1:
        return
    (room,) = condition.rooms
    for index, factor in room.multiples:
        if index in indices and factor.constant in (1, -1) and len(room.multiples) > 1:
            upwards = factor.constant == -1
            rest = room + Linear(((index, factor),), fixed(0)).times(fixed(-1))
            yield _Bound(index, rest if upwards else rest.times(fixed(-1)), upwards)


def _split(bound: _Bound, indices: Sequence[Index], found: Guarded) -> _Sum | None:
    """A sum taken apart into what moves with the bound and what is added up; None where one expression does both."""
    body, divisor = (found.body.numerator, found.body.denominator) if isinstance(found.body, Div) else (found.body, number(1))
    factors = body.factors if isinstance(body, Mul) else (body,)
    moving = {*bound.end.indices}
    outer = [factor for factor in factors if moving & {*free_indices(factor)} or not {*indices} & {*free_indices(factor)}]
    inner = [factor for factor in factors if factor not in outer]
    kept = [condition for condition in found.conditions if bound.index not in free_indices(condition.expr)]
    asked = [condition for condition in found.conditions if condition not in kept]
    terms = Guarded(tuple(asked), mul(*inner), Zero()).under(asked)
    outside = [*outer, divisor, *(condition.expr for condition in kept)]
    seen = {index for expr in outside for index in free_indices(expr)} | moving
    if bound.index in seen or moving & {*free_indices(terms)}:
        return None
    within = tuple(index for index in indices if index is not bound.index and index not in seen)
    around = tuple(index for index in indices if index in seen)
    return _Sum(bound, total(within, terms), around, tuple(outer), divisor, tuple(kept))


def _narrowed(found: _Sum) -> _Sum | None:
    """A running sum over the positions that are ever taken in; None where an access may then be out of bounds."""
    index, end, upwards = found.bound.index, found.bound.end, found.bound.upwards
    ends = bounds(end.expr)
    low, length = fixed(0), index.extent
    if ends is not None and upwards and at_most(ends[1] + 1, length):
        length = ends[1] + 1
    elif ends is not None and not upwards and never_negative(ends[0]):
        low, length = ends[0], length - ends[0]
    other = replace(index, extent=length)
    terms = substitute(found.terms, {index: Linear(((other, fixed(1)),), low).expr})
    if terms in unsafe_nodes(select(apply("<", other, number(0)), terms, Zero())):
        return None
    return replace(found, bound=_Bound(other, end + Linear((), low * -1), upwards), terms=terms)


def _position(bound: _Bound) -> tuple[Expr, Expr | None]:
    """Where a running sum is read, and the condition under which anything is added up, where that is not certain."""
    index, end, upwards = bound.index, bound.end, bound.upwards
    ends, at = bounds(end.expr), end.expr
    if upwards and not (ends and never_negative(index.extent - ends[1] - 1)):
        at = apply("min", at, _size(index.extent - 1))
    elif not upwards and not (ends and never_negative(ends[0])):
        at = apply("max", at, number(0))
    if surely_inside(at, index.extent):
        return at, None
    return at, apply(">=", at, number(0)) if upwards else apply("<", at, _size(index.extent))


def _kind(terms: Expr) -> Kind:
    return "int" if kind(terms) == "int" else "float"


def _size(extent: Extent) -> Expr:
    """A length as a number, also where it may come out negative."""
    return Linear((), extent).expr
